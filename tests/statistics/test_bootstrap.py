"""The Multi-Bootstrap: its plain twin, closed forms, pairing, clusters, refusals."""

import numpy as np
import pytest
from numpy.typing import NDArray

from scotoma.statistics import bootstrap
from scotoma.statistics.bootstrap import (
    Bootstrapped,
    Floats,
    mean_differences,
    multi_bootstrap,
    sensitivity_differences,
)
from scotoma.statistics.intervals import t_interval
from scotoma.statistics.signal_detection import detection

RNG = np.random.default_rng(71)

ONE_CELL = mean_differences(1, 0, pools=[[0]])


def resample(
    scores: np.ndarray, clusters: np.ndarray, *, seed: int = 1, n_resamples: int = 2000
) -> Bootstrapped:
    """Resamples of the difference between two arms in one cell."""
    return multi_bootstrap(
        scores,
        cells=np.zeros(clusters.size, int),
        clusters=clusters,
        measure=ONE_CELL,
        n_resamples=n_resamples,
        rng=np.random.default_rng(seed),
    )


def by_rows(scores: np.ndarray, clusters: np.ndarray, seed: int, n_resamples: int) -> list[float]:
    """The plain twin: takes rows, one by one, of the replicates and clusters that were picked."""
    rng = np.random.default_rng(seed)
    n_replicates, n_clusters = scores.shape[1], int(clusters.max()) + 1
    replicates = rng.integers(0, n_replicates, (n_resamples, n_replicates), dtype=np.uint32)
    picked = rng.integers(0, n_clusters, (n_resamples, n_clusters), dtype=np.uint32)
    means = []
    for some, groups in zip(replicates, picked, strict=True):
        rows = np.concatenate([np.flatnonzero(clusters == group) for group in groups])
        means.append((scores[1][some][:, rows] - scores[0][some][:, rows]).mean())
    return means


def test_draws_are_those_of_picking_rows_one_by_one() -> None:
    clusters = np.sort(RNG.integers(0, 6, 40))
    scores = RNG.normal(size=(2, 4, 40))
    found = resample(scores, clusters, seed=5, n_resamples=120)
    assert found.draws[:, 0] == pytest.approx(np.array(by_rows(scores, clusters, 5, 120)), abs=1e-12)


def test_what_was_seen_is_each_replicates_plain_mean_and_pools_weigh_by_rows() -> None:
    cells = np.array(["b"] * 30 + ["a"] * 10)
    scores = RNG.random((3, 5, 40)) < 0.4
    found = multi_bootstrap(
        scores,
        cells=cells,
        clusters=np.arange(40),
        measure=mean_differences(2, 0, pools=[[0], [1], [0, 1]]),
        n_resamples=100,
        rng=np.random.default_rng(1),
    )
    gap = scores[2].astype(float) - scores[0]
    expected = np.stack([gap[:, cells == "a"].mean(1), gap[:, cells == "b"].mean(1), gap.mean(1)], axis=1)
    assert found.observed == pytest.approx(expected, abs=1e-12)
    assert found.estimate(2, level=0.95).mean == pytest.approx(gap.mean())


def test_resampling_in_chunks_gives_the_same_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    scores, clusters = RNG.random((2, 5, 60)), np.arange(60) // 3
    whole = resample(scores, clusters)
    monkeypatch.setattr(bootstrap, "_CHUNK", 700)
    assert resample(scores, clusters).draws == pytest.approx(whole.draws, abs=1e-12)


def test_the_same_stream_gives_the_same_draws_and_another_gives_others() -> None:
    scores, clusters = RNG.random((2, 5, 60)), np.arange(60) // 3
    assert (resample(scores, clusters, seed=1).draws == resample(scores, clusters, seed=1).draws).all()
    assert (resample(scores, clusters, seed=1).draws != resample(scores, clusters, seed=2).draws).any()


def test_order_of_rows_and_names_of_clusters_in_order_do_not_matter() -> None:
    scores, clusters = RNG.random((2, 5, 60)) < 0.5, np.arange(60) // 3
    order = RNG.permutation(60)
    names = np.array([f"template {cluster:02}" for cluster in clusters])
    found = resample(scores[..., order], names[order])
    assert (found.draws == resample(scores, clusters).draws).all()


