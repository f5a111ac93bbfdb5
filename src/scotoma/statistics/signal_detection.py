"""Signal detection: a model's sensitivity, apart from how readily it says the target.

Accuracy on the non-target side falls both when a model becomes less sensitive to the difference and when it
merely says the target more readily. d' moves with the first, the criterion c with the second.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: The standard normal quantile of a few rates: scipy's takes longer to import than thousands of these.
_z = np.vectorize(NormalDist().inv_cdf, otypes=[np.float64])


@dataclass(frozen=True, slots=True)
class Detection:
    """Sensitivity and criterion of one model on one group of rows.

    Attributes:
        hit_rate: Share of target rows called the target, uncorrected; None without target rows.
        false_alarm_rate: Share of other rows called the target, uncorrected; None without them.
        d_prime: z(hit rate) - z(false-alarm rate) of the corrected rates, in standard deviations; 0
            is blind, below 0 is reversed. None where one side has no rows.
        criterion: c = -(z(hit rate) + z(false-alarm rate)) / 2, in standard deviations; below 0 is a
            lean towards the target. None where one side has no rows.
        d_prime_se: Standard error of d' if rows were independent; None where d' is.
        criterion_se: Standard error of the criterion if rows were independent, half that of d'; None where d'
            is.
        n_targets: Target rows.
        n_others: Other rows.
        reason: Why d' and c are not defined; else empty.
    """

    hit_rate: float | None
    false_alarm_rate: float | None
    d_prime: float | None
    criterion: float | None
    d_prime_se: float | None
    criterion_se: float | None
    n_targets: int
    n_others: int
    reason: str = ""


def detection(predicted_target: NDArray[np.bool_], is_target: NDArray[np.bool_]) -> Detection:
    """Hit and false-alarm rates of one model, and its d' and criterion c with standard errors.

    Answers: "does this model tell the two kinds of row apart, and how readily does it say the
    target?" It describes one model on these rows. The standard errors take the row as the unit: a
    repetition would draw new, independent rows, so on rows written from templates they are too
    small, and they do not cover another training run. For that, take `sensitivity` of resampled
    counts (`bootstrap.multi_bootstrap`), or a t interval over each replicate's d'.

    Args:
        predicted_target: Shape (rows,), whether the model predicted the target.
        is_target: Shape (rows,), whether the row is of the target kind.

    Raises:
        ValueError: the shapes differ or are not one-dimensional.

    Source: Green and Swets 1966; correction: Hautus 1995 (see `sensitivity`); standard errors:
    Gourevitch and Galanter 1967, at the corrected rates.
    """
    if predicted_target.ndim != 1 or predicted_target.shape != is_target.shape:
        raise ValueError(
            f"one answer a row is needed; got shapes {predicted_target.shape} and {is_target.shape}"
        )
    n_targets = int(np.count_nonzero(is_target))
    n_others = is_target.size - n_targets
    hits = int(np.count_nonzero(predicted_target & is_target))
    alarms = int(np.count_nonzero(predicted_target & ~is_target))
    hit_rate = hits / n_targets if n_targets else None
    alarm_rate = alarms / n_others if n_others else None
    if hit_rate is None or alarm_rate is None:
        reason = _missing(n_targets, n_others)
        return Detection(hit_rate, alarm_rate, None, None, None, None, n_targets, n_others, reason)
    d_prime, criterion = sensitivity(hits, n_targets, alarms, n_others)
    error = math.sqrt(_variance_of_z(hits, n_targets) + _variance_of_z(alarms, n_others))
    return Detection(
        hit_rate, alarm_rate, float(d_prime), float(criterion), error, error / 2, n_targets, n_others
    )


def sensitivity(
    hits: ArrayLike,
    n_targets: ArrayLike,
    false_alarms: ArrayLike,
    n_others: ArrayLike,
    *,
    quantile: Callable[[ArrayLike], NDArray[np.float64]] = _z,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """d' and criterion c of many pairs of counts at once; the hook for any resampling.

    The log-linear correction is always applied, not only where a rate is 0 or 1: .5 is added to
    each count and 1 to each number of rows. So both stay finite, and a table with a rate of 1 is
    treated like its neighbours; the price is a bias towards 0 that fades as rows are added.

    Args:
        hits: Target rows called the target. All four broadcast together; counts need not be whole.
        n_targets: Target rows, above 0.
        false_alarms: Other rows called the target.
        n_others: Other rows, above 0.
        quantile: The standard normal quantile; scipy's `ndtri` is faster for very many rates.

    Returns:
        d' and c, both in standard deviations.

    Source: Hautus 1995, the log-linear rule; c: Macmillan and Creelman 2005, chapter 2.
    """
    z_hit = quantile(_corrected(hits, n_targets))
    z_alarm = quantile(_corrected(false_alarms, n_others))
    return z_hit - z_alarm, -(z_hit + z_alarm) / 2


def _corrected(count: ArrayLike, n: ArrayLike) -> NDArray[np.float64]:
    return (np.asarray(count, dtype=np.float64) + 0.5) / (np.asarray(n, dtype=np.float64) + 1)


def _variance_of_z(count: int, n: int) -> float:
    """Variance of z(rate) by the delta method: rate (1 - rate) / (n phi(z)^2)."""
    rate = (count + 0.5) / (n + 1)
    density = math.exp(-(float(_z(rate)) ** 2) / 2) / math.sqrt(2 * math.pi)
    return rate * (1 - rate) / (n * density**2)


def _missing(n_targets: int, n_others: int) -> str:
    if not n_targets and not n_others:
        return "no rows"
    return "no rows of the target kind" if not n_targets else "only rows of the target kind"
