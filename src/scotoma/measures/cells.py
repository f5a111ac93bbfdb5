"""Cells: groups of a test set's rows, named by what they have in common (see `tags.py`)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.blindspots import BlindSpot
from scotoma.measures.rows import SHORTCUT
from scotoma.measures.tags import ON_BOTH_SIDES, ON_ONE_SIDE, ON_THE_TASK, Tags

#: Columns of what a cell's rows have in common: each is empty where it is not what tells the cell's rows from
#: others. `heuristic` is `all` in cells of every heuristic, and empty in those of a subcase or a template.
TAGS: dict[str, type[pl.DataType]] = dict.fromkeys(("heuristic", "label", "subcase", "template"), pl.String)


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
    everything, gold = np.arange(part.height), _is_of(part, labels)
    yield Cell(Tags("all"), everything, ON_THE_TASK)
    tagged = _groups(part, "heuristic")
    effect = "shortcut_effect" if any(tag == SHORTCUT for tag, _ in tagged) else "overlap_effect"
    of_label = ("accuracy", "log_odds", effect) if tagged else ("accuracy", "log_odds")
    for label, at in _by_label(everything, gold):
        yield Cell(Tags("all", label), at, of_label)
    for tag, rows in tagged:
        for label, at in _by_label(rows, gold):
            yield Cell(Tags(tag, label), at, ("accuracy", "log_odds"))


def blindspot_cells(part: pl.DataFrame, blindspot: BlindSpot) -> Iterator[Cell]:
    """Every cell of a blind spot that has rows: all, heuristics, subcases, templates.

    Args:
        part: Columns gold, heuristic, subcase, template; an empty tag puts a row in no such cell.
        blindspot: Gives the order of heuristics and labels.
    """
    gold = _is_of(part, blindspot.labels)
    for heuristic, rows in [
        ("all", np.arange(part.height)),
        *_groups(part, "heuristic", blindspot.heuristics),
    ]:
        yield Cell(Tags(heuristic), rows, ON_BOTH_SIDES)
        for label, at in _by_label(rows, gold):
            yield Cell(Tags(heuristic, label), at, ON_ONE_SIDE)
    for subcase, rows in _groups(part, "subcase"):
        yield Cell(Tags(subcase=subcase), rows, ON_ONE_SIDE)
    for template, rows in _groups(part, "template"):
        for label, at in _by_label(rows, gold):
            yield Cell(Tags(template=template, label=label), at, ON_ONE_SIDE)


def _is_of(part: pl.DataFrame, labels: Sequence[str]) -> dict[str, NDArray[np.bool_]]:
    """By label, whether each row has it."""
    return {label: (part["gold"] == label).to_numpy() for label in labels}


def _by_label(
    rows: NDArray[np.int64], gold: Mapping[str, NDArray[np.bool_]]
) -> Iterator[tuple[str, NDArray[np.int64]]]:
    for label, has_it in gold.items():
        at = rows[has_it[rows]]
        if at.size:
            yield label, at


def _groups(
    part: pl.DataFrame, column: str, first: Iterable[str] = ()
) -> list[tuple[str, NDArray[np.int64]]]:
    """Each value of a column and its rows: the `first` in their order, then the rest by name."""
    grouped = (
        part.lazy().with_row_index("row").filter(pl.col(column) != "").group_by(column).agg("row").collect()
    )
    positions = (at.to_numpy().astype(np.int64) for at in grouped["row"])
    rows = dict(zip(grouped[column].to_list(), positions, strict=True))
    order = [*(name for name in first if name in rows), *sorted(set(rows) - set(first))]
    return [(name, rows[name]) for name in order]
