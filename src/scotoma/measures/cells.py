"""Cells: groups of a test set's rows, named by what they have in common.

A name is written and read here alone; tables have what it is made of in columns of their own.

all                      every row
all/LABEL                every row with that gold label
HEURISTIC                a blind spot's heuristic, both labels
HEURISTIC/LABEL
subcase:NAME             one construction within a heuristic
template:NAME/LABEL      one sentence pattern
full_overlap/LABEL       on a general test set: all words of the hypothesis stand in the premise
low_overlap/LABEL        at most a third of them do
shortcut/LABEL           on a general test set: the predicate of the study's own heuristic holds
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.blindspots import BlindSpot
from scotoma.measures.rows import SHORTCUT

#: What tells the target's rows from the others, so needs both.
_DETECTION = ("hit_rate", "false_alarm_rate", "d_prime", "criterion")

_ON_BOTH_SIDES = ("accuracy", "accuracy_sum", "auc", *_DETECTION)
_ON_ONE_SIDE = ("accuracy", "accuracy_sum", "log_odds")

#: What is measured over all rows of a general test set.
ON_THE_TASK = ("accuracy", "accuracy_2way", "accuracy_2way_sum", "auc", *_DETECTION)


#: Columns of what a cell's rows have in common: each is empty where it is not what tells the cell's rows from
#: others. `heuristic` is `all` in cells of every heuristic, and empty in those of a subcase or a template.
TAGS: dict[str, type[pl.DataType]] = dict.fromkeys(("heuristic", "label", "subcase", "template"), pl.String)


class Tags(NamedTuple):
    """What the rows of a cell have in common; the columns of `TAGS`."""

    heuristic: str = ""
    label: str = ""
    subcase: str = ""
    template: str = ""

    @property
    def name(self) -> str:
        """The cell's name, as above."""
        group = self.heuristic
        if self.subcase:
            group = f"{_SUBCASE}{self.subcase}"
        elif self.template:
            group = f"{_TEMPLATE}{self.template}"
        return f"{group}/{self.label}" if self.label else group

    @property
    def kind(self) -> str:
        """`subcase` or `template`, of which there are many; else `heuristic`."""
        return "subcase" if self.subcase else "template" if self.template else "heuristic"

    @classmethod
    def of(cls, name: str) -> "Tags":
        """What a cell's name says, for names that a person has given.

        Args:
            name: As above. A subcase is all that comes after `subcase:`, whatever it holds.
        """
        if name.startswith(_SUBCASE):
            return cls(subcase=name.removeprefix(_SUBCASE))
        group, _, label = name.rpartition("/") if "/" in name else (name, "", "")
        if group.startswith(_TEMPLATE):
            return cls(template=group.removeprefix(_TEMPLATE), label=label)
        return cls(heuristic=group, label=label)


_SUBCASE, _TEMPLATE = "subcase:", "template:"


class Cell(NamedTuple):
    """A group of rows.

    Attributes:
        tags: Properties that the cell's rows share.
        at: Positions of its rows in the table.
        measures: Names of what is measured in it.
    """

    tags: Tags
    at: NDArray[np.int64]
    measures: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the cell in claims and tables."""
        return self.tags.name


def general_cells(part: pl.DataFrame, labels: Sequence[str]) -> Iterator[Cell]:
    """`all` and `all/LABEL` of a general test set, where there are rows; by shortcut where rows are tagged.

    Accuracy on `low_overlap/TARGET` shows the reverse bias: a model that takes missing words for a sign
    of the other labels fails there.
    """
    everything, gold = np.arange(part.height), part["gold"].to_numpy()
    yield Cell(Tags("all"), everything, ON_THE_TASK)
    tagged = _groups(part, "heuristic")
    effect = "shortcut_effect" if any(tag == SHORTCUT for tag, _ in tagged) else "overlap_effect"
    of_label = ("accuracy", "log_odds", effect) if tagged else ("accuracy", "log_odds")
    for label, at in _by_label(everything, gold, labels):
        yield Cell(Tags("all", label), at, of_label)
    for tag, rows in tagged:
        for label, at in _by_label(rows, gold, labels):
            yield Cell(Tags(tag, label), at, ("accuracy", "log_odds"))


def blindspot_cells(part: pl.DataFrame, blindspot: BlindSpot) -> Iterator[Cell]:
    """Every cell of a blind spot that has rows: all, heuristics, subcases, templates.

    Args:
        part: Columns gold, heuristic, subcase, template; an empty tag puts a row in no such cell.
        blindspot: Gives the order of heuristics and labels.
    """
    gold = part["gold"].to_numpy()
    for heuristic, rows in [
        ("all", np.arange(part.height)),
        *_groups(part, "heuristic", blindspot.heuristics),
    ]:
        yield Cell(Tags(heuristic), rows, _ON_BOTH_SIDES)
        for label, at in _by_label(rows, gold, blindspot.labels):
            yield Cell(Tags(heuristic, label), at, _ON_ONE_SIDE)
    for subcase, rows in _groups(part, "subcase"):
        yield Cell(Tags(subcase=subcase), rows, _ON_ONE_SIDE)
    for template, rows in _groups(part, "template"):
        for label, at in _by_label(rows, gold, blindspot.labels):
            yield Cell(Tags(template=template, label=label), at, _ON_ONE_SIDE)


def measured_in(blindspot: BlindSpot) -> dict[str, tuple[str, ...]]:
    """The cells of a blind spot that do not depend on its rows, and what is measured in each."""
    found: dict[str, tuple[str, ...]] = {}
    for group in ("all", *blindspot.heuristics):
        of_label = {Tags(group, label).name: _ON_ONE_SIDE for label in blindspot.labels}
        found |= {group: _ON_BOTH_SIDES, **of_label}
    return found


def _by_label(
    rows: NDArray[np.int64], gold: NDArray[np.str_], labels: Sequence[str]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    for label in labels:
        at = rows[gold[rows] == label]
        if at.size:
            yield label, at


def _groups(
    part: pl.DataFrame, column: str, first: Iterable[str] = ()
) -> list[tuple[str, NDArray[np.int64]]]:
    """Each value of a column and its rows: the `first` in their order, then the rest by name."""
    grouped = (
        part.lazy().with_row_index("row").filter(pl.col(column) != "").group_by(column).agg("row").collect()
    )
    rows = {name: np.array(at, dtype=np.int64) for name, at in grouped.iter_rows()}
    order = [*(name for name in first if name in rows), *sorted(set(rows) - set(first))]
    return [(name, rows[name]) for name in order]
