"""The Multi-Bootstrap: intervals that hold for other replicates and other test rows at once.

Rows are grouped in clusters (HANS items by template, MNLI pairs by prompt), drawn whole. A resample
is only a count for each replicate and each cluster, so sums over clusters, made once, and matrix
products do the work: a resample never touches a row.
"""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from scotoma.statistics.intervals import Estimate, t_interval
from scotoma.statistics.replicates import MIN_REPLICATES
from scotoma.statistics.signal_detection import sensitivity

Floats = NDArray[np.float64]

#: From the sums of the scores, shape (..., arms, replicates, cells), and the number of rows, shape
#: (..., 1, 1, cells), to each replicate's statistics, shape (..., replicates, statistics).
Measure = Callable[[Floats, Floats], Floats]

#: With fewer resamples, the ends of an interval vary by chance.
MIN_RESAMPLES = 100

#: Numbers in the largest array of a chunk of resamples: 32 MiB.
_CHUNK = 1 << 22


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrapped:
    """Resampled statistics.

    Attributes:
        observed: Observed values, shape (replicates, statistics).
        draws: Means over replicates, of resampled replicates and clusters, shape (resamples,
            statistics).
        cluster_draws: Means as in `draws`, but with every replicate taken once: only clusters vary.
        n_clusters: Clusters of the smallest stratum: of the cells whose clusters were drawn apart,
            the one with the fewest.
        reason: Why there can be no interval; else empty.
    """

    observed: Floats
    draws: Floats
    cluster_draws: Floats
    n_clusters: int
    reason: str = ""

    def estimate(self, column: int, *, level: float) -> Estimate:
        """Mean over replicates of one statistic, with an expanded percentile interval.

        Percentiles of the draws, as in the Multi-Bootstrap: unlike a basic or a normal interval
        they stay within what the measure can be (accuracy on its floor), and unlike BCa they need
        no acceleration, which 3 to 20 replicates cannot give. Two faults are corrected. With few
        replicates or clusters plain percentiles are too narrow: the draws lack a factor n / (n - 1),
        and the normal law is not Student's. And the draws hold what a replicate does to a cluster
        (their interaction, noise included) three times, the truth once, so where little else varies
        plain percentiles are up to 1.7 times too wide. So the percentiles are taken where, if the draws
        were normal, the ends of a t interval would lie whose variance is that between replicates
        plus that between clusters, less their interaction, with Satterthwaite's degrees of freedom.

        Below ten replicates the percentiles that are needed lie too far out in the draws, and the
        interval covers some points less than it says; there the t interval decides.

        Args:
            column: Index of the statistic.
            level: Two-sided coverage, in (0, 1).

        Source: Sellam et al. 2022, section 3; expansion: Hesterberg 2015 (there for one sample);
        interaction: Owen 2007; degrees of freedom: Satterthwaite 1946.
        """
        fixed = t_interval(self.observed[:, column].tolist(), level=level)
        if self.reason or fixed.sd is None or fixed.low is None:
            return replace(fixed, low=None, high=None, reason=self.reason or fixed.reason)
        draws, n_free = self.draws[:, column], self.n_clusters - 1
        between = fixed.sd**2 / fixed.n
        once = float(self.cluster_draws[:, column].var())
        rows = once * self.n_clusters / n_free
        interaction = max(float(draws.var()) - between * (fixed.n - 1) / fixed.n - once, 0.0)
        # Each part holds the interaction too, so the whole is never less than either.
        variance = max(between + rows - interaction, between, rows)
        freedom = (between + rows) ** 2 / (between**2 / (fixed.n - 1) + rows**2 / n_free)
        # Distance of the t interval's ends from the mean, in standard deviations of the draws.
        quantile = float(scipy.special.stdtrit(freedom, (1 + level) / 2))
        reach = quantile * math.sqrt(variance / float(draws.var()))
        low, high = np.quantile(draws, scipy.special.ndtr([-reach, reach]))
        return replace(fixed, low=float(low), high=float(high))


def mean_differences(arm: int, reference: int, *, pools: Sequence[Sequence[int]]) -> Measure:
    """Measure: the difference between two arms' mean scores, paired by replicate and row.

    Args:
        arm: Index of the arm on the first axis of the scores.
        reference: Index of the reference on the first axis of the scores.
        pools: Cells that each statistic pools, weighted by their rows: `[[0], [1], [0, 1]]` gives
            two cells and both together.
    """

    def measure(sums: Floats, counts: Floats) -> Floats:
        gap = sums[..., arm, :, :] - sums[..., reference, :, :]
        rows = counts[..., 0, :, :]
        parts = [gap[..., list(pool)].sum(-1) / rows[..., list(pool)].sum(-1) for pool in pools]
        return np.stack(parts, axis=-1)

    return measure


