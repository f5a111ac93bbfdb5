"""Reads one model's predictions from a file of any known format: the formats in, one checked table out."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import polars as pl

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.basics.progress import Progress, as_read, no_progress, part
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files import inspect_logs, lm_eval, tables
from scotoma.comparisons.files.checking import Predictions, check
from scotoma.comparisons.files.columnwise import check_columns
from scotoma.comparisons.files.labels import LabelWords
from scotoma.comparisons.files.raw import COLUMNS, PAIR, Raw
from scotoma.tasks.reading.counting import rows_in
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Records, faults_of, is_known, read_frame, read_records
from scotoma.tasks.reading.hub import PREFIX, is_saved
from scotoma.tasks.reading.lines import check_file, first_line
from scotoma.tasks.reading.sources import Place, RowSource, TableSource

EVAL = ".eval"

#: Percent of the time in which rows are read; in the rest they are checked.
_READING = 60


class Options(TypedDict, total=False):
    """How files are to be read; every option may be left out.

    Attributes:
        columns: Our names to the file's, such as {"predicted": "answer"}; names in common use are
            known without.
        labels: Words of the file to labels, such as {"Yes": "entailment"}.
        gold_labels: Words of gold labels to labels, where they differ from `labels`, such as {"0":
            "non-entailment", "1": "entailment"}.
        partial: Take part of the published test set, or of an evaluation, for what it is, and leave
            out rows without an answer.
        scorer: For a log of inspect_ai: the scorer whose answers are read, if not the first that gives
            labels.
        filter: For samples of lm-evaluation-harness: the filter whose lines are read, where there are
            several.
        fields: Names of the texts, where the task is no task of pairs.
    """

    columns: Mapping[str, str]
    labels: Mapping[str, str]
    gold_labels: Mapping[str, str]
    partial: bool
    scorer: str
    filter: str
    fields: Sequence[str]


def read_predictions(
    path: Place,
    blindspot: BlindSpot,
    progress: Progress = no_progress,
    total: int | None = None,
    **options: Unpack[Options],
) -> Predictions:
    """The predictions in a file, every row checked.

    Args:
        path: CSV, TSV, JSON (lines or one list), Parquet or Arrow (known by the name, `.gz` and `.xz`
            unpacked); a folder that `save_to_disk` of `datasets` wrote, or `hub:NAME:SPLIT`; HANS' text
            format; `samples_*.jsonl` of lm-evaluation-harness; `.json` or `.eval` of inspect_ai. Or a table
            in memory, with the columns of any of these.
        blindspot: Blind spot whose test set was predicted.
        progress: Called with (rows done, rows in total). Reading a row is most of the work, checking it the
            rest. The total is an estimate, or 0 if nothing says how many rows there are.
        total: Result of `rows_in(path)`, if the caller has it already.
        options: What the user says of the file; see `Options`.

    Raises:
        ScotomaError: anything is wrong with the file or a row; names the first few.
    """
    fields, columns = options.get("fields", PAIR), options.get("columns", {})
    labels = LabelWords(blindspot, options.get("labels", {}), options.get("gold_labels", {}))
    _check_names(columns, fields, blindspot)
    total = rows_in(path) if total is None else total
    progress(0, total)
    reading = part(progress, 0, _READING)
    if (checked := _by_column(path, blindspot, labels, options, reading, total)) is not None:
        return checked
    raw, faults = _raw(path, blindspot, labels, options, reading, total)
    reading(len(raw.numbers), len(raw.numbers))
    partial = options.get("partial", False)
    return check(raw, faults, blindspot=blindspot, labels=labels, partial=partial, fields=fields)


def _by_column(
    place: Place,
    blindspot: BlindSpot,
    labels: LabelWords,
    options: Options,
    progress: Progress,
    total: int,
) -> Predictions | None:
    """The predictions of a table without a fault; None for other files and if any row needs a message."""
    if options.get("scorer") or options.get("filter"):
        return None
    table: pl.DataFrame | None
    if isinstance(place, TableSource):
        faults, table = place.faults(), place.as_it_is
    else:
        path = Path(place)
        if str(path).startswith(PREFIX) or path.suffix.lower() == EVAL or is_saved(path):
            return None
        check_file(path)
        faults, ending = faults_of(path), ".csv" if _is_text_with_commas(path) else ""
        table = read_frame(path, faults, ending=ending, progress=progress, total=total)
    if table is None or not table.height:
        return None
    first = table.row(0, named=True)
    if inspect_logs.is_sample(first) or lm_eval.is_sample(first):
        return None
    progress(table.height, table.height)
    return check_columns(
        table,
        faults,
        blindspot=blindspot,
        labels=labels,
        columns=options.get("columns", {}),
        fields=options.get("fields", PAIR),
        partial=options.get("partial", False),
    )


def is_predictions(path: Path) -> bool:
    """Whether a path is one that is read: a file, by its name, or a folder that `datasets` saved."""
    return is_saved(path) or (path.is_file() and (path.suffix.lower() == EVAL or is_known(path)))


def holds_rows(path: Path) -> bool:
    """Whether a file of this name can hold predictions: two rows of two columns or more, or a log.

    A model's configuration, its vocabulary and a trainer's state are JSON objects or lists of words.
    """
    if is_saved(path) or path.suffix.lower() == EVAL:
        return True
    try:
        if _log(path) is not None:
            return True
        _, records = _records(path)
        first = list(itertools.islice(records, 2))
    except ScotomaError:
        return False
    return len(first) == 2 and all(len(record) > 1 for _, record in first)


def _raw(
    place: Place,
    blindspot: BlindSpot,
    labels: LabelWords,
    options: Options,
    progress: Progress,
    total: int,
) -> tuple[Raw, Faults]:
    if isinstance(place, TableSource):
        faults = place.faults()
        records = place.records(faults)
    else:
        path = Path(place)
        log = _log(path)
        if log is not None:
            faults = Faults(str(path), "sample")
            return _of_log(log, faults, labels, options), faults
        faults, records = _records(path)
    first = next(records, None)
    if first is None:
        faults.fail("there are no rows of predictions", "Write the predictions again.")
    records = as_read(itertools.chain([first], records), progress, total)
    if inspect_logs.is_sample(first[1]):
        samples = [record for _, record in records]
        return _of_log({"status": "success", "samples": samples}, faults, labels, options), faults
    _refuse(options, "scorer", "a log of inspect_ai", faults)
    fields, columns = options.get("fields", PAIR), options.get("columns", {})
    if lm_eval.is_sample(first[1]):
        chosen = options.get("filter", "")
        raw = lm_eval.read_samples(
            records, faults, labels=labels, columns=columns, fields=fields, chosen=chosen
        )
        return raw, faults
    _refuse(options, "filter", "samples of lm-evaluation-harness", faults)
    return tables.read_rows(records, faults, blindspot=blindspot, columns=columns, fields=fields), faults


def _records(path: Path) -> tuple[Faults, Records]:
    source = RowSource(str(path))
    if str(path).startswith(PREFIX) or is_saved(path):
        faults = source.faults()
        return faults, source.records(faults)
    check_file(path)
    faults = faults_of(path)
    return faults, read_records(path, faults, ending=".csv" if _is_text_with_commas(path) else "")


def _log(path: Path) -> inspect_logs.Log | None:
    suffix = path.suffix.lower()
    if suffix == EVAL:
        return inspect_logs.read_eval_log(path)
    return inspect_logs.read_json_log(path) if suffix == ".json" else None


def _of_log(log: inspect_logs.Log, faults: Faults, labels: LabelWords, options: Options) -> Raw:
    _refuse(options, "filter", "samples of lm-evaluation-harness", faults)
    return inspect_logs.read_log(
        log,
        faults,
        labels=labels,
        columns=options.get("columns", {}),
        fields=options.get("fields", PAIR),
        partial=options.get("partial", False),
        scorer=options.get("scorer", ""),
    )


def _refuse(options: Options, name: Literal["scorer", "filter"], of: str, faults: Faults) -> None:
    """Refuses an option that is for another kind of file."""
    if value := options.get(name):
        faults.fail(f"--{name} {value} applies only to {of}", f"Leave --{name} out.")


def _is_text_with_commas(path: Path) -> bool:
    """Whether a `.txt` is separated by commas, as HANS' official files of predictions are."""
    names = [ending.lower() for ending in path.suffixes]
    if ".txt" not in names[-2:]:
        return False
    header = first_line(path)
    return "," in header and "\t" not in header


def _check_names(columns: Mapping[str, str], fields: Sequence[str], blindspot: BlindSpot) -> None:
    probability_columns = [f"p_{label}" for label in dict.fromkeys((*blindspot.labels, *blindspot.label_map))]
    known = [*COLUMNS, *fields, *probability_columns]
    for name in columns:
        if name not in known:
            raise ScotomaError(
                f"{name!r} is not a column that is read", where="--columns", remedy=nearest(name, known)
            )
