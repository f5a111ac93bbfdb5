"""Every measure of one model, in every cell of every test set: predictions in, a tidy table out.

On a blind spot, labels are the blind spot's two, and the task's labels are merged into them. Where its target
is another than the task's, what is of the target is measured on the general test sets with its labels too.
"""

from collections.abc import Iterable, Sequence

import numpy as np
import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.measures.cells import TAGS, Cell, blindspot_cells, general_cells
from scotoma.measures.rows import Rows, blindspot_rows, general_rows, general_rows_as
from scotoma.measures.tags import OF_THE_TARGET, as_in
from scotoma.tasks import Task

#: Columns of the tidy table. `n` is the number of rows measured; `reason` says why a value is null.
SCHEMA: dict[str, type[pl.DataType]] = {
    "test": pl.String,
    "cell": pl.String,
    **TAGS,
    "measure": pl.String,
    "value": pl.Float64,
    "n": pl.Int64,
    "reason": pl.String,
}

#: Mean accuracy in a cell up to which it is on the floor: it can hardly fall further.
FLOOR = 0.02

_Found = tuple[str, str, str, str, str, str, str, float | None, int, str]


def measure(predictions: pl.DataFrame, task: Task, blindspots: Sequence[BlindSpot]) -> pl.DataFrame:
    """Every measure of one model, in every cell of every test set.

    Args:
        predictions: Columns test, id, gold, predicted, p_<label> for each task label, heuristic (on a
            general test set `full_overlap`, `low_overlap`, `shortcut` or empty), subcase, template. `test`
            is a blind spot's name, or a general test set's. Without any p_ columns, what needs
            probabilities is null with the reason. On blind-spot rows, `predicted` may be the task's labels
            or the blind spot's own, and so may the p_ columns.
        task: Task that gives the labels and the target.
        blindspots: Those that `test` may name; every other name is a general test set.

    Returns:
        One row per test, cell and measure, with the columns of `SCHEMA`. The order of the rows of
        `predictions` does not matter, to the last bit.

    Raises:
        ScotomaError: a label or a probability that cannot be.
    """
    return Measuring(task, blindspots).of(predictions)


class Measuring:
    """Measures models that mostly answer the same rows, whose cells are then found once.

    Args:
        task: Task that gives the labels and the target.
        blindspots: Those that `test` may name.
    """

    def __init__(self, task: Task, blindspots: Sequence[BlindSpot]) -> None:
        self._task = task
        self._spots = {blindspot.name: blindspot for blindspot in blindspots}
        self._last: dict[str, tuple[pl.DataFrame, list[Cell]]] = {}

    def of(self, predictions: pl.DataFrame) -> pl.DataFrame:
        """One model's measures, as `measure` gives them.

        Args:
            predictions: Predictions, as for `measure`.

        Raises:
            ScotomaError: a label or a probability that cannot be.
        """
        parts = {test: part for (test,), part in predictions.partition_by("test", as_dict=True).items()}
        rows_measured: list[_Found] = []
        for test in sorted(parts.keys() - self._spots.keys()):
            rows, cells = general_rows(parts[test], self._task), self._cells(test, parts[test])
            rows_measured += _measure(test, rows, cells)
            rows_measured += self._as_blindspots(test, parts[test])
        for test in (name for name in self._spots if name in parts):
            rows, cells = blindspot_rows(parts[test], self._spots[test]), self._cells(test, parts[test])
            rows_measured += _measure(test, rows, cells)
        return pl.DataFrame(rows_measured, schema=SCHEMA, orient="row")

    def _as_blindspots(self, test: str, part: pl.DataFrame) -> list[_Found]:
        """What is of the target on a general test set, for blind spots with another than the task's."""
        measured: list[_Found] = []
        for spot in self._spots.values():
            if tags := as_in(spot, self._task):
                cell = Cell(tags, np.arange(part.height), OF_THE_TARGET)
                measured += _measure(test, general_rows_as(part, spot), [cell])
        return measured

    def _cells(self, test: str, part: pl.DataFrame) -> list[Cell]:
        tags = part.select("gold", "heuristic", "subcase", "template")
        if test not in self._last or not tags.equals(self._last[test][0]):
            spot = self._spots.get(test)
            cells = general_cells(part, self._task.labels) if spot is None else blindspot_cells(part, spot)
            self._last[test] = tags, list(cells)
        return self._last[test][1]


def _measure(test: str, rows: Rows, cells: Iterable[Cell]) -> list[_Found]:
    measured: list[_Found] = []
    for cell in cells:
        for name in cell.measures:
            value = rows.value(name, cell.at)
            measured.append((test, cell.name, *cell.tags, name, value.value, value.n, value.reason))
    return measured
