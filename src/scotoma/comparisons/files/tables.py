"""Prediction files that are tables: CSV, TSV, JSON lines, Parquet, and HANS' official text format."""

from collections.abc import Iterable, Mapping, Sequence

from scotoma.basics.errors import nearest
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.probabilities import most_probable
from scotoma.comparisons.files.raw import ALIASES, COLUMNS, Raw
from scotoma.measures.rows import probability_labels
from scotoma.tasks.reading.columns import match_columns
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Record
from scotoma.tasks.reading.paths import ABSENT, value_of

#: The header of the files that HANS' own evaluation script reads; its gold_label is the prediction.
OFFICIAL_HEADER = ("pairID", "gold_label")

#: A study's predictions hold several test sets; this column names them.
TEST = "test"


def read_rows(
    records: Iterable[tuple[int, Record]],
    faults: Faults,
    *,
    blindspot: BlindSpot,
    columns: Mapping[str, str],
    fields: Sequence[str],
) -> Raw:
    """The rows of a table; the first record settles which columns there are.

    Without a column of answers, they are the most probable labels.

    Args:
        records: Records with their line or row numbers.
        faults: Gathers rows that lack a column, or an answer because two labels are equally probable.
        blindspot: Blind spot whose labels may appear in the names of p_ columns.
        columns: The user's mapping, our names of columns to theirs.
        fields: Names of the texts.

    Raises:
        ScotomaError: a column is missing, two columns fit, or all rows are of other test sets.
    """
    raw = Raw("table", faults.unit)
    theirs: dict[str, str] = {}
    tests: list[object] = []
    for number, record in records:
        if not raw.numbers and not theirs:
            theirs = find_columns(list(record), blindspot, columns, fields, faults, raw)
            raw.columns = {ours: [] for ours in theirs}
        values = {ours: value_of(record, name) for ours, name in theirs.items()}
        absent = [theirs[ours] for ours, value in values.items() if value is ABSENT]
        if absent:
            faults.add(
                number, f"no {', '.join(map(repr, absent))}", "Give every row the columns of the first."
            )
            continue
        for ours, value in values.items():
            raw.columns[ours].append(value)
        raw.numbers.append(number)
        tests.append(record.get(TEST))
    named = {test for test in tests if isinstance(test, str) and test.strip()}
    if blindspot.name in named:
        raw.keep([test == blindspot.name for test in tests])
    elif named:
        faults.fail(
            f"no row has {blindspot.name!r} for its {TEST}",
            f"{nearest(blindspot.name, named)} Name the blind spot of these rows, or leave the column out.",
        )
    if raw.numbers and "predicted" not in raw.columns:
        raw.columns["predicted"] = most_probable(raw, blindspot, faults)
    return raw


def find_columns(
    file_columns: Sequence[str],
    blindspot: BlindSpot,
    chosen: Mapping[str, str],
    fields: Sequence[str],
    faults: Faults,
    raw: Raw,
) -> dict[str, str]:
    """The file's name for each of our columns that it has; HANS' own two columns change the form of `raw`.

    Args:
        file_columns: The file's columns.
        blindspot: Blind spot whose labels may appear in the names of p_ columns.
        chosen: The user's mapping, our names of columns to theirs.
        fields: Names of the texts.
        faults: Says where the file is.
        raw: Rows of the file.

    Raises:
        ScotomaError: `id` is missing, or both `predicted` and the probability of a label; or two columns fit.
    """
    probability_columns = [f"p_{label}" for label in dict.fromkeys((*blindspot.label_map, *blindspot.labels))]
    given = [name for name in probability_columns if name in file_columns or name in chosen]
    missing = [f"p_{label}" for label in probability_labels(given, blindspot) if f"p_{label}" not in given]
    is_complete = not missing
    if sorted(file_columns) == sorted(OFFICIAL_HEADER) and not chosen:
        raw.form = "HANS text"
        chosen = {"id": "pairID", "predicted": "gold_label"}
        return match_columns(file_columns, ("id", "predicted"), chosen, faults, required=(), aliases={})
    # Another name is looked for only where our own is not there.
    aliases = {ours: names for ours, names in _aliases(blindspot).items() if ours not in file_columns}
    columns = match_columns(
        file_columns,
        (*COLUMNS, *fields, *probability_columns),
        chosen,
        faults,
        required=("id",) if given else ("id", "predicted"),
        aliases=aliases,
    )
    unknown = [name for name in file_columns if name.startswith("p_") and name not in columns.values()]
    if unknown and not is_complete:
        faults.fail(
            f"{', '.join(unknown[:5])}: not a label of {blindspot.name!r} or its task",
            f"{nearest(unknown[0], probability_columns)} Or name it with columns, such as "
            f"{probability_columns[0]}={unknown[0]}.",
        )
    if "predicted" not in columns and not is_complete:
        faults.fail(
            f"no column for predicted, and the answers do not follow from {', '.join(given)} without "
            f"{', '.join(missing)}",
            "Give the probability of every label, or name the column of answers with --columns "
            "predicted=NAME.",
        )
    return columns


def _aliases(blindspot: BlindSpot) -> dict[str, tuple[str, ...]]:
    """Names in use for our columns, and what the blind spot's own data call them."""
    aliases = dict(ALIASES)
    for ours, theirs in blindspot.source.columns.items():
        name = "gold" if ours == "label" else ours
        aliases[name] = tuple(dict.fromkeys((*aliases.get(name, ()), theirs)))
    return aliases
