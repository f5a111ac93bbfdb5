"""The paired t interval, against scipy."""

import numpy as np
import pytest
from scipy import stats

from scotoma.statistics.intervals import t_interval

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("n", [2, 3, 5, 10, 40])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_interval_agrees_with_scipy(n: int, level: float) -> None:
    values = RNG.normal(-0.06, 0.03, n)
    found = t_interval(values.tolist(), level=level)
    expected = stats.ttest_1samp(values, 0).confidence_interval(level)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), rel=1e-12)
    assert (found.mean, found.sd) == pytest.approx((values.mean(), values.std(ddof=1)))
    assert (found.n, found.level, found.reason) == (n, level, "")


def test_interval_does_not_depend_on_the_order_of_replicates() -> None:
    values = RNG.normal(size=9)
    assert t_interval(values[::-1].tolist(), level=0.95) == t_interval(values.tolist(), level=0.95)


def test_no_replicates_have_no_mean() -> None:
    found = t_interval([], level=0.95)
    assert (found.mean, found.sd, found.low, found.high, found.n) == (None, None, None, None, 0)
    assert found.reason == "no replicate has both sides"


def test_one_replicate_has_a_mean_but_no_interval() -> None:
    found = t_interval([0.1], level=0.95)
    assert (found.mean, found.sd, found.low, found.n) == (0.1, None, None, 1)
    assert "needs 2" in found.reason


def test_equal_differences_are_not_taken_for_certainty() -> None:
    found = t_interval([0.3 - 0.2, 0.1, 0.4 - 0.3], level=0.95)
    assert (found.mean, found.sd, found.low, found.high) == (pytest.approx(0.1), 0.0, None, None)
    assert "the same" in found.reason


@pytest.mark.slow
def test_interval_covers_the_true_mean_as_often_as_it_says() -> None:
    n_runs = 20_000
    hits = 0
    for row in RNG.normal(0.02, 0.1, (n_runs, 5)):
        found = t_interval(row.tolist(), level=0.95)
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 0.02 <= found.high
    assert hits / n_runs == pytest.approx(0.95, abs=4 * (0.95 * 0.05 / n_runs) ** 0.5)
