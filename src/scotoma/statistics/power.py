"""Power: how many replicates a verdict needs, and what a given number can show.

All of it takes the paired differences between replicates as independent draws of one normal law. With few
replicates the bounds of a verdict are more cautious than Student's (`scotoma.statistics.cautious`), and the
power is counted over simulated studies, the same ones always; beyond `_MOST_SIMULATED` replicates that
difference is below one point, and the power is that of the t test, computed.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from scotoma.basics.randomness import stream
from scotoma.statistics.cautious import Moments
from scotoma.statistics.intervals import t_quantile
from scotoma.statistics.replicates import MIN_REPLICATES
from scotoma.statistics.verdict import fewest_for_equivalent

#: Larger numbers of replicates are not searched.
MOST_REPLICATES = 10_000

#: Replicates up to which studies are simulated, and how many studies: the power is then accurate to .005.
_MOST_SIMULATED = 40
_N_STUDIES = 20_000

#: Mass of the distribution of the sample sd that is left out at either end of an integral.
_TAIL = 1e-14

#: Points of the quadrature; 200 agree with adaptive integration to 1e-10.
_N_POINTS = 200


@dataclass(frozen=True, slots=True)
class NullPlan:
    """Whether a design can show that nothing changed, and what it would take.

    Attributes:
        promised: Whether EQUIVALENT would be found with the required power.
        power: Chance of EQUIVALENT with these replicates, if the true difference is as assumed.
        best_power: Chance of EQUIVALENT if the true difference is 0, the highest chance there can be.
        n_needed: Replicates that give the required power; None where no number up to `MOST_REPLICATES` does.
        margin_reachable: Smallest margin at which these replicates give the required power; None below three
            replicates.
        reason: Why nothing is promised; else empty.
    """

    promised: bool
    power: float
    best_power: float
    n_needed: int | None
    margin_reachable: float | None
    reason: str = ""


def power_of_equivalent(
    *, n: int, sd: float, margin: float, alpha: float, difference: float = 0.0, fewest: int | None = None
) -> float:
    """Chance that n replicates end in EQUIVALENT.

    Answers: "if the true mean difference is this, how often would the whole experiment, run again
    and again with n replicates, say EQUIVALENT?" The unit is the replicate. 0 below `fewest` replicates,
    where it is never said.

    Given the sample sd, the mean must fall within +-(margin - t sd / sqrt(n)); that chance is
    integrated over the law of the sample sd (a scaled chi).

    Args:
        n: Replicates.
        sd: True standard deviation of the paired difference between replicates, in the measure's
            unit; above 0.
        margin: Smallest change that matters, same unit; above 0.
        alpha: Error rate of each one-sided test, in (0, .5).
        difference: True mean difference, same unit.
        fewest: Replicates below which EQUIVALENT is never said, which Holm's correction of alpha does not
            change; None for `verdict.fewest_for_equivalent` of alpha.

    Raises:
        ValueError: an argument is outside its range.

    Source: Schuirmann 1987; the integral is Owen 1965's Q, as in Phillips 1990.
    """
    _check(sd=sd, margin=margin, alpha=alpha)
    if margin <= 0:
        raise ValueError(f"margin must be above 0; got {margin}")
    if n < _fewest(fewest, alpha):
        return 0.0
    if n <= _MOST_SIMULATED:
        low, high = _simulated_bounds(n, alpha)
        inside = (difference + sd * low > -margin) & (difference + sd * high < margin)
        return float(inside.mean())
    t, scale = t_quantile(n - 1, 1 - alpha), math.sqrt(n) / sd
    above, below = (margin - difference) * scale, (-margin - difference) * scale
    return _integrate(
        lambda s: scipy.special.ndtr(above - t * s) - scipy.special.ndtr(below + t * s),
        n - 1,
        margin * scale / t,
    )


def _fewest(fewest: int | None, alpha: float) -> int:
    return fewest_for_equivalent(alpha) if fewest is None else fewest


def replicates_for_equivalent(
    *,
    sd: float,
    margin: float,
    alpha: float,
    power: float,
    difference: float = 0.0,
    fewest: int | None = None,
) -> int | None:
    """Fewest replicates with which the verdict is EQUIVALENT with at least the given power.

    None where there are none up to `MOST_REPLICATES`: the true difference is not inside the margin,
    or too close to its edge for this sd.

    Args:
        sd: True standard deviation of the paired difference, above 0.
        margin: Smallest change that matters, above 0.
        alpha: Error rate of each one-sided test, in (0, .5).
        power: Required power, in (0, 1).
        difference: True mean difference.
        fewest: As for `power_of_equivalent`.

    Raises:
        ValueError: an argument is outside its range.

    Source: see `power_of_equivalent`.
    """
    _check_power(power)

    def enough(n: int) -> bool:
        achieved = power_of_equivalent(
            n=n, sd=sd, margin=margin, alpha=alpha, difference=difference, fewest=fewest
        )
        return achieved >= power

    if abs(difference) >= margin or not enough(MOST_REPLICATES):
        return None
    too_few, n = MIN_REPLICATES - 1, MOST_REPLICATES
    while n - too_few > 1:
        middle = (too_few + n) // 2
        too_few, n = (too_few, middle) if enough(middle) else (middle, n)
    return n


def detectable_fall(
    *, n: int, sd: float, margin: float, alpha: float, power: float, most: float = math.inf
) -> float | None:
    """Smallest true fall that n replicates call WORSE with the given power (minimum detectable effect).

    Answers: "how large a harm would this design not miss?" As WORSE is beyond the margin, it is
    larger than the margin. None below three replicates, and where it is larger than any fall can be.

    Args:
        n: Replicates.
        sd: True standard deviation of the paired difference, above 0.
        margin: Smallest change that matters, same unit; 0 for a plain one-sided t test.
        alpha: Error rate of the one-sided test, in (0, .5).
        power: Required power, in (alpha, 1).
        most: Largest fall that there can be, same unit.

    Returns:
        The fall as a number above 0, in the measure's unit.

    Raises:
        ValueError: an argument is outside its range.

    Source: the noncentral t law with n - 1 degrees of freedom, by the integral that defines it.
    """
    _check(sd=sd, margin=margin, alpha=alpha)
    _check_power(power)
    if power <= alpha:
        raise ValueError(f"power must be above alpha, which no effect at all gives; got {power} and {alpha}")
    if n < MIN_REPLICATES:
        return None
    smallest = margin + _bisect(lambda fall: power_of_fall(n, alpha, fall) >= power) * sd
    return smallest if smallest <= most else None


def plan_null(
    *,
    n: int,
    sd: float,
    margin: float,
    alpha: float,
    power: float,
    difference: float = 0.0,
    fewest: int | None = None,
) -> NullPlan:
    """Whether n replicates can show that nothing changed; it refuses to promise what they cannot.

    Answers: "if in truth little or nothing changes, will this experiment be able to say so?" A
    design that cannot will end in INCONCLUSIVE, whatever the data; better known before the run.

    Args:
        n: Replicates.
        sd: Standard deviation of the paired difference, from a pilot (see `cautious_sd`), above 0.
        margin: Smallest change that matters, same unit; above 0.
        alpha: Error rate of each one-sided test, in (0, .5).
        power: Required power, in (0, 1).
        difference: True mean difference to plan for.
        fewest: As for `power_of_equivalent`.

    Raises:
        ValueError: an argument is outside its range.

    Source: see `power_of_equivalent`.
    """
    _check_power(power)
    fewest = _fewest(fewest, alpha)
    chance = functools.partial(power_of_equivalent, n=n, sd=sd, alpha=alpha, fewest=fewest)
    achieved, best = chance(margin=margin, difference=difference), chance(margin=margin)
    needed = replicates_for_equivalent(
        sd=sd, margin=margin, alpha=alpha, power=power, difference=difference, fewest=fewest
    )
    reachable = None
    if n >= fewest:
        start = abs(difference)
        reachable = start + sd * _bisect(
            lambda extra: chance(margin=start + extra * sd, difference=difference) >= power
        )
    if achieved >= power:
        return NullPlan(True, achieved, best, needed, reachable)
    if abs(difference) >= margin:
        reason = "a true difference as large as the margin is not a null"
    else:
        need = f"{needed} are needed" if needed else f"not even {MOST_REPLICATES} are enough"
        reason = f"{n} replicates give {achieved:.2f} of the required power {power:g}; {need}"
    return NullPlan(False, achieved, best, needed, reachable, reason)


def cautious_sd(sd: float, *, n_pilot: int, confidence: float) -> float:
    """Upper confidence bound of a pilot's standard deviation: what to plan with.

    Planned with the pilot's own sd, about every second study has less power than required; planned
    with this one, 1 - confidence of them.

    Args:
        sd: Sample standard deviation (n - 1) of the pilot's paired differences.
        n_pilot: Replicates of the pilot, at least 2.
        confidence: Confidence of the one-sided bound, in (0, 1).

    Raises:
        ValueError: an argument is outside its range.

    Source: Browne 1995.
    """
    if n_pilot < 2 or not 0 < confidence < 1:
        raise ValueError(f"a pilot has 2 replicates or more; got {n_pilot} and confidence {confidence}")
    return sd * math.sqrt((n_pilot - 1) / float(scipy.special.chdtri(n_pilot - 1, confidence)))


def power_of_fall(n: int, alpha: float, fall: float) -> float:
    """Chance that n replicates end in WORSE, if the true mean lies `fall` standard deviations below -margin.

    By symmetry, the same holds for BETTER and a rise. There must be at least three replicates.
    """
    if n <= _MOST_SIMULATED:
        return float((_simulated_bounds(n, alpha)[1] < fall).mean())
    return _power_of_shift(n, alpha, fall * math.sqrt(n))


@functools.cache
def _simulated_bounds(n: int, alpha: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Both bounds of a verdict in studies of n standard normal differences."""
    samples = stream(0, "power", n).standard_normal((_N_STUDIES, n))
    return Moments.of(samples).bounds(alpha)