def test_replicates_alone_give_the_variance_of_their_mean() -> None:
    levels = RNG.normal(size=8)
    scores = np.zeros((2, 8, 30))
    scores[1] = levels[:, None]
    found = resample(scores, np.arange(30), n_resamples=20_000)
    assert found.draws.var() == pytest.approx(levels.var() / 8, rel=0.05)
    assert found.cluster_draws.var() == pytest.approx(0, abs=1e-20)


def test_clusters_alone_give_the_variance_of_their_mean_however_many_rows_they_have() -> None:
    levels = RNG.normal(size=25)
    for n_rows in (1, 40):
        scores = np.zeros((2, 4, 25 * n_rows))
        scores[1] = np.repeat(levels, n_rows)
        found = resample(scores, np.repeat(np.arange(25), n_rows), n_resamples=20_000)
        assert found.draws.var() == pytest.approx(levels.var() / 25, rel=0.05)


def test_where_rows_do_not_vary_the_interval_is_near_the_t_interval() -> None:
    scores = np.zeros((2, 20, 30))
    scores[1] = RNG.normal(-0.05, 0.1, 20)[:, None]
    found = resample(scores, np.arange(30), n_resamples=20_000).estimate(0, level=0.95)
    expected = t_interval(scores[1, :, 0].tolist(), level=0.95)
    assert found.low is not None
    assert found.high is not None
    assert expected.low is not None
    assert expected.high is not None
    assert found.high - found.low == pytest.approx(expected.high - expected.low, rel=0.06)
    assert (found.mean, found.sd, found.n) == (expected.mean, expected.sd, 20)


def test_noise_that_replicates_and_rows_share_is_counted_once() -> None:
    rng = np.random.default_rng(73)
    ratios = []
    for seed in range(20):
        scores = rng.random((2, 10, 200)) < 0.5
        found = resample(scores, np.arange(200), seed=seed).estimate(0, level=0.95)
        fixed = t_interval((scores[1].mean(1) - scores[0].mean(1)).tolist(), level=0.95)
        assert found.low is not None
        assert found.high is not None
        assert fixed.low is not None
        assert fixed.high is not None
        ratios.append((found.high - found.low) / (fixed.high - fixed.low))
    # Counted three times as in the draws, it would widen the interval by 1.7; twice, by 1.4.
    assert np.mean(ratios) == pytest.approx(1, abs=0.15)


def test_cells_that_share_clusters_are_drawn_together() -> None:
    # Each prompt has one row in each cell, with the same score: the cells can never part.
    prompts = np.tile(np.arange(40), 2)
    cells = np.repeat([0, 1], 40)
    scores = np.tile(RNG.random((1, 3, 40)), (1, 1, 2))

    def gap(sums: Floats, counts: Floats) -> Floats:
        means = (sums / counts)[..., 0, :, :]
        return means[..., :1] - means[..., 1:]

    def largest(clusters: np.ndarray) -> float:
        rng = np.random.default_rng(3)
        found = multi_bootstrap(scores, cells=cells, clusters=clusters, measure=gap, n_resamples=100, rng=rng)
        return float(np.abs(found.draws).max())

    assert largest(prompts) < 1e-12
    assert largest(np.arange(80)) > 0.01


def test_clusters_are_drawn_within_their_cell_so_that_its_size_stays() -> None:
    counts_seen = set()

    def count(sums: Floats, counts: Floats) -> Floats:
        counts_seen.update(counts[..., 0].ravel().tolist())
        return sums[..., 0, :, :1]

    multi_bootstrap(
        RNG.random((1, 3, 30)),
        cells=np.repeat([0, 1], [6, 24]),
        clusters=np.repeat(np.arange(15), 2),
        measure=count,
        n_resamples=200,
        rng=np.random.default_rng(1),
    )
    assert counts_seen == {6.0}


