"""Intervals for one share, and the exact test of two paired ones. The row is the unit throughout.

These describe one or two fixed models on independent rows. They do not describe another training
run: by such a test most pairs of runs of the same recipe "differ" on a blind spot.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import scipy
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Share:
    """A share of rows and its interval.

    Attributes:
        value: Share in [0, 1]; None if there are no rows.
        low: Lower end of the interval; None if there are no rows.
        high: Upper end of the interval; None if there are no rows.
        n: Number of rows.
        level: Two-sided coverage of the interval.
        reason: Why there is no value; else empty.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    level: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class McNemarTest:
    """Two models' right and wrong answers to the same rows, compared.

    Attributes:
        n: Number of rows.
        lost: Number of rows right before and wrong after.
        gained: Number of rows wrong before and right after.
        p: Two-sided p value; None if there are no rows.
        reason: Why there is no p, or why it is 1 without a test; else empty.
    """

    n: int
    lost: int
    gained: int
    p: float | None
    reason: str = ""


def wilson(count: int, n: int, *, level: float) -> Share:
    """A share with its Wilson score interval.

    Answers: "which true shares of right answers would make what was seen unsurprising?" The unit is
    the row: a repetition would draw n new independent rows for the same model. Coverage is the
    level on average over true shares, and may fall some points short at a single one, most near 0
    and 1; `clopper_pearson` never falls short.

    Args:
        count: Number of rows that are right.
        n: Number of rows.
        level: Two-sided coverage, in (0, 1).

    Raises:
        ValueError: count is not within 0 to n, or level not within (0, 1).

    Source: Wilson 1927.
    """
    _check(count, n, level)
    if n == 0:
        return Share(None, None, None, 0, level, "no rows")
    z, share = NormalDist().inv_cdf((1 + level) / 2), count / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Exactly 0 and 1 at the ends, where subtraction would leave 1e-17.
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == n else middle + half
    return Share(share, low, high, n, level)


def clopper_pearson(count: int, n: int, *, level: float) -> Share:
    """A share with its exact (Clopper-Pearson) interval, which covers at least as often as it says.

    Answers the question of `wilson`, for when falling short is worse than being wide, as in a cell
    on its floor.

    Args:
        count: Number of rows that are right.
        n: Number of rows.
        level: Least two-sided coverage, in (0, 1).

    Raises:
        ValueError: count is not within 0 to n, or level not within (0, 1).

    Source: Clopper and Pearson 1934, in the beta form.
    """
    _check(count, n, level)
    if n == 0:
        return Share(None, None, None, 0, level, "no rows")
    tail = (1 - level) / 2
    low = float(scipy.special.betaincinv(count, n - count + 1, tail)) if count else 0.0
    high = float(scipy.special.betaincinv(count + 1, n - count, 1 - tail)) if count < n else 1.0
    return Share(count / n, low, high, n, level)


def mcnemar(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> McNemarTest:
    """The exact McNemar test of two models' right and wrong answers to the same rows.

    Answers: "do these two checkpoints differ on rows like these?", and nothing about the data or
    the recipe that made them. The unit is the row: a repetition would draw new independent rows for
    the same two models. Only rows whose answer flipped count: if the two were alike, each flip
    would be a loss or a gain with chance 1/2.

    Args:
        before: Shape (rows,), whether the first model is right.
        after: Shape (rows,), whether the second is.

    Raises:
        ValueError: the shapes differ or are not one-dimensional.

    Without a flip p is 1, where the chi-square form with its usual correction is 1 / 0, and statsmodels
    0.15.0 says 0 (findings/mcnemar-of-models-that-answer-alike.sh).

    Source: McNemar 1947, exact conditional form.
    """
    if before.ndim != 1 or before.shape != after.shape:
        raise ValueError(f"paired answers are needed; got shapes {before.shape} and {after.shape}")
    n = before.size
    lost, gained = int(np.count_nonzero(before & ~after)), int(np.count_nonzero(~before & after))
    if n == 0:
        return McNemarTest(0, 0, 0, None, "no rows")
    if lost + gained == 0:
        return McNemarTest(n, 0, 0, 1.0, "no answer flipped between right and wrong")
    flips = lost + gained
    p = min(1.0, 2 * float(scipy.special.bdtr(min(lost, gained), flips, 0.5)))
    return McNemarTest(n, lost, gained, p)


def changed_share(lost: int, gained: int, n: int, *, level: float) -> Share:
    """The change of a share between two models on the same rows, with its score interval.

    Answers: "by how much do these two checkpoints differ on rows like these?" The unit is the row, as in
    `mcnemar`: the interval holds 0 where the asymptotic McNemar test without a correction does not reject.

    Args:
        lost: Number of rows right before and wrong after.
        gained: Number of rows wrong before and right after.
        n: Number of rows.
        level: Two-sided coverage, in (0, 1).

    Returns:
        The change, from -1 to 1; none where there are no rows.

    Raises:
        ValueError: lost and gained are not within n together, or level not within (0, 1).

    Source: Tango 1998, equations 4 to 6.
    """
    _check(lost + gained, n, level)
    if n == 0:
        return Share(None, None, None, 0, level, "no rows")
    z = NormalDist().inv_cdf((1 + level) / 2)
    low = _end(lambda change: _score(change, lost, gained, n) - z)
    high = _end(lambda change: _score(change, lost, gained, n) + z)
    return Share((gained - lost) / n, low, high, n, level)


def _end(excess: Callable[[float], float]) -> float:
    """Where the score crosses its limit; the end of the scale if it does not."""
    from scipy.optimize import brentq  # takes a tenth of a second, and is rarely needed

    nearly = 1 - 1e-12
    if excess(-nearly) <= 0:
        return -1.0
    if excess(nearly) >= 0:
        return 1.0
    return float(brentq(excess, -nearly, nearly, xtol=1e-12))


def _score(change: float, lost: int, gained: int, n: int) -> float:
    """How many standard errors the observed change lies above an assumed one."""
    b = -(lost + gained) + (2 * n - gained + lost) * change
    c = -lost * change * (1 - change)
    # Maximum-likelihood share of lost rows under the assumed change.
    share_lost = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    variance = n * (2 * share_lost + change * (1 - change))
    return (gained - lost - n * change) / math.sqrt(max(variance, 1e-300))


def _check(count: int, n: int, level: float) -> None:
    if not 0 <= count <= n:
        raise ValueError(f"count must be within 0 to n; got {count} of {n}")
    if not 0 < level < 1:
        raise ValueError(f"level must be within (0, 1); got {level}")
