"""Measures of one model on one group of rows, and the two rules that merge labels.

A number that is not defined is None with a reason, never 0 or NaN. Every result is the same to
the last bit whatever the order of the rows: counts are exact and sums are `math.fsum`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.basics.words import counted

#: Smaller probability mass is raised to this, so that a single row cannot dominate the mean: log odds stay
#: within +-27.6 nats. An exact 0 comes from underflow or from a file of rounded numbers.
FLOOR = 1e-12

#: Decimals to which numbers are compared: .2 + .1 is not .3 in floating point, and what is equal in a file
#: must be equal here. Finer differences are noise of a sum, or of a softmax.
_DECIMALS = 9

#: Bins of equal width that confidences from 0 to 1 are sorted into, for the calibration error.
N_BINS = 15


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One measure of one model on one group of rows.

    Attributes:
        value: Value; None where the measure is not defined.
        n: Number of rows it was computed from.
        reason: Why there is no value; beside a value, a remark a reader needs; else empty.
    """

    value: float | None
    n: int
    reason: str = ""


def accuracy(correct: NDArray[np.bool_]) -> MeasuredValue:
    """Share of rows that are right.

    Answers: "how often is this model right on rows like these?"
    """
    n = correct.size
    if n == 0:
        return MeasuredValue(None, 0, "no rows")
    return MeasuredValue(int(np.count_nonzero(correct)) / n, n)


def worst_group_accuracy(
    correct: NDArray[np.bool_], groups: NDArray[np.int64], names: Sequence[str]
) -> MeasuredValue:
    """Lowest accuracy among groups of rows; the remark names the group, and `n` is the number of its rows.

    Answers: "how often is this model right where it is weakest?" A minimum of noisy shares lies below the
    lowest true one, the further the smaller the groups are. Of equally bad groups it is the first by name.

    Args:
        correct: Shape (rows,), which rows are right.
        groups: Shape (rows,), position of each row's group in `names`.
        names: Name of each group; those without rows are passed over.

    Source: Sagawa et al. 2020, Distributionally robust neural networks for group shifts.
    """
    n_rows = np.bincount(groups, minlength=len(names))
    n_right = np.bincount(groups[correct], minlength=len(names))
    accuracies = [
        (right / n, name, n)
        for right, n, name in zip(n_right.tolist(), n_rows.tolist(), names, strict=True)
        if n
    ]
    if not accuracies:
        return MeasuredValue(None, 0, "no rows")
    value, name, n = min(accuracies)
    return MeasuredValue(value, n, f"the worst of {len(accuracies)} groups is {name}, {counted(n, 'row')}")


def macro_f1(
    gold: NDArray[np.int64], predicted: NDArray[np.int8] | NDArray[np.int64], labels: Sequence[str]
) -> MeasuredValue:
    """Mean over labels of F1, the harmonic mean of precision and recall: 2 TP / (2 TP + FP + FN).

    Answers: "how well does this model find each label, were all labels equally important?" It is not defined
    where a label has no rows. A label that is never predicted correctly has an F1 of 0.

    Args:
        gold: Shape (rows,), position of each row's gold label in `labels`.
        predicted: Shape (rows,), position of each row's answer in `labels`.
        labels: Names of all labels.

    Source: Opitz and Burst 2019, Macro F1 and macro F1: the "averaged F1", which is also scikit-learn's.
    """
    n = len(labels)
    n_gold, n_said = np.bincount(gold, minlength=n), np.bincount(predicted, minlength=n)
    n_both = np.bincount(gold[gold == predicted], minlength=n)
    if gold.size == 0:
        return MeasuredValue(None, 0, "no rows")
    missing = [label for label, n_rows in zip(labels, n_gold.tolist(), strict=True) if not n_rows]
    if missing:
        return MeasuredValue(None, gold.size, f"no rows of label {missing[0]}")
    return MeasuredValue(math.fsum((2 * n_both / (n_gold + n_said)).tolist()) / n, gold.size)


