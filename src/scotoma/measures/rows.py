"""The rows of one test set as arrays, checked, with a method for each measure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots import BlindSpot
from scotoma.measures.tags import Tags
from scotoma.statistics import measures
from scotoma.statistics.measures import MeasuredValue
from scotoma.statistics.signal_detection import Detection, detection
from scotoma.tasks import Task

NO_PROBABILITIES = "the predictions have no probabilities"
#: Tags that rows of a general test set may carry in place of a heuristic.
FULL_OVERLAP, LOW_OVERLAP = "full_overlap", "low_overlap"
#: The same of a study whose shortcut is another than overlap.
SHORTCUT = "shortcut"

_TOO_LOW = 1e-300  # in ranking, only exact zeros need a floor

At = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """The rows of one test set; a cell is a selection of them.

    Its methods are named as the measures are, and take the positions of a cell's rows. What is known of each
    row alone is computed for all at once, when it is first asked for.

    Attributes:
        gold: Position of the gold label in `labels`, shape (rows,).
        predicted: Position in `labels` of what the predicted label counts as, shape (rows,).
        labels: Labels that answers are told apart by.
        target: Position of the target in `labels`.
        probabilities: Shape (rows, labels); None where there are none.
        heuristic: Heuristic or tag of each row, empty where it has none; None where there are none.
        obeys: Whether all words of the hypothesis stand in the premise, or the study's own predicate holds,
            shape (rows,); None if that was not checked.
    """

    gold: NDArray[np.int64]
    predicted: NDArray[np.int8] | NDArray[np.int64]
    labels: tuple[str, ...]
    target: int
    probabilities: NDArray[np.float64] | None = None
    heuristic: pl.Series | None = None
    obeys: NDArray[np.bool_] | None = None
    _detected: list[tuple[At, Detection]] = field(default_factory=list, compare=False, repr=False)

    @cached_property
    def is_target(self) -> NDArray[np.bool_]:
        """Whether the gold label is the target, shape (rows,)."""
        flags: NDArray[np.bool_] = self.gold == self.target
        return flags

    @cached_property
    def predicted_target(self) -> NDArray[np.bool_]:
        """Whether the predicted label counts as the target, shape (rows,)."""
        flags: NDArray[np.bool_] = self.predicted == self.target
        return flags

    @cached_property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the row is right, shape (rows,)."""
        flags: NDArray[np.bool_] = self.predicted == self.gold
        return flags

    def compact(self, like: "Rows | None" = None) -> "Rows":
        """The same in less memory: a byte for each prediction, and one copy of gold labels and tags.

        Args:
            like: Another model's predictions for the same rows, whose gold labels and tags are shared.
        """
        shared = self if like is None else like
        predicted = self.predicted.astype(np.int8)
        return replace(
            self,
            gold=shared.gold,
            heuristic=shared.heuristic,
            obeys=shared.obeys,
            predicted=predicted,
            _detected=[],
        )

    def value(self, measure: str, at: At) -> MeasuredValue:
        """The measure of this name over these rows."""
        measured: MeasuredValue = getattr(self, measure)(at)
        return measured

    def accuracy(self, at: At) -> MeasuredValue:
        return measures.accuracy(self.correct[at])

    def accuracy_2way(self, at: At) -> MeasuredValue:
        return measures.accuracy(self.predicted_target[at] == self.is_target[at])

    def accuracy_sum(self, at: At) -> MeasuredValue:
        if self.probabilities is None:
            return MeasuredValue(None, at.size, NO_PROBABILITIES)
        return measures.accuracy(self._right_by_sum[at])

    accuracy_2way_sum = accuracy_sum

    def log_odds(self, at: At) -> MeasuredValue:
        if self.probabilities is None:
            return MeasuredValue(None, at.size, NO_PROBABILITIES)
        return measures.mean_log_odds(self._log_odds[at], self._floored[at])

    def auc(self, at: At) -> MeasuredValue:
        if self.probabilities is None:
            return MeasuredValue(None, at.size, NO_PROBABILITIES)
        return measures.auc(self._scores[at], self.is_target[at])

    def worst_group_accuracy(self, at: At) -> MeasuredValue:
        groups, names = self._groups
        return measures.worst_group_accuracy(self.correct[at], groups[at], names)

    def macro_f1(self, at: At) -> MeasuredValue:
        return measures.macro_f1(self.gold[at], self.predicted[at], self.labels)

    def calibration_error(self, at: At) -> MeasuredValue:
        if self.probabilities is None:
            return MeasuredValue(None, at.size, NO_PROBABILITIES)
        return measures.calibration_error(self.probabilities[at, self.predicted[at]], self.correct[at])

    def overlap_effect(self, at: At) -> MeasuredValue:
        return self._effect(at, "have full overlap")

    def shortcut_effect(self, at: At) -> MeasuredValue:
        return self._effect(at, "obey the shortcut's predicate")

    def _effect(self, at: At, what: str) -> MeasuredValue:
        if self.probabilities is None:
            return MeasuredValue(None, at.size, NO_PROBABILITIES)
        obeys = np.zeros(at.size, np.bool_) if self.obeys is None else self.obeys[at]
        if obeys.all() or not obeys.any():
            return MeasuredValue(None, at.size, f"{'all' if obeys.all() else 'no'} rows {what}")
        each = self._log_odds[at]
        return MeasuredValue(float(each[obeys].mean() - each[~obeys].mean()), at.size)

    def detection(self, at: At) -> Detection:
        """Hits, false alarms, d' and criterion with their standard errors."""
        # Four measures of a cell are asked for one after another, and are four sides of this.
        if not self._detected or self._detected[0][0] is not at:
            self._detected[:] = [(at, detection(self.predicted_target[at], self.is_target[at]))]
        return self._detected[0][1]

    def hit_rate(self, at: At) -> MeasuredValue:
        detection = self.detection(at)
        return MeasuredValue(
            detection.hit_rate, detection.n_targets, detection.reason if detection.hit_rate is None else ""
        )

    def false_alarm_rate(self, at: At) -> MeasuredValue:
        detection = self.detection(at)
        missing = detection.false_alarm_rate is None
        return MeasuredValue(
            detection.false_alarm_rate, detection.n_others, detection.reason if missing else ""
        )

    def d_prime(self, at: At) -> MeasuredValue:
        detection = self.detection(at)
        return MeasuredValue(detection.d_prime, at.size, detection.reason)

    def criterion(self, at: At) -> MeasuredValue:
        detection = self.detection(at)
        return MeasuredValue(detection.criterion, at.size, detection.reason)

    def log_odds_by_row(self, at: At) -> NDArray[np.float64]:
        """Each row's log-odds of the target in nats, whose mean is `log_odds`; needs probabilities."""
        each: NDArray[np.float64] = self._log_odds[at]
        return each

    @cached_property
    def _log_odds(self) -> NDArray[np.float64]:
        return measures.log_odds(self._probabilities, self.target)

    @cached_property
    def _floored(self) -> NDArray[np.bool_]:
        return measures.at_floor(self._probabilities, self.target)

    @cached_property
    def _scores(self) -> NDArray[np.float64]:
        return measures.log_odds(self._probabilities, self.target, floor=_TOO_LOW)

    @cached_property
    def _right_by_sum(self) -> NDArray[np.bool_]:
        flags: NDArray[np.bool_] = (
            measures.is_target_by_sum(self._probabilities, self.target) == self.is_target
        )
        return flags

    @cached_property
    def _groups(self) -> tuple[NDArray[np.int64], list[str]]:
        """The group of each row, a gold label within a heuristic or tag; and the names of all groups."""
        if self.heuristic is None:
            return self.gold, list(self.labels)
        tags = self.heuristic.fill_null("")
        names = tags.unique().sort()
        place = tags.replace_strict(names, range(names.len()), return_dtype=pl.Int64).to_numpy()
        groups = [Tags(name, label).name if name else label for name in names for label in self.labels]
        return place * len(self.labels) + self.gold, groups

    @property
    def _probabilities(self) -> NDArray[np.float64]:
        assert self.probabilities is not None
        return self.probabilities


