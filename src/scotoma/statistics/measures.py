"""Measures of one model on one group of rows, and the two rules that merge labels.

A number that is not defined is None with a reason, never 0 or NaN. Every result is the same to
the last bit whatever the order of the rows: counts are exact and sums are `math.fsum`.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Mass below this counts as this much, so that one impossible row cannot outweigh all others: a
#: margin stays within +-27.6 nats. An exact 0 comes from underflow or from a file of rounded numbers.
FLOOR = 1e-12


@dataclass(frozen=True, slots=True)
class Measured:
    """One measure of one model on one group of rows.

    Attributes:
        value: Value; None where the measure is not defined.
        n: Number of rows it was computed from.
        reason: Why there is no value; beside a value, a remark a reader needs; else empty.
    """

    value: float | None
    n: int
    reason: str = ""


def accuracy(correct: NDArray[np.bool_]) -> Measured:
    """Share of rows that are right.

    Answers: "how often is this model right on rows like these?"
    """
    n = correct.size
    if n == 0:
        return Measured(None, 0, "no rows")
    return Measured(int(np.count_nonzero(correct)) / n, n)


def log_odds(probabilities: NDArray[np.float64], target: int, *, floor: float = FLOOR) -> NDArray[np.float64]:
    """Each row's log odds of the target label against all others together, in nats.

    The others are summed, not taken as 1 - p: near p = 1 that difference has lost its digits.

    Args:
        probabilities: Shape (rows, labels), not negative. Rows need not sum to exactly 1.
        target: Column of the target label.
        floor: Mass below this, on either side, is taken as this.
    """
    ours, others = _sides(probabilities, target)
    return np.log(np.maximum(ours, floor)) - np.log(np.maximum(others, floor))


def at_floor(probabilities: NDArray[np.float64], target: int) -> NDArray[np.bool_]:
    """Whether the floor was taken in place of either side's mass in a row's `log_odds`."""
    found: NDArray[np.bool_] = np.minimum(*_sides(probabilities, target)) < FLOOR
    return found


def mean_log_odds(each: NDArray[np.float64], floored: NDArray[np.bool_]) -> Measured:
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
        return Measured(None, 0, "no rows")
    n_floored = int(np.count_nonzero(floored))
    remark = f"{n_floored} of {n} rows at the floor of {FLOOR:g}" if n_floored else ""
    return Measured(math.fsum(each.tolist()) / n, n, remark)


def auc(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> Measured:
    """Chance that a positive row scores above a negative one; ties count half.

    Answers: "can this model tell the two kinds apart at all, wherever its threshold lies?" It does
    not change when every score moves by the same amount, as accuracy on one side does.

    Args:
        scores: Shape (rows,).
        positive: Shape (rows,), which rows are of the positive kind.

    Source: Mann and Whitney 1947; AUC = U / (n1 n0).
    """
    above, below = scores[positive], np.sort(scores[~positive])
    if above.size == 0 or below.size == 0:
        which = "positive" if above.size == 0 else "negative"
        return Measured(None, scores.size, f"no {which} rows to compare with" if scores.size else "no rows")
    wins = int(np.searchsorted(below, above, side="left").sum())
    wins_and_ties = int(np.searchsorted(below, above, side="right").sum())
    return Measured((wins + wins_and_ties) / (2 * above.size * below.size), scores.size)


def is_target_by_sum(probabilities: NDArray[np.float64], target: int) -> NDArray[np.bool_]:
    """Whether each row counts as the target when the other labels' mass is merged first.

    With .40 entailment, .35 neutral and .25 contradiction the answer is "not entailment". A tie is
    not the target. With two labels both rules agree, ties apart.

    Args:
        probabilities: Shape (rows, labels).
        target: Column of the target label.
    """
    ours, others = _sides(probabilities, target)
    return ours > others


def _sides(
    probabilities: NDArray[np.float64], target: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each row's mass on the target, and on all other labels together."""
    return probabilities[:, target], np.delete(probabilities, target, axis=1).sum(axis=1)