def sensitivity_differences(n_references: int, *, targets: Sequence[int], others: Sequence[int]) -> Measure:
    """Measure: the differences of d' and of the criterion c, paired by replicate and row.

    A score is 1 where the answer is the target. Arms are models, the references first; d' and c are means
    over models, as of a replicate with several samples.

    Args:
        n_references: Number of references.
        targets: Cells of the rows that are the target; pooled.
        others: Cells of all other rows; pooled.
    """

    def measure(sums: Floats, counts: Floats) -> Floats:
        hits, n_targets, alarms, n_others = (
            part[..., list(cells)].sum(-1) for cells in (targets, others) for part in (sums, counts)
        )
        found = sensitivity(hits, n_targets, alarms, n_others, quantile=scipy.special.ndtri)
        values = np.stack(found, axis=-1)
        difference = values[..., n_references:, :, :].mean(-3) - values[..., :n_references, :, :].mean(-3)
        return np.asarray(difference)

    return measure


def multi_bootstrap(
    scores: ArrayLike,
    *,
    cells: NDArray[np.generic],
    clusters: NDArray[np.generic],
    measure: Measure,
    n_resamples: int,
    rng: np.random.Generator,
) -> Bootstrapped:
    """Resamples of statistics of several arms, paired by replicate and by row.

    Answers: "what would the statistic be if the whole chain were run again, and tested on other
    rows written in the same way?" The estimand is the mean over replicates of each replicate's
    statistic. A repetition draws new replicates (start, generator, sample, order) and new clusters
    of rows; every arm sees the same ones, so contrasts are paired on both sides. Clusters are drawn
    with replacement within their cell; cells that share clusters are drawn together.

    Args:
        scores: Shape (arms, replicates, rows): right or wrong, said the target or not, a margin.
        cells: Shape (rows,), each row's cell; cells are numbered in the order of their names.
        clusters: Shape (rows,), each row's cluster; unique names where rows are independent.
        measure: What is computed from sums and counts, such as `mean_differences(1, 0, pools=[[0]])`.
        n_resamples: 10,000 leave about 1 % of its length as error of an interval's end.
        rng: Draws the replicates, then the clusters.

    Raises:
        ValueError: the shapes do not fit, there are no rows, a score is not finite, or there are
            fewer than `MIN_RESAMPLES` resamples.

    Source: Sellam et al. 2022 (The MultiBERTs), section 3, paired design; there examples
    are drawn singly, and each seed has one score; the clusters and the free measure are ours.
    """
    table = np.asarray(scores, dtype=np.float64)
    _check(table, cells, clusters)
    if n_resamples < MIN_RESAMPLES:
        raise ValueError(f"at least {MIN_RESAMPLES} resamples are needed; got {n_resamples}")
    n_replicates = table.shape[1]
    units = _Units.of(table, cells, clusters)
    picks = rng.integers(0, n_replicates, (n_resamples, n_replicates), dtype=np.uint32)
    replicate_weights = _counts(picks, n_replicates) / n_replicates
    draws, cluster_draws, has_empty, start = [], [], False, 0
    for sums, counts in units.resample(n_resamples, rng):
        has_empty = has_empty or bool((counts == 0).any())
        # A cell that a resample left empty is refused as a whole below; 1 only averts the warning.
        values = measure(sums, np.maximum(counts, 1))
        draws.append(np.einsum("br,brs->bs", replicate_weights[start : start + len(sums)], values))
        cluster_draws.append(values.mean(axis=1))
        start += len(sums)
    return Bootstrapped(
        observed=measure(*units.weigh(np.ones((1, units.strata.size))))[0],
        draws=np.concatenate(draws),
        cluster_draws=np.concatenate(cluster_draws),
        n_clusters=int(np.bincount(units.strata).min()),
        reason=_refusal(n_replicates, units, has_empty=has_empty),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Units:
    """Scores summed over the rows that one cluster has in one cell; cells one after another.

    Attributes:
        sums: Shape (units, arms x replicates).
        counts: Numbers of rows, shape (units,).
        cells: Cells with the positions of their units.
        clusters: Each cell's clusters, unit by unit.
        strata: Stratum of each cluster, shape (clusters,): cells that share clusters are one.
        shape: Arms and replicates.
    """

    sums: Floats
    counts: Floats
    cells: tuple[slice, ...]
    clusters: tuple[slice | NDArray[np.int64], ...]
    strata: NDArray[np.int64]
    shape: tuple[int, int]

    @classmethod
    def of(cls, table: Floats, cells: NDArray[np.generic], clusters: NDArray[np.generic]) -> "_Units":
        _, cell = np.unique(cells, return_inverse=True)
        _, cluster = np.unique(clusters, return_inverse=True)
        n_cells, n_clusters = int(cell.max()) + 1, int(cluster.max()) + 1
        pairs, unit, counts = np.unique(cell * n_clusters + cluster, return_inverse=True, return_counts=True)
        ends = np.searchsorted(pairs, np.arange(n_cells + 1) * n_clusters).tolist()
        bounds = tuple(slice(low, high) for low, high in itertools.pairwise(ends))
        rows = table.reshape(-1, unit.size)
        numbers = _by_first_place(pairs % n_clusters)
        return cls(
            sums=np.stack([np.bincount(unit, weights=row) for row in rows], axis=1),
            counts=counts.astype(np.float64),
            cells=bounds,
            clusters=tuple(_as_slice(numbers[bound]) for bound in bounds),
            strata=_strata(pairs // n_clusters, numbers, n_cells),
            shape=(table.shape[0], table.shape[1]),
        )

    def resample(self, n_resamples: int, rng: np.random.Generator) -> Iterator[tuple[Floats, Floats]]:
        """Sums and counts of resampled clusters, in chunks; shapes as for `Measure`."""
        sizes = np.bincount(self.strata)
        members = [_as_slice(np.flatnonzero(self.strata == stratum)) for stratum in range(sizes.size)]
        size = max(1, _CHUNK // max(self.strata.size, self.sums.shape[1] * len(self.cells)))
        for start in range(0, n_resamples, size):
            weights = np.empty((min(size, n_resamples - start), self.strata.size))
            for places, n in zip(members, sizes.tolist(), strict=True):
                picks = rng.integers(0, n, (len(weights), n), dtype=np.uint32)
                weights[:, places] = _counts(picks, n)
            yield self.weigh(weights)

    def weigh(self, weights: Floats) -> tuple[Floats, Floats]:
        """Sums and counts with each cluster weighted; weights have shape (resamples, clusters)."""
        sums = np.empty((len(weights), *self.shape, len(self.cells)))
        counts = np.empty((len(weights), 1, 1, len(self.cells)))
        for index, (cell, clusters) in enumerate(zip(self.cells, self.clusters, strict=True)):
            taken = weights[:, clusters]
            sums[..., index] = (taken @ self.sums[cell]).reshape(-1, *self.shape)
            counts[:, 0, 0, index] = taken @ self.counts[cell]
        return sums, counts


def _strata(cells: NDArray[np.int64], clusters: NDArray[np.int64], n_cells: int) -> NDArray[np.int64]:
    """Stratum of each cluster, from the pairs of cell and cluster that have rows; in the order of cells."""
    # Linked cells take the first one's number until nothing changes: scipy's graphs take longer to import.
    part = np.arange(n_cells)
    while True:
        first = np.full(int(clusters.max()) + 1, n_cells)
        np.minimum.at(first, clusters, part[cells])
        linked = part.copy()
        np.minimum.at(linked, cells, first[clusters])
        if (linked == part).all():
            return np.unique(first, return_inverse=True)[1]
        part = linked


def _by_first_place(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same partition, numbered in the order in which each code first occurs."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def _as_slice(places: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Consecutive places as a slice, which copies no array."""
    first, last = int(places[0]), int(places[-1])
    run = last - first + 1 == places.size and bool((np.diff(places) == 1).all())
    return slice(first, last + 1) if run else places


def _counts(picks: NDArray[np.uint32], size: int) -> Floats:
    """How often each of `size` items occurs in each row of picks."""
    # Row by row: one count over all rows leaves the processor's cache, and takes four times as long.
    table = np.empty((len(picks), size))
    for row, picked in zip(table, picks, strict=True):
        row[:] = np.bincount(picked, minlength=size)
    return table


def _refusal(n_replicates: int, units: _Units, *, has_empty: bool) -> str:
    if n_replicates < MIN_REPLICATES:
        return f"{n_replicates} of at least {MIN_REPLICATES} replicates"
    smallest = int(np.bincount(units.strata).min())
    if smallest < 2:
        return "a cell has a single cluster, which cannot show how clusters vary"
    if has_empty:
        return f"some resamples have no row of a cell: its clusters are too few of {units.strata.size}"
    return ""


def _check(table: Floats, cells: NDArray[np.generic], clusters: NDArray[np.generic]) -> None:
    if table.ndim != 3 or not cells.shape == clusters.shape == table.shape[2:]:
        raise ValueError(
            "scores of shape (arms, replicates, rows) with a cell and a cluster for each row are needed; "
            f"got {table.shape}, {cells.shape} and {clusters.shape}"
        )
    if 0 in table.shape:
        raise ValueError(f"there is nothing to resample in scores of shape {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("scores must be finite; a row without a prediction is left out of every arm")
