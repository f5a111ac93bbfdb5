"""Variance components of a replicate's difference: what further samples average out, and what not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from scotoma.statistics.intervals import t_quantile


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of a difference between two arms, each the mean over samples inside every replicate.

    Attributes:
        between: Variance of what all samples of a replicate share: its start, its generator, and the
            reference or the arm where it has only one sample.
        within_arm: Variance of one sample of the arm about its replicate's mean; 0 where there is only one.
        within_reference: Variance of one sample of the reference about its replicate's mean; 0 where there is
            only one.
        replicates: Number of replicates that the variances were estimated from.
    """

    between: float
    within_arm: float
    within_reference: float
    replicates: int

    def half_width(self, n: int, of_arm: int, of_reference: int, *, level: float) -> float:
        """Expected half-length of the interval.

        Args:
            n: Replicates, at least 2.
            of_arm: Samples of the arm in each.
            of_reference: Samples of the reference in each.
            level: Two-sided coverage of the t interval.
        """
        variance = self.between + self.within_arm / of_arm + self.within_reference / of_reference
        return t_quantile(n - 1, (1 + level) / 2) * math.sqrt(variance / n)


def components(arm: Sequence[Sequence[float]], reference: Sequence[Sequence[float]]) -> Components | None:
    """Estimates by analysis of variance, cut off at 0; None below two replicates.

    Where every replicate has as many samples this is what REML gives, unless a component is cut off.

    Args:
        arm: For each replicate, the values of the arm's samples.
        reference: For each replicate, the values of the reference's samples.
    """
    if len(arm) < 2:
        return None
    means = [
        float(np.mean(arm_values) - np.mean(reference_values))
        for arm_values, reference_values in zip(arm, reference, strict=True)
    ]
    of_arm, of_reference = _within(arm), _within(reference)
    averaged = of_arm / len(arm[0]) + of_reference / len(reference[0])
    between = max(0.0, float(np.var(means, ddof=1)) - averaged)
    return Components(between, of_arm, of_reference, len(arm))


def _within(samples: Sequence[Sequence[float]]) -> float:
    """The variance inside replicates, pooled over them; 0 where each has one sample alone."""
    return 0.0 if len(samples[0]) < 2 else float(np.mean([np.var(one, ddof=1) for one in samples]))
