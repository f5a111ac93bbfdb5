"""The noise floor: how far a measure moves when nothing that should matter has changed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import scipy


@dataclass(frozen=True, slots=True)
class NoiseFloor:
    """Spread of a measure between runs that differ in nothing that should matter.

    Attributes:
        sd: Root mean square of the differences, in the measure's unit; None without pairs. Taken about 0, the
            true difference of a no-change pair, so a shift that a batch size brings with it counts as noise.
        sd_high: Upper confidence bound of sd, for differences from a normal law; None where sd is
            None or 0.
        mean: Mean difference; far from 0 it shows a systematic shift.
        largest: Largest absolute difference seen.
        n: Pairs.
        level: Level of the one-sided upper bound.
        reason: Why there is no sd or no bound; else empty.
    """

    sd: float | None
    sd_high: float | None
    mean: float | None
    largest: float | None
    n: int
    level: float
    reason: str = ""


def noise_floor(differences: Sequence[float], *, level: float) -> NoiseFloor:
    """The noise floor of a measure, from replicate pairs in which nothing that matters was changed.

    Answers: "how large a difference would two runs show that differ only in the order of the data,
    in the batch size or in the machine?" An effect below it needs more replicates than an effect
    above. The unit is the pair: a repetition would run other pairs. The pairs must be disjoint, or
    they repeat one another.

    Args:
        differences: One of each no-change pair, in the measure's unit; the sign is arbitrary.
        level: Level of the one-sided upper bound, in (0, 1). Few pairs leave sd wide open: at .95 three pairs
            bound it only below 2.9 times what was seen.

    Raises:
        ValueError: level is not within (0, 1), or a difference is not finite.

    Source: the bound is n sd^2 / chi-square(n), each pair one degree of freedom as the mean is known.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must be within (0, 1); got {level}")
    if not all(map(math.isfinite, differences)):
        raise ValueError("differences must be finite; a pair without both sides is left out")
    n = len(differences)
    if n == 0:
        return NoiseFloor(None, None, None, None, 0, level, "no pair without a change was run")
    squares = math.fsum(value * value for value in differences)
    sd, mean = math.sqrt(squares / n), math.fsum(differences) / n
    largest = max(map(abs, differences))
    if largest == 0:
        reason = f"all {n} pairs agree exactly: the runs are deterministic, or the change had no effect"
        return NoiseFloor(0.0, None, 0.0, 0.0, n, level, reason)
    # chdtri is the upper quantile: chdtri(n, level) has mass 1 - level below it.
    return NoiseFloor(sd, math.sqrt(squares / float(scipy.special.chdtri(n, level))), mean, largest, n, level)
