"""Rows of predictions as a file has them, before anything is checked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from scotoma.basics.errors import nearest
from scotoma.tasks.reading.faults import Faults

#: What puts a row in a cell.
TAGS = ("heuristic", "subcase", "template")

#: Columns that a row of predictions may have beside its texts and probabilities.
COLUMNS = ("id", "gold", "predicted", *TAGS)

#: The texts of a pair; an own task may have others.
PAIR = ("premise", "hypothesis")

#: Names of these columns in use elsewhere; for the id, the most telling first.
ALIASES = {
    "id": ("pairID", "idx", "index"),
    "gold": ("gold_label", "label"),
    "predicted": ("prediction", "pred", "predicted_label"),
    "premise": ("sentence1",),
    "hypothesis": ("sentence2",),
    "sentence1": ("question1",),
    "sentence2": ("question2",),
    "text": ("sentence",),
}


@dataclass
class Raw:
    """Columns of one file, not yet checked.

    Attributes:
        form: Kind of the file, in words.
        unit: What `numbers` count: `line`, `row` or `sample`.
        numbers: Line, row or sample number of each row in its file.
        columns: Values by our names of columns; those the file lacks are absent. `gold` may hold a list where
            several labels are right, and so may `predicted` where several answers stand, or a `NoAnswer`.
        notes: What a reader must know of how it was read.
    """

    form: str
    unit: str
    numbers: list[int] = field(default_factory=list)
    columns: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, number: int, values: Mapping[str, object]) -> None:
        """Adds a row; a column that some rows lack is None there."""
        for name in values.keys() - self.columns.keys():
            self.columns[name] = [None] * len(self.numbers)
        for name, column in self.columns.items():
            column.append(values.get(name))
        self.numbers.append(number)

    def keep(self, which: Sequence[bool]) -> None:
        """Drops every row that is not marked to be kept."""
        self.numbers = list(compress(self.numbers, which))
        self.columns = {name: list(compress(values, which)) for name, values in self.columns.items()}


def pick_columns(
    record: Mapping[str, object], chosen: Mapping[str, str], columns: Sequence[str]
) -> dict[str, object]:
    """The values of these columns that a record has, found by the user's name, ours or an alias.

    Args:
        record: One record of a file.
        chosen: The user's mapping, our names of columns to theirs.
        columns: Our names of the columns to pick.
    """
    values = {}
    for ours in columns:
        names = (chosen[ours],) if ours in chosen else (ours, *ALIASES.get(ours, ()))
        theirs = next((name for name in names if record.get(name) is not None), None)
        if theirs is not None:
            values[ours] = record[theirs]
    return values


def check_chosen(
    chosen: Mapping[str, str], columns: Sequence[str], present: Collection[str], faults: Faults
) -> None:
    """Refuses a mapping for a column that is not read here, or to a name that no record has.

    Args:
        chosen: The user's mapping, our names of columns to theirs.
        columns: Our names of the columns that are read.
        present: Names that any record has.
        faults: Says where the file is.

    Raises:
        ScotomaError: names the column, and the nearest that could be meant.
    """
    for ours, theirs in chosen.items():
        if ours not in columns:
            faults.fail(f"columns: {ours!r} is not read from such a file", nearest(ours, columns))
        if theirs not in present:
            faults.fail(f"columns: no {faults.unit} has {theirs!r} for {ours}", nearest(theirs, present))
