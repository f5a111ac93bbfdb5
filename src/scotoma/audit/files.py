"""`audit_file`: an audit from files, read and checked as every other data file is."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from scotoma.audit.auditing import audit
from scotoma.audit.constituents import PARSE_COLUMNS
from scotoma.audit.own_rules import read_rules
from scotoma.audit.result import Audit
from scotoma.blindspots import BLINDSPOTS
from scotoma.errors import ScotomaError, nearest
from scotoma.tasks.faults import Faults
from scotoma.tasks.formats import read_records
from scotoma.tasks.readers import read_examples
from scotoma.tasks.task import Task

#: Beside text fields and label, as no text field can be called.
_OTHER = "other_label"


def audit_file(
    path: str | Path,
    *,
    task: Task,
    reference: str | Path | None = None,
    tests: Sequence[str | Path] = (),
    columns: Mapping[str, str] | None = None,
    predicates: Sequence[str] = (),
    other_labels: str | None = None,
    level: float = 0.95,
) -> Audit:
    """The audit of a data file; see `scotoma.audit.auditing.audit`.

    Args:
        path: A file that `scotoma.tasks.readers.read_examples` reads.
        task: Whose fields, labels and target these are.
        reference: A file of the same task to compare with.
        tests: Files that no row should stand in; they may have a blind spot's labels.
        columns: Our names to the file's, as for `read_examples`. In the other files they count
            where they are found; names in common use are known without.
        predicates: The user's own, each `NAME=KIND:VALUE`; `code:` runs the user's code.
        other_labels: Name of the file's column with another labeller's labels.
        level: Two-sided coverage of every interval.

    Raises:
        ScotomaError: a file, a row, a column or a predicate is wrong.
    """
    rules = read_rules(predicates, task.fields)
    columns = dict(columns or {})
    table = _read(Path(path), task, columns, other_labels)
    return audit(
        table,
        fields=task.fields,
        labels=task.labels,
        target=task.target,
        reference=None if reference is None else _read(Path(reference), task, _found(reference, columns)),
        tests=_read_tests(tests, task, columns),
        predicates=rules,
        other_labels=None if other_labels is None else table[_OTHER],
        level=level,
    )


def _read(
    path: Path, task: Task, columns: Mapping[str, str], other_labels: str | None = None
) -> pl.DataFrame:
    """The examples, with the premise's parse and the other labels where there are any."""
    extras = [name for name in PARSE_COLUMNS if name in _header(path)][:1] if len(task.fields) > 1 else []
    if other_labels is not None:
        _check_column(path, other_labels)
        extras.append(other_labels)
    # Rows are numbered, so that a row's number leads back to its record.
    numbered = {**columns, "id": ""}
    table = read_examples(path, fields=task.fields, labels=task.labels, columns=numbered).table
    if not extras:
        return table
    records = [record for _, record in read_records(path, Faults(str(path)))]
    kept = [records[int(name.rpartition("-")[2])] for name in table["id"]]
    added = [pl.Series(extra, [_text(row.get(extra)) for row in kept], dtype=pl.String) for extra in extras]
    if other_labels is not None:
        meant = [_label(row.get(other_labels), task.labels) for row in kept]
        added[-1] = pl.Series(_OTHER, meant, dtype=pl.String)
    return table.with_columns(added)


def _read_tests(
    paths: Sequence[str | Path], task: Task, columns: Mapping[str, str]
) -> dict[str, pl.DataFrame]:
    labels = tuple(dict.fromkeys((*task.labels, *(label for b in BLINDSPOTS.values() for label in b.labels))))
    return {
        str(path): read_examples(
            path, fields=task.fields, labels=labels, columns={**_found(path, columns), "id": ""}
        ).table
        for path in paths
    }


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
    return value if isinstance(value, str) and value.strip() else None


def _label(value: object, labels: Sequence[str]) -> str | None:
    """A label as the readers take it: itself, or its place; None for an empty one, `-` or -1."""
    if value is None or str(value).strip() in ("", "-", "-1"):
        return None
    text = str(value).strip()
    return labels[int(text)] if text.isascii() and text.isdigit() and int(text) < len(labels) else text