def general_rows(part: pl.DataFrame, task: Task) -> Rows:
    """The rows of a general test set.

    Args:
        part: Columns id, gold, predicted, heuristic (FULL_OVERLAP, LOW_OVERLAP, SHORTCUT or empty), and
            p_<label>s.
        task: Task that gives the labels and the target.

    Raises:
        ScotomaError: a label or a probability that cannot be.
    """
    _check_labels(part, "gold", task.labels)
    _check_labels(part, "predicted", task.labels)
    gold, predicted = (
        part[name].replace_strict(task.labels, range(len(task.labels)), return_dtype=pl.Int64).to_numpy()
        for name in ("gold", "predicted")
    )
    return Rows(
        gold,
        predicted,
        tuple(task.labels),
        task.labels.index(task.target),
        _probabilities(part, task.labels),
        part["heuristic"],
        part["heuristic"].is_in([FULL_OVERLAP, SHORTCUT]).to_numpy(),
    )


def blindspot_rows(part: pl.DataFrame, blindspot: BlindSpot) -> Rows:
    """The rows of a blind spot: gold in its two labels, predictions in those or in the task's.

    The predicted label is merged after the argmax, as in Zhang and Pavlick 2025: with .40 entailment, .35
    neutral and .25 contradiction the answer is entailment.

    Args:
        part: Columns id, gold, predicted, and one p_<label> for every label of the task, or for the
            blind spot's two, or none at all.
        blindspot: Blind spot that the rows belong to.

    Raises:
        ScotomaError: a label or a probability that cannot be.
    """
    _check_labels(part, "gold", blindspot.labels)
    _check_labels(part, "predicted", [*blindspot.labels, *blindspot.label_map])
    counts_as = {label: label for label in blindspot.labels} | blindspot.label_map
    targets = {label for label, merged in counts_as.items() if merged == blindspot.target}
    # The target is the first of the two.
    gold = (part["gold"] != blindspot.target).cast(pl.Int64).to_numpy()
    predicted = (~part["predicted"].is_in(list(targets))).cast(pl.Int64).to_numpy()
    labels = probability_labels(part.columns, blindspot)
    table = _probabilities(part, labels)
    if table is not None:
        is_ours = np.array([label in targets for label in labels])
        table = np.stack([table[:, is_ours].sum(axis=1), table[:, ~is_ours].sum(axis=1)], axis=1)
    return Rows(gold, predicted, blindspot.labels, 0, table, part["heuristic"])


