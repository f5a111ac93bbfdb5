"""Intervals over replicates of the whole chain, for differences paired inside a replicate."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import scipy

#: Level of the intervals that are shown; a verdict uses a level of its own.
LEVEL = 0.95

#: Differences closer than this count as equal: subtraction of floats alone causes 1e-16.
SAME = 1e-12


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over replicates, its spread and its interval.

    Attributes:
        mean: Mean of the differences; None if there are none.
        sd: Sample standard deviation (n - 1) between replicates; None below two.
        low: Lower end of the interval; None where there is none.
        high: Upper end.
        n: Replicates.
        level: Two-sided coverage of the interval, such as .95.
        reason: Why there is no mean, or no interval; else empty.
    """

    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    n: int
    level: float
    reason: str = ""


def t_interval(differences: Sequence[float], *, level: float) -> Estimate:
    """Mean of paired differences with a two-sided Student t interval.

    Answers: "how much would the measure move on average if the whole chain (start, generator,
    sample, order) were run again and again on these test sets?" The unit is the replicate; the test
    rows are held fixed.

    Equal differences have no interval: a spread of 0 between a few replicates means a saturated
    measure or seeds that did not take, not certainty.

    Args:
        differences: One number per replicate; order does not matter.
        level: Two-sided coverage, in (0, 1).

    Source: Student 1908. Below about ten replicates this interval decides.
    """
    n = len(differences)
    if n == 0:
        return Estimate(None, None, None, None, 0, level, "no replicate has both sides")
    mean = math.fsum(differences) / n
    if n == 1:
        return Estimate(mean, None, None, None, 1, level, "one replicate has no spread; an interval needs 2")
    if max(differences) - min(differences) <= SAME:
        reason = f"all {n} differences are the same: the measure is saturated, or the seeds had no effect"
        return Estimate(mean, 0.0, None, None, n, level, reason)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in differences) / (n - 1))
    half = t_quantile(n - 1, (1 + level) / 2) * sd / math.sqrt(n)
    return Estimate(mean, sd, mean - half, mean + half, n, level)


@functools.cache
def t_quantile(degrees: int, probability: float) -> float:
    """The quantile of Student's t with these degrees of freedom."""
    return float(scipy.special.stdtrit(degrees, probability))
