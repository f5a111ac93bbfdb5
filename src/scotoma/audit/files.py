"""`audit_file`: an audit from files, read and checked as every other data file is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from scotoma.audit.auditing import audit
from scotoma.audit.checks import check_labels
from scotoma.audit.constituents import PARSE_COLUMNS
from scotoma.audit.result import Audit
from scotoma.blindspots.own_rules import read_rules
from scotoma.blindspots.rules import Rule
from scotoma.errors import ScotomaError, nearest, shown
from scotoma.tasks.bundled import data_file
from scotoma.tasks.checking import check_records, is_unicode
from scotoma.tasks.columns import TAGS
from scotoma.tasks.faults import Faults
from scotoma.tasks.formats import is_parquet, read_records, stem
from scotoma.tasks.readers import read_examples
from scotoma.tasks.task import Task

#: Gives the labels of a table's rows, in their order.
Labeller = Callable[[pl.DataFrame], Sequence[str]]

#: Beside text fields and label, as no text field can be called.
_OTHER = "other_label"
#: Stands for whatever label a row of a test set has.
_ANY = "any"


def audit_file(
    path: str | Path,
    *,
    task: Task,
    reference: str | Path | None = None,
    tests: Sequence[str | Path] = (),
    columns: Mapping[str, str] | None = None,
    predicates: Sequence[str] = (),
    rules: Sequence[Rule] = (),
    other_labels: str | None = None,
    labeller: Labeller | None = None,
    level: float = 0.95,
) -> Audit:
    """The audit of a data file; see `scotoma.audit.auditing.audit`.

    Args:
        path: A file that `scotoma.tasks.readers.read_examples` reads, or `bundled:NAME`; so the others.
        task: Whose fields, labels and target these are.
        reference: A file of the same task to compare with.
        tests: Files that no row should stand in, whatever labels they have, or none.
        columns: Our names to the file's, as for `read_examples`. In the other files they count
            where they are found; names in common use are known without.
        predicates: The user's own, each `NAME=KIND:VALUE`; `code:` runs the user's code.
        rules: More of them, ready made.
        other_labels: Name of the file's column with another labeller's labels.
        labeller: What says another's labels where no column does: a model.
        level: Two-sided coverage of every interval.

    Raises:
        ScotomaError: a file, a row, a column or a predicate is wrong.
    """
    if other_labels is not None and labeller is not None:
        raise ScotomaError(
            "the other labels are said by a column and by a model", remedy="Give one of the two."
        )
    asked = [*rules, *read_rules(predicates, task.fields)]
    columns = dict(columns or {})
    read = {"data": _read(data_file(path), task, columns, other_labels)}
    if reference is not None:
        theirs = data_file(reference)
        read["reference"] = _read(theirs, task, _found(theirs, columns))
    tables = {name: table for name, (table, _) in read.items()}
    table = tables["data"]
    others = table[_OTHER].to_list() if other_labels is not None else labeller(table) if labeller else None
    found = audit(
        table,
        fields=task.fields,
        labels=task.labels,
        target=task.target,
        reference=tables.get("reference"),
        tests={str(name): _texts(data_file(name), task.fields, columns) for name in tests},
        predicates=asked,
        other_labels=others,
        level=level,
    )
    return replace(found, without_gold={name: n for name, (_, n) in read.items() if n})


def _read(
    path: Path, task: Task, columns: Mapping[str, str], other_labels: str | None = None
) -> tuple[pl.DataFrame, int]:
    """The examples, with the premise's parse and the other labels where there are any; rows without gold."""
    extras = [name for name in PARSE_COLUMNS if name in _header(path)][:1] if len(task.fields) > 1 else []
    if other_labels is not None:
        _check_column(path, other_labels)
        extras.append(other_labels)
    # Rows are numbered, so that a row's number leads back to its record.
    numbered = {**columns, "id": ""}
    reading = read_examples(path, fields=task.fields, labels=task.labels, columns=numbered)
    table, without_gold = reading.table, sum(reading.dropped.values())
    check_labels(table, task.labels, str(path))  # here, where the file has a name
    if not extras:
        return table, without_gold
    records = [record for _, record in read_records(path, Faults(str(path)))]
    kept = [records[int(name.rpartition("-")[2])] for name in table["id"]]
    added = [pl.Series(extra, [_text(row.get(extra)) for row in kept], dtype=pl.String) for extra in extras]
    if other_labels is not None:
        meant = [_label(row.get(other_labels), task.labels) for row in kept]
        added[-1] = pl.Series(_OTHER, meant, dtype=pl.String)
    return table.with_columns(added), without_gold


def _texts(path: Path, fields: Sequence[str], columns: Mapping[str, str]) -> pl.DataFrame:
    """The texts of a test set, every row of it: gold labels may be hidden, and play no part here."""
    faults = Faults(str(path), "row" if is_parquet(path) else "line")
    bare = ((number, {**record, "label": _ANY}) for number, record in read_records(path, faults))
    texts_only = dict.fromkeys(("id", *TAGS), "") | {"label": "label"}
    return check_records(
        bare,
        faults,
        name=stem(path),
        fields=fields,
        labels=(_ANY,),
        columns={**_found(path, columns), **texts_only},
        drop_repeated=False,
    ).table.select(fields)


def _found(path: str | Path, columns: Mapping[str, str]) -> dict[str, str]:
    header = _header(Path(path))
    return {ours: theirs for ours, theirs in columns.items() if theirs in header}


def _header(path: Path) -> list[str]:
    for _, record in read_records(path, Faults(str(path))):
        return list(record)
    return []


def _check_column(path: Path, name: str) -> None:
    header = _header(path)
    if name not in header:
        raise ScotomaError(f"there is no column {name!r}", where=str(path), remedy=nearest(name, header))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and is_unicode(value) else None


def _label(value: object, labels: Sequence[str]) -> str | None:
    """A label as the readers take it: itself, or its place; None for an empty one, `-` or -1."""
    if value is None or str(value).strip() in ("", "-", "-1"):
        return None
    text = str(value).strip() if is_unicode(str(value)) else shown(value)
    return {str(place): label for place, label in enumerate(labels)}.get(text, text)
