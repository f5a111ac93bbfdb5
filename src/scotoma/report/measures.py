"""Every measure of one model: a table of predictions in, a tidy table out.

A **cell** is a group of a test set's rows, named by what they have in common:

    all                      every row
    all/LABEL                every row with that gold label
    HEURISTIC                a blind spot's heuristic, both labels
    HEURISTIC/LABEL
    subcase:NAME             one construction within a heuristic
    template:NAME/LABEL      one sentence pattern

On a blind spot, labels are the blind spot's two, and the task's labels are merged into them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.blindspots import BlindSpot
from scotoma.errors import ScotomaError, nearest
from scotoma.statistics import measures
from scotoma.statistics.measures import Measured
from scotoma.tasks import Task

#: Columns of the tidy table. `n` is the number of rows measured; `reason` says why a value is null.
SCHEMA = {
    "test": pl.String,
    "cell": pl.String,
    "measure": pl.String,
    "value": pl.Float64,
    "n": pl.Int64,
    "reason": pl.String,
}

#: What each measure is, in words for a reader.
MEANINGS = {
    "accuracy": "Share of rows that are right. On a blind spot the predicted label is merged into the blind "
    "spot's two (argmax, then merge).",
    "accuracy_sum": "As accuracy on a blind spot, but probabilities are merged before they are compared.",
    "accuracy_2way": "Share right when all labels but the target count as one (argmax, then merge).",
    "accuracy_2way_sum": "As accuracy_2way, but probabilities are merged before they are compared.",
    "margin": "Mean log odds of the target label against all others, in nats. On rows of another label, "
    "higher is worse.",
    "auc": "Chance that a row of the target label is given a higher probability of it than another row.",
}

_NO_PROBABILITIES = "the predictions have no probabilities"
_TOO_LOW = 1e-300  # in ranking, only exact zeros need a floor


def measure(predictions: pl.DataFrame, task: Task, blindspots: Sequence[BlindSpot]) -> pl.DataFrame:
    """Every measure of one model, in every cell of every test set.

    Args:
        predictions: Columns test, id, gold, predicted, p_<label> for each task label, heuristic,
            subcase, template. `test` is a blind spot's name, or a general test set's. Without any
            p_ columns, what needs probabilities is null with the reason. On blind-spot rows,
            `predicted` may be the task's labels or the blind spot's own.
        task: Its labels and target.
        blindspots: Those that `test` may name; every other name is a general test set.

    Returns:
        One row per test, cell and measure, with the columns of `SCHEMA`. The order of the rows of
        `predictions` does not matter, to the last bit.

    Raises:
        ScotomaError: a label or a probability that cannot be.
    """
    spots = {blindspot.name: blindspot for blindspot in blindspots}
    tests = sorted(predictions["test"].unique().to_list())
    found: list[tuple[str, str, str, float | None, int, str]] = []
    for test in [*(test for test in tests if test not in spots), *(name for name in spots if name in tests)]:
        part = predictions.filter(pl.col("test") == test)
        if test in spots:
            rows, cells = _blindspot_rows(part, task, spots[test]), _blindspot_cells(part, spots[test])
        else:
            rows, cells = _general_rows(part, task), _general_cells(part, task.labels)
        for cell, at, names in cells:
            for name in names:
                got: Measured = getattr(rows, name)(at)
                found.append((test, cell, name, got.value, got.n, got.reason))
    return pl.DataFrame(found, schema=SCHEMA, orient="row")


def higher_is_better(measure: str, cell: str, target: str) -> bool | None:
    """Whether more of a measure is good in a cell; None where the cell mixes labels.

    Args:
        measure: Its name.
        cell: Its name.
        target: The label that `margin` leans to.
    """
    if measure != "margin":
        return True
    _, slash, label = cell.rpartition("/")
    return label == target if slash and not cell.startswith("subcase:") else None


@dataclass(frozen=True)
class _Rows:
    """The rows of one test set as arrays; a cell is a selection of them.

    Its methods are named as the measures are, and take the positions of a cell's rows.
    """

    is_target: NDArray[np.bool_]
    correct: NDArray[np.bool_]
    correct_2way: NDArray[np.bool_]
    probabilities: NDArray[np.float64] | None
    target: int

    def accuracy(self, at: NDArray[np.int64]) -> Measured:
        return measures.accuracy(self.correct[at])

    def accuracy_2way(self, at: NDArray[np.int64]) -> Measured:
        return measures.accuracy(self.correct_2way[at])

    def accuracy_sum(self, at: NDArray[np.int64]) -> Measured:
        if self.probabilities is None:
            return Measured(None, at.size, _NO_PROBABILITIES)
        called_target = measures.is_target_by_sum(self.probabilities[at], self.target)
        return measures.accuracy(called_target == self.is_target[at])

    accuracy_2way_sum = accuracy_sum

    def margin(self, at: NDArray[np.int64]) -> Measured:
        if self.probabilities is None:
            return Measured(None, at.size, _NO_PROBABILITIES)
        return measures.mean_margin(self.probabilities[at], self.target)

    def auc(self, at: NDArray[np.int64]) -> Measured:
        if self.probabilities is None:
            return Measured(None, at.size, _NO_PROBABILITIES)
        scores = measures.margins(self.probabilities[at], self.target, floor=_TOO_LOW)
        return measures.auc(scores, self.is_target[at])


_Cells = Iterator[tuple[str, NDArray[np.int64], tuple[str, ...]]]


def _general_rows(part: pl.DataFrame, task: Task) -> _Rows:
    _check_labels(part, "gold", task.labels)
    _check_labels(part, "predicted", task.labels)
    gold, predicted = part["gold"].to_numpy(), part["predicted"].to_numpy()
    is_target, called_target = gold == task.target, measures.is_target_by_argmax(predicted, [task.target])
    probabilities = _probabilities(part, task)
    return _Rows(
        is_target,
        predicted == gold,
        called_target == is_target,
        probabilities,
        task.labels.index(task.target),
    )


def _general_cells(part: pl.DataFrame, labels: Sequence[str]) -> _Cells:
    everything = np.arange(part.height)
    yield "all", everything, ("accuracy", "accuracy_2way", "accuracy_2way_sum", "auc")
    for cell, at in _by_label("all", everything, part["gold"].to_numpy(), labels):
        yield cell, at, ("accuracy", "margin")


def _blindspot_rows(part: pl.DataFrame, task: Task, blindspot: BlindSpot) -> _Rows:
    _check_labels(part, "gold", blindspot.labels)
    _check_labels(part, "predicted", [*blindspot.labels, *blindspot.label_map])
    targets = {
        blindspot.target,
        *(label for label, merged in blindspot.label_map.items() if merged == blindspot.target),
    }
    is_target = part["gold"].to_numpy() == blindspot.target
    correct = measures.is_target_by_argmax(part["predicted"].to_numpy(), targets) == is_target
    return _Rows(is_target, correct, correct, _probabilities(part, task), task.labels.index(task.target))


def _blindspot_cells(part: pl.DataFrame, blindspot: BlindSpot) -> _Cells:
    both, one = ("accuracy", "accuracy_sum", "auc"), ("accuracy", "accuracy_sum", "margin")
    gold = part["gold"].to_numpy()
    for heuristic, rows in [
        ("all", np.arange(part.height)),
        *_groups(part, "heuristic", blindspot.heuristics),
    ]:
        yield heuristic, rows, both
        for cell, at in _by_label(heuristic, rows, gold, blindspot.labels):
            yield cell, at, one
    for subcase, rows in _groups(part, "subcase"):
        yield f"subcase:{subcase}", rows, one
    for template, rows in _groups(part, "template"):
        for cell, at in _by_label(f"template:{template}", rows, gold, blindspot.labels):
            yield cell, at, one


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


def _probabilities(part: pl.DataFrame, task: Task) -> NDArray[np.float64] | None:
    """Shape (rows, labels), in the task's order; None where the table has no p_ column at all."""
    columns = [f"p_{label}" for label in task.labels]
    missing = [name for name in columns if name not in part.columns]
    if len(missing) == len(columns):
        return None
    if missing:
        raise ScotomaError(
            f"predictions lack {', '.join(missing)}",
            where=_test(part),
            remedy="Give one p_ column per label, or none.",
        )
    table = part.select(columns).cast(pl.Float64).to_numpy()
    wrong = np.flatnonzero(~np.isfinite(table).all(axis=1) | (table < 0).any(axis=1))
    if wrong.size:
        raise ScotomaError(
            f"{wrong.size} rows have a probability that is missing, negative or not finite; the first is "
            f"{part['id'][int(wrong[0])]!r}",
            where=_test(part),
            remedy="A model that gives NaN has diverged: lower its learning rate.",
        )
    return table


def _check_labels(part: pl.DataFrame, column: str, known: Iterable[str]) -> None:
    strange = part.filter(~pl.col(column).is_in(list(known)).fill_null(False))
    if strange.height:
        first = f"the first is {strange[column][0]!r} in row {strange['id'][0]!r}"
        raise ScotomaError(
            f"{strange.height} rows have a {column} label that is not known; {first}",
            where=_test(part),
            remedy=nearest(str(strange[column][0]), known),
        )


def _test(part: pl.DataFrame) -> str:
    return f"test set {part['test'][0]!r}"
