"""Records become a table of examples, once every one of them is sound."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.errors import nearest, shown
from scotoma.tasks.columns import TAGS, find_columns
from scotoma.tasks.faults import Faults
from scotoma.tasks.formats import Record

#: Stands for no gold label.
NO_LABEL = "-"
NO_GOLD = "no gold label"
REPEATED = "every copy of a repeated pair"


@dataclass(frozen=True)
class Reading:
    """What a source held.

    Attributes:
        table: Columns id, the text fields, label, heuristic, subcase, template; tags that the
            source lacks are empty. Rows in the source's order.
        dropped: Rows left out, by reason; reasons that took no row are absent.
    """

    table: pl.DataFrame
    dropped: dict[str, int]


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
) -> Reading:
    """The records as a reading; `name` begins the ids where the source has none.

    Raises:
        ScotomaError: any record is at fault, or none is left; or `meanings` names a label that is none.
    """
    label_of = _chosen_meanings(meanings, labels, faults) if meanings else _label_meanings(labels)
    places = "" if any(map(_is_integer, labels)) else f"0 to {len(labels) - 1} in that order, -1 or "
    known = f"Known labels: {', '.join(labels)}; or {places}- for no gold label."
    if meanings:
        known = f"`labels` knows {', '.join(meanings)}."
    rows = _Rows(faults, name, fields, label_of, columns, known)
    for number, record in records:
        rows.add(number, record)
    faults.raise_if_any()
    table = pl.DataFrame(rows.kept, schema=dict.fromkeys(rows.kept, pl.String))
    dropped = {NO_GOLD: rows.n_without_gold} if rows.n_without_gold else {}
    if drop_repeated:
        single = table.filter(~table.select(fields).is_duplicated())
        if single.height < table.height:
            dropped[REPEATED] = table.height - single.height
        table = single
    if not table.height:
        reasons = ", ".join(f"{n} dropped as {reason}" for reason, n in dropped.items())
        faults.fail(
            f"there are no labelled rows{f' ({reasons})' if reasons else ''}",
            "Name a file or a split with labelled examples.",
        )
    return Reading(table, dropped)


class _Rows:
    """Checks records one by one and keeps the sound ones, column by column."""

    def __init__(
        self,
        faults: Faults,
        name: str,
        fields: Sequence[str],
        label_of: Mapping[str, str | None],
        chosen: Mapping[str, str],
        known_labels: str,
    ) -> None:
        self.kept: dict[str, list[str]] = {column: [] for column in ("id", *fields, "label", *TAGS)}
        self.n_without_gold = 0
        self._faults, self._name, self._fields = faults, name, fields
        self._chosen, self._label_of, self._known_labels = chosen, label_of, known_labels
        self._columns: dict[str, str] = {}
        self._line_of_id: dict[str, int] = {}
        self._n_seen = 0

    def add(self, number: int, record: Record) -> None:
        """Keeps the record, or says what is wrong with it; the first one settles the columns."""
        if not self._columns:
            self._columns = find_columns(list(record), self._fields, self._chosen, self._faults)
        n_faults, values = self._faults.n, {}
        for late in ("id", *TAGS):
            # JSON lines may each have keys of their own.
            if late in record and late not in self._columns and late not in self._chosen:
                self._faults.add(number, f"has {late!r}, which the first has not", _LATE)
        values["id"] = self._id(number, record)
        for field in self._fields:
            values[field] = self._text(number, record, field)
        gold = self._label(number, record)
        for tag in TAGS:
            values[tag] = self._tag(number, record, tag)
        self._n_seen += 1
        if self._faults.n > n_faults:
            return
        if gold is None:
            self.n_without_gold += 1
            return
        values["label"] = gold
        for column, value in values.items():
            self.kept[column].append(value)

    def _id(self, number: int, record: Record) -> str:
        if "id" not in self._columns:
            return f"{self._name}-{self._n_seen}"
        given = record.get(self._columns["id"])
        text = str(given)
        named = isinstance(given, int | str) and not isinstance(given, bool)
        if not (named and text.strip() and is_unicode(text)):
            remedy = "Give every row an id, or set columns id= to number them."
            self._faults.add(number, f"id is {shown(given)}", remedy)
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
        given = self._get(number, record, field)
        if isinstance(given, str) and given.strip() and is_unicode(given):
            return given
        if isinstance(given, str):
            wrong, remedy = "is empty", f"Give every row a {field}."
            if given.strip():
                wrong, remedy = (
                    "holds half a character (a lone surrogate)",
                    "Write whole characters, as UTF-8.",
                )
            self._faults.add(number, f"{field} {wrong}", remedy)
        elif given is not _ABSENT:
            self._faults.add(number, f"{field} is {shown(given)}, not text", f"Give every row a {field}.")
        return ""

    def _label(self, number: int, record: Record) -> str | None:
        given = self._get(number, record, "label")
        key = str(int(given)) if isinstance(given, float) and given.is_integer() else str(given).strip()
        if given is None or isinstance(given, bool) or key not in self._label_of:
            if given is not _ABSENT:
                self._faults.add(number, f"label {shown(given)} is not known", self._known_labels)
            return None
        return self._label_of[key]

    def _tag(self, number: int, record: Record, tag: str) -> str:
        if tag not in self._columns:
            return ""
        given = self._get(number, record, tag)
        if given is None or given is _ABSENT:
            return ""
        if not isinstance(given, str) or not is_unicode(given):
            self._faults.add(number, f"{tag} is {shown(given)}, not text", f"Write the {tag} as text.")
            return ""
        return given

    def _get(self, number: int, record: Record, column: str) -> object:
        given = record.get(self._columns[column], _ABSENT)
        if given is _ABSENT:
            remedy = "Give every row the columns of the first."
            self._faults.add(number, f"no {self._columns[column]!r}", remedy)
        return given


_ABSENT = object()

_LATE = "Give every row the columns of the first, or leave it out with columns NAME: ''."


def _label_meanings(labels: Sequence[str]) -> dict[str, str | None]:
    """What may stand in a label column, and the label it means: None for no gold label."""
    meanings: dict[str, str | None] = {label: label for label in labels}
    if not any(map(_is_integer, labels)):  # else 1 would be a name and a place
        meanings |= {str(place): label for place, label in enumerate(labels)} | {"-1": None}
    return {NO_LABEL: None} | meanings


def _is_integer(label: str) -> bool:
    return label.strip().lstrip("+-").isdecimal()


def _chosen_meanings(
    meanings: Mapping[str, str], labels: Sequence[str], faults: Faults
) -> dict[str, str | None]:
    """The user's word on what stands in a label column, and nothing beside it."""
    for theirs, ours in meanings.items():
        if ours not in (*labels, NO_LABEL):
            faults.fail(
                f"labels: {theirs!r} is to be {ours!r}, which is no label here",
                f"{nearest(ours, labels)} {NO_LABEL!r} leaves the row out.",
            )
    return {theirs: None if ours == NO_LABEL else ours for theirs, ours in meanings.items()}


def is_unicode(text: str) -> bool:
    """Whether a text can be written; JSON can hold half a character (a lone surrogate), which cannot."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
