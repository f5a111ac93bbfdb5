"""Records become a table of examples, once every one of them is sound."""

import sys
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath

import polars as pl

from scotoma.basics.errors import shown
from scotoma.basics.words import is_unicode
from scotoma.tasks.reading.columns import TAGS, find_columns
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import Record
from scotoma.tasks.reading.label_words import LabelReader
from scotoma.tasks.reading.paths import ABSENT, head, value_of
from scotoma.tasks.reading.same_row import in_one_order

NO_GOLD = "no gold label"
REPEATED = "every copy of a repeated pair"

#: Rows that are held as Python strings at a time.
_AT_ONCE = 50_000


@dataclass(frozen=True)
class Places:
    """Positions of rows in their source.

    Attributes:
        source: Path or name.
        unit: What the numbers count: lines of a file, or rows where there are no lines.
        ids: Ids of the rows.
        numbers: Line or row number of each row in the source, in the order of `ids`.
    """

    source: str
    unit: str
    ids: pl.Series
    numbers: pl.Series

    def of(self, id: str) -> str:
        """The position of a row, such as `train.tsv:7`; its id where that is not known."""
        matches = self.numbers.filter(self.ids == id)
        if matches.is_empty():
            return id
        name = PurePath(self.source).name
        return f"{name}:{matches[0]}" if self.unit == "line" else f"{name}, {self.unit} {matches[0]}"


@dataclass(frozen=True)
class Reading:
    """What a source held.

    Attributes:
        table: Columns id, the text fields, label, heuristic, subcase, template; tags that the
            source lacks are empty. Rows in the source's order.
        dropped: Rows left out, by reason; reasons that took no row are absent.
        notes: What a reader must know of how the source was read, in sentences.
        codes: Integer labels that were read by the order of the task's labels, to these labels.
        places: Places of the rows in their source; None for rows that a grammar wrote.
    """

    table: pl.DataFrame
    dropped: dict[str, int]
    notes: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    places: Places | None = None


def check_records(
    records: Iterable[tuple[int, Record]],
    faults: Faults,
    *,
    name: str,
    fields: Sequence[str],
    labels: Sequence[str],
    columns: Mapping[str, str],
    drop_repeated: bool,
    meanings: Mapping[str, str] | None = None,
    symmetric: bool = False,
    schema_first: bool = False,
) -> Reading:
    """The records as a reading; `name` begins the ids where the source has none.

    Where a pair is the same as its mirror (`symmetric`), the mirror repeats it. For `schema_first` see
    `LabelReader`.

    Raises:
        ScotomaError: any record is at fault, or none is left; or `meanings` names a label that is none.
    """
    labels_read = LabelReader(labels, meanings or {}, faults, schema_first=schema_first)
    rows = _Rows(faults, name, fields, columns)
    for number, record in records:
        rows.add(number, record)
    gold = labels_read.read(rows.labels, rows.numbers)
    faults.raise_if_any()
    return labelled(
        rows.table(),
        gold,
        rows.numbers,
        labels_read.codes,
        faults,
        fields,
        drop_repeated=drop_repeated,
        symmetric=symmetric,
    )


def labelled(
    read: pl.DataFrame,
    gold: Sequence[str | None],
    numbers: Sequence[int],
    codes: Mapping[str, str],
    faults: Faults,
    fields: Sequence[str],
    *,
    drop_repeated: bool = False,
    symmetric: bool = False,
) -> Reading:
    """The reading of sound rows: those without a gold label, and copies where asked, are left out.

    Args:
        read: Columns id, the text fields, and tags.
        gold: Label of each row, None for none.
        numbers: Line or row number of each row.
        codes: Integer labels that were read by the order of the task's labels.
        faults: Says where the rows are, and has the notes.
        fields: Names of the texts.
        drop_repeated: Whether to leave out every copy of a repeated row.
        symmetric: Whether a row and its mirror are copies.

    Raises:
        ScotomaError: no row is left.
    """
    table = read.insert_column(1 + len(fields), pl.Series("label", gold, dtype=pl.String))
    table = table.filter(pl.col("label").is_not_null())
    n_without_gold = read.height - table.height
    dropped = {NO_GOLD: n_without_gold} if n_without_gold else {}
    if drop_repeated:
        single = table.filter(~in_one_order(table, fields, symmetric).is_duplicated())
        if single.height < table.height:
            dropped[REPEATED] = table.height - single.height
        table = single
    if not table.height:
        reasons = ", ".join(f"{n} dropped as {reason}" for reason, n in dropped.items())
        faults.fail(
            f"there are no labelled rows{f' ({reasons})' if reasons else ''}",
            "Name a file or a split with labelled examples.",
        )
    places = Places(faults.source, faults.unit, read["id"], pl.Series(numbers, dtype=pl.Int64))
    return Reading(table, dropped, tuple(faults.notes), codes, places)


