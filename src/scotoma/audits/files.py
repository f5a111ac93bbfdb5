"""`audit_file`: an audit from files, read and checked as every other data file is."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from scotoma.audits.auditing import audit
from scotoma.audits.checks import check_labels
from scotoma.audits.constituents import PARSE_COLUMNS
from scotoma.audits.result import Audit
from scotoma.basics.errors import ScotomaError, nearest
from scotoma.basics.progress import Progress, as_read, no_progress
from scotoma.basics.words import is_unicode
from scotoma.blindspots.predicates.own_rules import read_rules
from scotoma.blindspots.predicates.rules import Rule
from scotoma.tasks.reading.checking import Reading, check_records
from scotoma.tasks.reading.class_names import ClassName
from scotoma.tasks.reading.columns import TAGS, find_columns
from scotoma.tasks.reading.columnwise import check_frame
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Record
from scotoma.tasks.reading.label_words import NO_LABEL, LabelReader
from scotoma.tasks.reading.paths import ABSENT, head, value_of
from scotoma.tasks.reading.sources import Place, RowSource, TableSource, source_of
from scotoma.tasks.task import Task

#: Returns the labels of a table's rows, in order, and notes on how they were found.
Labeller = Callable[[pl.DataFrame], tuple[Sequence[str], tuple[str, ...]]]

#: Stands for any label of a row of a test set.
_ANY = "any"


def audit_file(
    path: Place,
    *,
    task: Task,
    reference: Place | None = None,
    tests: Sequence[Place] | Mapping[str, Place] = (),
    columns: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    labels_are_assumed: bool = False,
    predicates: Sequence[str] = (),
    rules: Sequence[Rule] = (),
    other_labels: str | None = None,
    labeller: Labeller | None = None,
    level: float = 0.95,
    progress: Progress = no_progress,
) -> Audit:
    """The audit of a data file; see `scotoma.audits.auditing.audit`.

    Args:
        path: A file that `tasks.reading.examples.read_examples` reads, a folder that `save_to_disk` wrote,
            `bundled:NAME` or `hub:NAME:SPLIT`, or a table in memory; the reference and the tests may be any
            of these too.
        task: The task whose fields, labels and target the rows have.
        reference: Rows of the same task to compare with.
        tests: Test sets, or test sets by name, whose rows should not occur in the data. Only their texts are
            read. One without a name is called by its place.
        columns: Our names to the file's, as for `read_examples`. In the other files they count
            where they are found; names in common use are known without.
        labels: Words or integers of the label columns to the task's labels, in every file. Where several
            columns have labels, the names in a column's schema hold for its integers; where there is one, and
            the schema contradicts `labels`, the file is refused.
        labels_are_assumed: Whether `labels` were said of other rows; then the names in a schema always hold.
        predicates: The user's own, each `NAME=KIND:VALUE`; `code:` runs the user's code.
        rules: More predicates, ready made.
        other_labels: Name of the file's column with another labeller's labels.
        labeller: Labels the rows where no column has another's labels: a model.
        level: Two-sided coverage of every interval.
        progress: Called with (rows read, 0) where rows are read one by one; then as `audit` calls it.

    Raises:
        ScotomaError: a file, a row, a column, a label or a predicate is wrong.
    """
    if other_labels is not None and labeller is not None:
        raise ScotomaError(
            "the other labels are given twice, as a column and by a model", remedy="Give one of the two."
        )
    all_rules = [*rules, *read_rules(predicates, task.fields)]
    columns, labels = dict(columns or {}), dict(labels or {})
    # Integers that the user gives a meaning may be those of a column that has no names for them.
    several = reference is not None or other_labels is not None or labels_are_assumed
    read = {"data": _read(path, task, columns, labels, other_labels, schema_first=several, progress=progress)}
    if reference is not None:
        read["reference"] = _read(
            reference, task, columns, labels, schema_first=True, only_where_found=True, progress=progress
        )
    table = read["data"].table
    named = tests if isinstance(tests, Mapping) else {str(index): index for index in tests}
    others: Sequence[str | None] | None = read["data"].other_labels
    if labeller is not None:
        others, labeller_notes = labeller(table)
        read["data"] = replace(read["data"], notes=(*read["data"].notes, *labeller_notes))
    result = audit(
        table,
        fields=task.fields,
        labels=task.labels,
        target=task.target,
        reference=read["reference"].table if reference is not None else None,
        tests={name: _texts(index, task.fields, columns) for name, index in named.items()},
        predicates=all_rules,
        other_labels=others,
        symmetric=task.symmetric,
        level=level,
        progress=progress,
    )
    return replace(
        result,
        without_gold={name: one.without_gold for name, one in read.items() if one.without_gold},
        notes={name: one.notes for name, one in read.items() if one.notes},
        label_codes={name: one.codes for name, one in read.items() if one.codes},
    )


@dataclass(frozen=True)
class _FileData:
    """A file's examples, with the premise's parse where it has one.

    Attributes:
        table: Labelled rows of the file.
        other_labels: Another labeller's label of each row, None where there is none; None without that
            column.
        without_gold: Rows left out because they have no gold label.
        notes: What a reader must know of how the file was read.
        codes: Integer labels that were read by the order of the task's labels.
    """

    table: pl.DataFrame
    other_labels: list[str | None] | None
    without_gold: int
    notes: tuple[str, ...]
    codes: Mapping[str, str]


def _read(
    place: Place,
    task: Task,
    columns: Mapping[str, str],
    labels: Mapping[str, str],
    other_labels: str | None = None,
    *,
    schema_first: bool,
    only_where_found: bool = False,
    progress: Progress = no_progress,
) -> _FileData:
    source = source_of(place)
    options = _ReadOptions(task, columns, labels, schema_first, only_where_found)
    reading, faults, columns_kept = _by_column(source, options, other_labels) or _by_row(
        source, options, other_labels, progress
    )
    table = reading.table
    check_labels(table, task.labels, faults.source)  # here, where the name of the file is known
    # Rows are numbered to find their other cells again.
    numbers = table["id"].str.extract("-([0-9]+)$").cast(pl.Int64).to_list() if columns_kept else []
    parses = [name for name in PARSE_COLUMNS if name in columns_kept][:1] if len(task.fields) > 1 else []
    # Columns that an audit does not need are dropped: some hundred megabytes for two million rows.
    table = table.select(
        *task.fields,
        "label",
        *(
            pl.Series(parse, [_text(columns_kept[parse][number]) for number in numbers], dtype=pl.String)
            for parse in parses
        ),
    )
    others, notes = None, reading.notes
    if other_labels is not None:
        again = Faults(f"{faults.source}, column {other_labels}", "row")
        other_words = columns_kept[other_labels]
        values = [NO_LABEL if _is_empty(other_words[number]) else other_words[number] for number in numbers]
        # Codes without names are read like those of the label column, which may have more of them.
        codes = {} if any(isinstance(value, ClassName) for value in values) else reading.codes
        reader = LabelReader(task.labels, {**codes, **labels}, again, schema_first=True)
        others = reader.read(values, [number + 1 for number in numbers])
        again.raise_if_any()
        notes += tuple(f"Column {other_labels}: {note}" for note in again.notes)
    return _FileData(table, others, sum(reading.dropped.values()), notes, reading.codes)


@dataclass(frozen=True)
class _ReadOptions:
    """What the user gave to read a file.

    Attributes:
        task: Task whose fields and labels the rows have.
        columns: Our names of columns to the file's.
        labels: Meanings of words in its label column.
        schema_first: Whether the names in its schema hold against `labels`.
        only_where_found: Whether `columns` hold only where the file has them.
    """

    task: Task
    columns: Mapping[str, str]
    labels: Mapping[str, str]
    schema_first: bool
    only_where_found: bool

    def columns_of(self, first: Record) -> dict[str, str]:
        """The mapping for a file with this first record; rows are numbered."""
        return {
            **(_columns_present(first, self.columns) if self.only_where_found else self.columns),
            "id": "",
        }


#: A file's rows, its faults, and by name the columns that stood beside them, with a cell for every row.
_Reading = tuple[Reading, Faults, Mapping[str, Sequence[object] | pl.Series]]


def _by_column(
    source: RowSource | TableSource, options: _ReadOptions, other_labels: str | None
) -> _Reading | None:
    """The rows of a sound file; None where they are to be read one by one."""
    faults = source.faults()
    table = source.frame(faults)
    if table is None or (other_labels is not None and other_labels not in table.columns):
        return None
    reading = check_frame(
        table,
        faults,
        name=source.stem,
        fields=options.task.fields,
        labels=options.task.labels,
        columns=options.columns_of(table.row(0, named=True)),
        meanings=options.labels,
        schema_first=options.schema_first,
    )
    columns_kept = {name: table[name] for name in (*PARSE_COLUMNS, other_labels) if name in table.columns}
    return None if reading is None else (reading, faults, columns_kept)


def _by_row(
    source: RowSource | TableSource, options: _ReadOptions, other_labels: str | None, progress: Progress
) -> _Reading:
    faults = source.faults()
    first, records = _with_first_record(source, faults)
    if other_labels is not None and head(other_labels) not in first and other_labels not in first:
        raise ScotomaError(
            f"there is no column {other_labels!r}", where=faults.source, remedy=nearest(other_labels, first)
        )
    names = [name for name in PARSE_COLUMNS if name in first]
    columns_kept: dict[str, list[object]] = {name: [] for name in (*names, *filter(None, [other_labels]))}
    reading = check_records(
        _keeping_columns(as_read(records, progress), columns_kept),
        faults,
        name=source.stem,
        fields=options.task.fields,
        labels=options.task.labels,
        columns=options.columns_of(first),
        meanings=options.labels,
        drop_repeated=False,
        schema_first=options.schema_first,
    )
    return reading, faults, columns_kept


def _texts(place: Place, fields: Sequence[str], columns: Mapping[str, str]) -> pl.DataFrame:
    """The texts of every row of a test set: gold labels may be hidden, and are not needed here."""
    source = source_of(place)
    untagged = dict.fromkeys(("id", *TAGS), "")
    faults = source.faults()
    if (table := source.frame(faults)) is not None:
        present = _columns_present(table.row(0, named=True), columns)
        reading = check_frame(
            table.with_columns(label=pl.lit(_ANY)),
            faults,
            name=source.stem,
            fields=fields,
            labels=(_ANY,),
            columns={**present, **untagged, "label": "label"},
            meanings={},
        )
        if reading is not None:
            return reading.table.select(fields)
    faults = source.faults()
    first, records = _with_first_record(source, faults)
    if not first:
        faults.raise_if_any()
        faults.fail("there are no rows", "Name a file or a split with rows of a test set.")
    chosen = {**_columns_present(first, columns), **untagged}
    find_columns(list(first), fields, chosen, faults, labelled=False)  # the label below is none of the file's
    bare = ((number, {**record, "label": _ANY}) for number, record in records)
    return check_records(
        bare,
        faults,
        name=source.stem,
        fields=fields,
        labels=(_ANY,),
        columns={**chosen, "label": "label"},
        drop_repeated=False,
    ).table.select(fields)


def _with_first_record(
    source: RowSource | TableSource, faults: Faults
) -> tuple[Record, Iterator[tuple[int, Record]]]:
    """The first record, or an empty one, and all of them."""
    records = source.records(faults)
    first = next(records, None)
    return ({}, records) if first is None else (first[1], itertools.chain([first], records))


def _keeping_columns(
    records: Iterator[tuple[int, Record]], columns_kept: Mapping[str, list[object]]
) -> Iterator[tuple[int, Record]]:
    """Yields the records, and keeps their cells of the columns in `columns_kept`."""
    for number, record in records:
        for name, values in columns_kept.items():
            values.append(value_of(record, name))
        yield number, record


def _columns_present(first: Record, columns: Mapping[str, str]) -> dict[str, str]:
    return {ours: theirs for ours, theirs in columns.items() if theirs in first or head(theirs) in first}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() and is_unicode(value) else None


def _is_empty(value: object) -> bool:
    return value is None or value is ABSENT or str(value).strip() == "" or value != value
