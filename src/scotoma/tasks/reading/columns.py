"""Finds which of a file's columns is the premise, the hypothesis, the label, the id."""

from collections.abc import Iterable, Mapping, Sequence

from scotoma.basics.errors import nearest
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.known_shapes import how_to_name
from scotoma.tasks.reading.paths import head

#: Tags that blind-spot data may carry beside its texts and labels.
TAGS = ("heuristic", "subcase", "template")

# Usual names of our columns; for the id, the most specific first.
_ALIASES = {
    "premise": ("sentence1",),
    "hypothesis": ("sentence2",),
    "sentence1": ("question1",),
    "sentence2": ("question2",),
    "text": ("sentence",),
    "label": ("gold_label", "gold", "label_text"),
    "id": ("pairID", "idx", "index"),
}


def find_columns(
    file_columns: Sequence[str],
    fields: Sequence[str],
    chosen: Mapping[str, str],
    faults: Faults,
    *,
    labelled: bool = True,
) -> dict[str, str]:
    """The file's name for each of our columns that it has.

    Args:
        file_columns: The file's columns.
        fields: Our names of the text columns.
        chosen: The user's word, ours to theirs, which overrides known names: a column, or a path into one
            such as `messages[1].content`. An empty name for `id` numbers the rows instead, for a tag leaves
            it empty.
        faults: Says where the file is.
        labelled: Whether there must be a label.

    Raises:
        ScotomaError: a required column is missing, two columns fit one of ours or one is to be two texts, or
            `chosen` names a stranger.
    """
    columns = match_columns(
        file_columns,
        (*fields, "label", "id", *TAGS),
        chosen,
        faults,
        required=(*fields, "label") if labelled else fields,
        aliases=_ALIASES,
        may_be_empty=("id", *TAGS),
    )
    texts = [columns[field] for field in fields]
    if len(set(texts)) < len(texts):
        faults.fail(f"columns: one column cannot be {_listed(fields)}", "Name a column for each.")
    return columns


def match_columns(
    file_columns: Sequence[str],
    ours: Sequence[str],
    chosen: Mapping[str, str],
    faults: Faults,
    *,
    required: Sequence[str],
    aliases: Mapping[str, Sequence[str]],
    may_be_empty: Sequence[str] = (),
) -> dict[str, str]:
    """The file's name for each of the columns `ours` that it has.

    Args:
        file_columns: The file's columns.
        ours: Every column that is read.
        chosen: The user's word, ours to theirs, which overrides known names.
        faults: Says where the file is.
        required: Columns of `ours` that are required.
        aliases: Other names in use for ours; for the id, the most telling first.
        may_be_empty: Columns of `ours` that the user may leave out by giving an empty name.

    Raises:
        ScotomaError: a required column is missing, two columns fit, or `chosen` names a stranger.
    """
    _check_chosen(chosen, ours, file_columns, faults, may_be_empty)
    columns: dict[str, str] = {}
    for name in ours:
        if name in chosen:
            fitting = [] if name in may_be_empty and not chosen[name] else [chosen[name]]
        else:
            fitting = [theirs for theirs in (name, *aliases.get(name, ())) if theirs in file_columns]
        if len(fitting) > 1 and name != "id":
            faults.fail(
                f"columns {_listed(fitting)} may both be the {name}",
                f"Say which one with columns {name}={fitting[0]} or {name}={fitting[1]}.",
            )
        if fitting:
            columns[name] = fitting[0]
    missing = [name for name in required if name not in columns]
    if missing:
        faults.fail(
            f"no column for {', '.join(missing)}; the file has {_listed(file_columns) or 'no columns'}",
            how_to_name(missing, file_columns),
        )
    return columns


def _check_chosen(
    chosen: Mapping[str, str],
    ours: Sequence[str],
    file_columns: Sequence[str],
    faults: Faults,
    may_be_empty: Sequence[str],
) -> None:
    for name, theirs in chosen.items():
        if name not in ours:
            faults.fail(f"columns: {name!r} is not a column that is read", nearest(name, ours))
        if (
            theirs not in file_columns
            and head(theirs) not in file_columns
            and (theirs or name not in may_be_empty)
        ):
            faults.fail(
                f"columns: the file has no {theirs!r} for {name}", nearest(theirs, _shortened(file_columns))
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in _shortened(names))


def _shortened(names: Iterable[str]) -> list[str]:
    # A file without a header shows its first sentence here.
    return [name if len(name) <= 40 else f"{name[:40]}..." for name in names][:20]