def calibration_error(confidence: NDArray[np.float64], correct: NDArray[np.bool_]) -> MeasuredValue:
    """Expected calibration error: how far confidence and accuracy lie apart, in the mean over rows.

    Answers: "is this model as often right as it says?" Rows are sorted by confidence into `N_BINS` bins of
    equal width, each closed above; in each bin the absolute difference of accuracy and mean confidence is
    taken, and these are averaged, weighted by rows. 0 is calibrated. Rows in which a model is too sure and
    rows in which it is not sure enough cancel out within a bin; and of few rows it is above 0 even of a model
    that is calibrated.

    Args:
        confidence: Shape (rows,), probability that the model gave to its answer.
        correct: Shape (rows,), which answers are right.

    Source: Naeini et al. 2015; 15 bins of equal width as in Guo et al. 2017.
    """
    n = confidence.size
    if n == 0:
        return MeasuredValue(None, 0, "no rows")
    ends = np.round(np.arange(1, N_BINS) / N_BINS, _DECIMALS)
    bins = np.searchsorted(ends, np.round(confidence, _DECIMALS), side="left")
    gaps = [
        abs(int(np.count_nonzero(correct[at])) - math.fsum(confidence[at].tolist()))
        for at in (bins == one for one in np.unique(bins))
    ]
    return MeasuredValue(math.fsum(gaps) / n, n)


def log_odds(probabilities: NDArray[np.float64], target: int, *, floor: float = FLOOR) -> NDArray[np.float64]:
    """Each row's log odds of the target label against all others together, in nats.

    The others are summed, not computed as 1 - p, which loses all digits near p = 1.

    Args:
        probabilities: Shape (rows, labels), not negative. Rows need not sum to exactly 1.
        target: Column of the target label.
        floor: Mass below this, on either side, is taken as this.
    """
    of_target, others = _sides(probabilities, target)
    return np.log(np.maximum(of_target, floor)) - np.log(np.maximum(others, floor))


def at_floor(probabilities: NDArray[np.float64], target: int) -> NDArray[np.bool_]:
    """Whether either side's mass in a row's `log_odds` was raised to the floor."""
    is_floored: NDArray[np.bool_] = np.minimum(*_sides(probabilities, target)) < FLOOR
    return is_floored


def mean_log_odds(each: NDArray[np.float64], floored: NDArray[np.bool_]) -> MeasuredValue:
    """Mean log odds of the target label, in nats: how strongly the model leans to it.

    Answers: "how far does this model lean to the target on rows like these?", where accuracy sits
    on its floor or ceiling and no longer moves. Above 0 is a lean towards the target, so on rows of
    another label higher is worse. Rows at the floor are counted in the remark.

    Args:
        each: Shape (rows,), the rows' `log_odds`.
        floored: Shape (rows,), whether each is `at_floor`.
    """
    n = each.size
    if n == 0:
        return MeasuredValue(None, 0, "no rows")
    n_floored = int(np.count_nonzero(floored))
    remark = f"{n_floored} of {n} rows at the floor of {FLOOR:g}" if n_floored else ""
    return MeasuredValue(math.fsum(each.tolist()) / n, n, remark)


def auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> MeasuredValue:
    """Chance that a positive row scores above a negative one; ties, to nine decimals, count half.

    Answers: "can this model tell the two kinds apart at all, wherever its threshold lies?" It does
    not change when every score moves by the same amount, as accuracy on one side does.

    Args:
        scores: Shape (rows,).
        positive: Shape (rows,), which rows are of the positive kind.

    Source: Mann and Whitney 1947; AUC = U / (n1 n0).
    """
    scores = np.round(scores, _DECIMALS)
    above, below = scores[positive], np.sort(scores[~positive])
    if above.size == 0 or below.size == 0:
        which = "positive" if above.size == 0 else "negative"
        return MeasuredValue(
            None, scores.size, f"no {which} rows to compare with" if scores.size else "no rows"
        )
    wins = int(np.searchsorted(below, above, side="left").sum())
    wins_and_ties = int(np.searchsorted(below, above, side="right").sum())
    return MeasuredValue((wins + wins_and_ties) / (2 * above.size * below.size), scores.size)


def is_target_by_sum(probabilities: NDArray[np.float64], target: int) -> NDArray[np.bool_]:
    """Whether each row counts as the target when the other labels' mass is merged first.

    With .40 entailment, .35 neutral and .25 contradiction the answer is "not entailment". A tie is
    not the target. With two labels both rules agree, ties apart.

    Args:
        probabilities: Shape (rows, labels).
        target: Column of the target label.
    """
    of_target, others = _sides(probabilities, target)
    found: NDArray[np.bool_] = np.round(of_target - others, _DECIMALS) > 0
    return found


def _sides(
    probabilities: NDArray[np.float64], target: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each row's mass on the target, and on all other labels together."""
    return probabilities[:, target], np.delete(probabilities, target, axis=1).sum(axis=1)