class _Rows:
    """Checks records one by one and keeps the sound ones, column by column; labels as they stand."""

    def __init__(self, faults: Faults, name: str, fields: Sequence[str], chosen: Mapping[str, str]) -> None:
        self.labels: list[object] = []
        self.numbers = array("q")
        self._kept: dict[str, list[object]] = {column: [] for column in ("id", *fields, *TAGS)}
        self._parts: list[pl.DataFrame] = []
        self._faults, self._name, self._fields, self._chosen = faults, name, fields, chosen
        self._columns: dict[str, str] = {}
        self._line_of_id: dict[str, int] = {}
        self._n_seen = 0

    def add(self, number: int, record: Record) -> None:
        """Keeps the record, or reports its faults; the first record decides the columns."""
        if not self._columns:
            self._columns = find_columns(list(record), self._fields, self._chosen, self._faults)
        n_faults = self._faults.n
        values: dict[str, object] = {}
        for late in ("id", *TAGS):
            # JSON lines may each have keys of their own.
            if late in record and late not in self._columns and late not in self._chosen:
                self._faults.add(number, f"has {late!r}, which the first does not have", _LATE)
        values["id"] = self._id(number, record)
        for name in self._fields:
            values[name] = self._text(number, record, name)
        values["label"] = self._get(number, record, "label")
        for tag in TAGS:
            values[tag] = self._tag(number, record, tag)
        self._n_seen += 1
        if self._faults.n > n_faults:
            return
        self.numbers.append(number)
        label = values.pop("label")
        self.labels.append(sys.intern(label) if type(label) is str else label)
        for column, value in values.items():
            self._kept[column].append(value)
        if len(self.numbers) % _AT_ONCE == 0:
            self._pack()

    def table(self) -> pl.DataFrame:
        """The sound rows without their labels."""
        self._pack()
        return pl.concat(self._parts)

    def _pack(self) -> None:
        """Puts the latest rows into a frame, which takes a fraction of the memory of Python's texts."""
        self._parts.append(pl.DataFrame(self._kept, schema=dict.fromkeys(self._kept, pl.String)))
        for values in self._kept.values():
            values.clear()

    def _id(self, number: int, record: Record) -> str:
        if "id" not in self._columns:
            return f"{self._name}-{self._n_seen}"
        value = value_of(record, self._columns["id"])
        text = id_of(value)
        if not (text.strip() and is_unicode(text)):
            remedy = "Give every row an id, or set columns id= to number them."
            self._faults.add(number, f"id is {shown(value)}", remedy)
            return ""
        first = self._line_of_id.setdefault(text, number)
        if first != number:
            self._faults.add(
                number,
                f"id {shown(text)} is that of {self._faults.unit} {first}",
                "Make ids unique, or set columns id= to number the rows.",
            )
        return text

    def _text(self, number: int, record: Record, field: str) -> str:
        value = self._get(number, record, field)
        if isinstance(value, str) and value.strip() and is_unicode(value):
            return value
        if isinstance(value, str):
            wrong, remedy = "is empty", f"Give every row a {field}."
            if value.strip():
                wrong, remedy = (
                    "holds an unpaired surrogate, which is half of a character",
                    "Write whole characters, as UTF-8.",
                )
            self._faults.add(number, f"{field} {wrong}", remedy)
        elif value is not ABSENT:
            self._faults.add(number, f"{field} is {shown(value)}, not text", f"Give every row a {field}.")
        return ""

    def _tag(self, number: int, record: Record, tag: str) -> str:
        if tag not in self._columns:
            return ""
        value = self._get(number, record, tag)
        if value is None or value is ABSENT:
            return ""
        if not isinstance(value, str) or not is_unicode(value):
            self._faults.add(number, f"{tag} is {shown(value)}, not text", f"Write the {tag} as text.")
            return ""
        return value

    def _get(self, number: int, record: Record, column: str) -> object:
        value = value_of(record, self._columns[column])
        if value is ABSENT:
            # A path inside a column has no value if an answer failed or is not JSON.
            is_inside = self._columns[column] not in record and head(self._columns[column]) in record
            remedy = _INSIDE if is_inside else "Give every row the columns of the first."
            self._faults.add(number, f"no {self._columns[column]!r}", remedy)
        return value


_LATE = "Give every row the columns of the first, or leave it out with columns NAME: ''."


_INSIDE = "Leave out rows whose answer failed or is of another form, such as a refusal in place of JSON."


def id_of(value: object) -> str:
    """The id of a row as text; a whole number is one whatever its type; empty for what is no id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # pandas reads integers as floats if a value is missing
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
