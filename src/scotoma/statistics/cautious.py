"""One-sided p values and bounds of a mean, for differences that may be skewed.

Differences between replicates often have one long tail: a cell lies near the end of its scale, or a few
seeds collapse. A sample that misses the tail then has a mean that is off and a spread that is too small, and
Student's t errs on that side several times as often as it says. Johnson's correction moves a bound by the
skewness that the replicates show; it is made where it moves the bound away from a verdict, never towards one.
So under a normal law the rates are at most those of Student's t, and the price is some power.

Source: Student 1908; Johnson 1978 (Modified t tests and confidence intervals for asymmetrical populations).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Replaces a skewness of 0, which would be a divisor; too small to change a digit.
_STRAIGHT = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Statistics of samples of one size, for bounds and p values.

    Attributes:
        n: Replicates, at least 3.
        mean: Mean of each sample; any shape.
        sd: Standard deviation (n - 1) of each sample, above 0; same shape.
        skewness: Skewness of each sample, adjusted for bias; same shape.
    """

    n: int
    mean: Floats
    sd: Floats
    skewness: Floats

    @classmethod
    def of(cls, samples: Sequence[float] | Floats, *, smallest_sd: float = 0.0) -> "Moments":
        """The moments of samples along the last axis.

        Args:
            samples: Shape (..., n).
            smallest_sd: Takes the place of a spread that is smaller; such a sample counts as symmetric.
        """
        table = np.asarray(samples, dtype=np.float64)
        n = table.shape[-1]
        mean = table.mean(-1)
        apart = table - mean[..., None]
        sd = np.sqrt((apart**2).sum(-1) / (n - 1))
        has_spread = sd > max(smallest_sd, 1e-12)
        third = (apart**3).sum(-1) * n / ((n - 1) * (n - 2))
        skewness = np.where(has_spread, third / np.where(has_spread, sd, 1.0) ** 3, 0.0)
        return cls(n, mean, np.where(has_spread, sd, smallest_sd), skewness)

    def p_below(self, threshold: float) -> Floats:
        """P values of the test against "the mean is at or above the threshold"."""
        return self._p((threshold - self.mean) / self.sd, self.skewness)

    def p_above(self, threshold: float) -> Floats:
        """P values of the test against "the mean is at or below the threshold"."""
        return self._p((self.mean - threshold) / self.sd, -self.skewness)

    def bounds(self, alpha: float) -> tuple[Floats, Floats]:
        """The lower and the upper bound, each missed by the mean at a rate of alpha."""
        t = float(scipy.special.stdtrit(self.n - 1, 1 - alpha))
        below, above = (
            self.sd * (t / math.sqrt(self.n) + self._unevenness(sign) * (1 + 2 * t**2)) for sign in (-1, 1)
        )
        return self.mean - below, self.mean + above

    def _unevenness(self, sign: int) -> Floats:
        """How much further out a bound lies because of a tail on its side, in standard deviations."""
        return np.maximum(sign * self.skewness, 0.0) / (6 * self.n)

    def _p(self, distance: Floats, tail: Floats) -> Floats:
        """The p value whose bound lies at the threshold.

        Args:
            distance: Distance from the mean to the threshold, in standard deviations.
            tail: Skewness, signed so that a tail towards the threshold is above 0.
        """
        uneven = np.maximum(tail, _STRAIGHT) / (6 * self.n)
        step = 1 / math.sqrt(self.n)
        # distance = t / sqrt(n) + uneven (1 + 2 t^2), solved for t.
        root = np.sqrt(np.maximum(step**2 + 8 * uneven * (distance - uneven), 0.0))
        # The form of the quadratic formula that is accurate for small skewness.
        t = 2 * (distance - uneven) / (step + root)
        t = np.minimum(np.where(tail > 0, t, np.inf), distance / step)
        return np.asarray(scipy.special.stdtr(self.n - 1, -t), dtype=np.float64)
