"""Cells: groups of a test set's rows, named by what they have in common.

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
_ON_ONE_SIDE = ("accuracy", "accuracy_sum", "margin")

#: What is measured over all rows of a general test set.
ON_THE_TASK = ("accuracy", "accuracy_2way", "accuracy_2way_sum", "auc", *_DETECTION)


class Cell(NamedTuple):
    """A named group of rows.

    Attributes:
        name: As above.
        at: Positions of its rows in the table.
        measures: Names of what is measured in it.
    """

    name: str
    at: NDArray[np.int64]
    measures: tuple[str, ...]


def general_cells(part: pl.DataFrame, labels: Sequence[str]) -> Iterator[Cell]:
    """`all` and `all/LABEL` of a general test set, where there are rows; by shortcut where rows are tagged.

    Accuracy on `low_overlap/TARGET` shows the reverse bias: a model that takes missing words for a sign
    of the other labels fails there.
    """
    everything, gold = np.arange(part.height), part["gold"].to_numpy()
    yield Cell("all", everything, ON_THE_TASK)
    tagged = _groups(part, "heuristic")
    effect = "shortcut_effect" if any(tag == SHORTCUT for tag, _ in tagged) else "overlap_effect"
    of_label = ("accuracy", "margin", effect) if tagged else ("accuracy", "margin")
    for name, at in _by_label("all", everything, gold, labels):
        yield Cell(name, at, of_label)
    for tag, rows in tagged:
        for name, at in _by_label(tag, rows, gold, labels):
            yield Cell(name, at, ("accuracy", "margin"))


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
        yield Cell(heuristic, rows, _ON_BOTH_SIDES)
        for name, at in _by_label(heuristic, rows, gold, blindspot.labels):
            yield Cell(name, at, _ON_ONE_SIDE)
    for subcase, rows in _groups(part, "subcase"):
        yield Cell(f"subcase:{subcase}", rows, _ON_ONE_SIDE)
    for template, rows in _groups(part, "template"):
        for name, at in _by_label(f"template:{template}", rows, gold, blindspot.labels):
            yield Cell(name, at, _ON_ONE_SIDE)


def measured_in(blindspot: BlindSpot) -> dict[str, tuple[str, ...]]:
    """The cells of a blind spot that do not depend on its rows, and what is measured in each."""
    found: dict[str, tuple[str, ...]] = {}
    for group in ("all", *blindspot.heuristics):
        found |= {group: _ON_BOTH_SIDES, **{f"{group}/{label}": _ON_ONE_SIDE for label in blindspot.labels}}
    return found


def _by_label(
    name: str, rows: NDArray[np.int64], gold: NDArray[np.str_], labels: Sequence[str]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    for label in labels:
        at = rows[gold[rows] == label]
        if at.size:
            yield f"{name}/{label}", at


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
