"""Looks at the results while replicates are still being added, with error rates that hold over all of them.

Every look at a claim is a chance to be wrong. The looks are declared before the first run; the p value at
each of them is turned into the chance that one as small occurs at any. Each look is as strict as
the others (Pocock), so a claim can be decided at the first.
"""

import functools

import numpy as np
import scipy
from numpy.typing import NDArray

from scotoma.basics.randomness import stream

#: Simulated studies without a change; the level for alpha .05 is then accurate to .0002.
_N_STUDIES = 400_000

#: Smallest chance of a false verdict, over all looks, that so many simulated studies can resolve.
_SMALLEST = 1e-3


def overall_p(p: float, looks: tuple[int, ...]) -> float:
    """The chance that some look of a study without a change has a p value as small as this.

    Args:
        p: A one-sided p value at one of the looks.
        looks: Replicates at each planned look, rising; of a single one, p is its own.

    Source: Pocock 1977, for t statistics by simulation (from a fixed seed) of normal differences. Where these
    are too few to tell, the bound of Bonferroni.
    """
    if len(looks) < 2:
        return p
    smallest = _smallest_p(looks)
    chance = float(np.searchsorted(smallest, p, side="right")) / smallest.size
    return min(1.0, len(looks) * p, max(chance, _SMALLEST))


def nominal_level(alpha: float, looks: tuple[int, ...]) -> float:
    """The one-sided level at each look that gives a false verdict at a rate of alpha over all looks.

    Args:
        alpha: Over all looks.
        looks: Replicates at each planned look, rising.
    """
    if len(looks) < 2:
        return alpha
    if alpha <= _SMALLEST:
        return alpha / len(looks)
    return max(float(np.quantile(_smallest_p(looks), alpha)), alpha / len(looks))


@functools.cache
def _smallest_p(looks: tuple[int, ...]) -> NDArray[np.float64]:
    """The smallest one-sided p value over the looks, of each study without a change, sorted."""
    rng = stream(0, "looks", *looks)
    sums, squares, n = np.zeros(_N_STUDIES), np.zeros(_N_STUDIES), 0
    smallest = np.ones(_N_STUDIES)
    for look in looks:
        for _ in range(look - n):
            draws = rng.standard_normal(_N_STUDIES)
            sums += draws
            squares += draws**2
        n = look
        error = np.sqrt((squares - sums**2 / n) / (n - 1) / n)
        np.minimum(smallest, scipy.special.stdtr(n - 1, sums / n / error), out=smallest)
    return np.sort(smallest)