def test_sensitivity_and_criterion_are_resampled_from_counts_of_both_kinds_of_row() -> None:
    is_target = np.repeat([True, False], 500)
    said = RNG.random((3, 6, 1000)) < np.where(is_target, 0.8, 0.3)
    said[1:] &= RNG.random((2, 6, 1000)) < 0.9  # the arms of a replicate: two samples
    found = multi_bootstrap(
        said,
        cells=np.where(is_target, "b", "a"),
        clusters=np.arange(1000),
        measure=sensitivity_differences(1, targets=[1], others=[0]),
        n_resamples=1000,
        rng=RNG,
    )
    for replicate, seen in enumerate(found.observed):
        each = [detection(model[replicate], is_target) for model in said]
        values = np.array([[one.d_prime, one.criterion] for one in each], dtype=float)
        assert seen == pytest.approx(values[1:].mean(axis=0) - values[0])
    # z(.72) - z(.27) instead of z(.8) - z(.3), and half of their sums with the other sign
    for column, truth in enumerate((-0.170, 0.174)):
        interval = found.estimate(column, level=0.95)
        assert interval.low is not None
        assert interval.high is not None
        assert interval.low < truth < interval.high
        assert interval.high - interval.low < 0.3


def test_an_interval_on_the_floor_stays_within_what_accuracy_can_be() -> None:
    scores = np.zeros((2, 10, 400))
    scores[1] = RNG.random((10, 400)) < 0.004
    found = resample(scores, np.arange(400) // 20).estimate(0, level=0.99)
    assert found.low is not None
    assert found.low >= 0


def test_two_equal_arms_have_no_interval_but_a_reason() -> None:
    scores = np.repeat(RNG.random((1, 5, 60)), 2, axis=0)
    found = resample(scores, np.arange(60)).estimate(0, level=0.95)
    assert found.mean == pytest.approx(0, abs=1e-15)
    assert (found.low, found.high) == (None, None)
    assert "the seeds had no effect" in found.reason


def test_cells_that_share_clusters_with_a_third_are_one_stratum() -> None:
    # Cells 0 and 2 share nothing with one another, and a cluster each with cell 3; cell 1 is alone.
    scores = RNG.random((2, 5, 40))
    cells = np.repeat([0, 1, 2, 3], 10)
    clusters = np.arange(40)
    clusters[[30, 31]] = [0, 20]

    def drawn(cells: NDArray[np.int64]) -> Bootstrapped:
        return multi_bootstrap(
            scores,
            cells=cells,
            clusters=clusters,
            measure=mean_differences(1, 0, pools=[list(range(len(set(cells.tolist()))))]),
            n_resamples=100,
            rng=np.random.default_rng(1),
        )

    assert drawn(cells).n_clusters == 10
    # Whatever the cells of a stratum are, all its clusters are drawn together.
    linked = drawn(np.where(cells == 1, 1, 0))
    assert np.allclose(drawn(cells).draws, linked.draws)


def test_two_replicates_have_no_interval() -> None:
    found = resample(RNG.random((2, 2, 60)), np.arange(60)).estimate(0, level=0.95)
    assert (found.low, found.reason) == (None, "2 of at least 3 replicates")


def test_a_single_cluster_has_no_interval() -> None:
    found = resample(RNG.random((2, 5, 60)), np.zeros(60, int)).estimate(0, level=0.95)
    assert found.low is None
    assert "a single cluster" in found.reason


def test_a_cell_that_resamples_leave_empty_has_no_interval() -> None:
    # Cell 1 has rows of one cluster only, which it shares with cell 0.
    clusters = np.r_[np.arange(20), 0]
    found = multi_bootstrap(
        RNG.random((2, 5, 21)),
        cells=np.repeat([0, 1], [20, 1]),
        clusters=clusters,
        measure=mean_differences(1, 0, pools=[[1]]),
        n_resamples=200,
        rng=np.random.default_rng(1),
    ).estimate(0, level=0.95)
    assert found.low is None
    assert "some resamples have no row of a cell" in found.reason


@pytest.mark.parametrize(
    ("shape", "n_clusters", "match"),
    [
        ((5, 60), 60, "scores of shape"),
        ((2, 5, 60), 59, "scores of shape"),
        ((2, 0, 60), 60, "nothing to resample"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(shape: tuple[int, ...], n_clusters: int, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        resample(np.zeros(shape), np.arange(n_clusters))


def test_a_missing_score_and_too_few_resamples_are_refused() -> None:
    scores = RNG.random((2, 5, 60))
    with pytest.raises(ValueError, match="at least 100 resamples"):
        resample(scores, np.arange(60), n_resamples=99)
    scores[0, 0, 0] = np.nan
    with pytest.raises(ValueError, match="scores must be finite"):
        resample(scores, np.arange(60))