def _power_of_shift(n: int, alpha: float, shift: float) -> float:
    """Power of a one-sided t test whose statistic is noncentral by `shift`."""
    t = t_quantile(n - 1, 1 - alpha)
    return _integrate(lambda s: scipy.special.ndtr(shift - t * s), n - 1, math.inf)


def _integrate(
    chance: Callable[[NDArray[np.float64]], NDArray[np.float64]], degrees: int, largest: float
) -> float:
    """Mean of `chance` over the law of s / sigma (a chi over the root of its degrees), up to `largest`."""
    low = math.sqrt(float(scipy.special.chdtri(degrees, 1 - _TAIL)) / degrees)
    high = min(math.sqrt(float(scipy.special.chdtri(degrees, _TAIL)) / degrees), largest)
    if high <= low:
        return 0.0
    points, weights = _quadrature()
    s = low + (high - low) * (points + 1) / 2
    log_density = (
        math.log(2)
        + degrees / 2 * math.log(degrees / 2)
        - scipy.special.gammaln(degrees / 2)
        + (degrees - 1) * np.log(s)
        - degrees * s**2 / 2
    )
    total = float(np.sum(weights * np.exp(log_density) * chance(s))) * (high - low) / 2
    return min(max(total, 0.0), 1.0)


def _bisect(enough: Callable[[float], bool]) -> float:
    """Smallest number above 0 that is enough, to 50 halvings; more must be enough too."""
    too_little, number = 0.0, 1.0
    while not enough(number):
        too_little, number = number, 2 * number
    for _ in range(50):
        middle = (too_little + number) / 2
        too_little, number = (too_little, middle) if enough(middle) else (middle, number)
    return number


@functools.cache
def _quadrature() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    points, weights = np.polynomial.legendre.leggauss(_N_POINTS)
    return points, weights


def _check(*, sd: float, margin: float, alpha: float) -> None:
    if not sd > 0:
        raise ValueError(f"sd must be above 0: without spread a measure is saturated, not sure; got {sd}")
    if margin < 0 or not 0 < alpha < 0.5:
        raise ValueError(f"margin must not be negative and alpha in (0, .5); got {margin} and {alpha}")


def _check_power(power: float) -> None:
    if not 0 < power < 1:
        raise ValueError(f"power must be in (0, 1); got {power}")