def general_rows_as(part: pl.DataFrame, blindspot: BlindSpot) -> Rows:
    """The rows of a general test set in a blind spot's two labels, gold labels merged as predicted ones are.

    Args:
        part: As of `general_rows`, whose checks it has passed.
        blindspot: Blind spot for the task.
    """
    return blindspot_rows(part.with_columns(gold=pl.col("gold").replace(blindspot.label_map)), blindspot)


def probability_labels(columns: Iterable[str], blindspot: BlindSpot) -> tuple[str, ...]:
    """The labels a table's p_ columns are of: the task's, unless only the blind spot's two are whole."""
    present = set(columns)
    task = tuple(blindspot.label_map)
    complete = [
        labels for labels in (task, blindspot.labels) if all(f"p_{label}" in present for label in labels)
    ]
    return complete[0] if complete else task


def _probabilities(part: pl.DataFrame, labels: Sequence[str]) -> NDArray[np.float64] | None:
    """Shape (rows, labels), in the order of `labels`; None where the table has no p_ column at all."""
    columns = [f"p_{label}" for label in labels]
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
    is_known = part[column].is_in(list(known)).fill_null(False)
    if not is_known.all():
        unknown = part.filter(~is_known)
        first = f"the first is {unknown[column][0]!r} in row {unknown['id'][0]!r}"
        raise ScotomaError(
            f"{unknown.height} rows have a {column} label that is not known; {first}",
            where=_test(part),
            remedy=nearest(str(unknown[column][0]), known),
        )


def _test(part: pl.DataFrame) -> str:
    return f"test set {part['test'][0]!r}"
