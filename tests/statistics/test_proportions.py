"""Intervals of a share and the exact paired test, against scipy and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import optimize, stats

from scotoma.basics.randomness import stream
from scotoma.statistics.proportions import (
    McNemarTest,
    Share,
    changed_share,
    clopper_pearson,
    mcnemar,
    wilson,
)

COUNTS = [(0, 1), (1, 1), (0, 50), (50, 50), (3, 40), (500, 1000), (29_999, 30_000)]


def pairs(lost: int, gained: int, same: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Right and wrong before and after with these flips."""
    before = np.r_[np.ones(lost, bool), np.zeros(gained, bool), np.ones(same, bool)]
    after = np.r_[np.zeros(lost, bool), np.ones(gained, bool), np.ones(same, bool)]
    return before, after


@pytest.mark.parametrize(("count", "n"), COUNTS)
@pytest.mark.parametrize("level", [0.9, 0.95])
@pytest.mark.parametrize(("method", "name"), [(wilson, "wilson"), (clopper_pearson, "exact")])
def test_intervals_agree_with_scipy(method, name: str, count: int, n: int, level: float) -> None:  # type: ignore[no-untyped-def]
    found = method(count, n, level=level)
    expected = stats.binomtest(count, n).proportion_ci(level, method=name)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert (found.value, found.n, found.level) == (count / n, n, level)


@pytest.mark.parametrize(("count", "n"), COUNTS)
def test_intervals_agree_with_statsmodels(count: int, n: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    for method, name in ((wilson, "wilson"), (clopper_pearson, "beta")):
        found = method(count, n, level=0.95)
        expected = proportion.proportion_confint(count, n, alpha=0.05, method=name)
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_ends_are_exactly_0_and_1_where_every_row_is_alike(method) -> None:  # type: ignore[no-untyped-def]
    assert method(0, 17, level=0.95).low == 0
    assert method(17, 17, level=0.95).high == 1


@pytest.mark.parametrize("method", [wilson, clopper_pearson])
def test_no_rows_have_no_share(method) -> None:  # type: ignore[no-untyped-def]
    assert method(0, 0, level=0.95) == Share(None, None, None, 0, 0.95, "no rows")


@pytest.mark.parametrize("share", [0.02, 0.1, 0.5, 0.97])
def test_coverage_over_all_samples_is_what_is_promised(share: float) -> None:
    n = 60
    chance = stats.binom.pmf(np.arange(n + 1), n, share)
    for method, least, most in ((wilson, 0.92, 0.98), (clopper_pearson, 0.95, 1.0)):
        covered = 0.0
        for count in range(n + 1):
            found = method(count, n, level=0.95)
            assert found.low is not None
            assert found.high is not None
            covered += float(chance[count]) * (found.low <= share <= found.high)
        assert least <= covered <= most


@pytest.mark.parametrize(("count", "n", "level", "match"), [(5, 4, 0.95, "count"), (1, 4, 95.0, "level")])
def test_impossible_counts_and_levels_are_refused(count: int, n: int, level: float, match: str) -> None:
    for method in (wilson, clopper_pearson):
        with pytest.raises(ValueError, match=match):
            method(count, n, level=level)


@given(some.integers(0, 60), some.integers(0, 60), some.integers(0, 5))
def test_mcnemar_is_the_two_sided_sign_test_of_the_flips(lost: int, gained: int, same: int) -> None:
    found = mcnemar(*pairs(lost, gained, same))
    assert (found.lost, found.gained, found.n) == (lost, gained, lost + gained + same)
    if lost + gained:
        assert found.p == pytest.approx(stats.binomtest(lost, lost + gained).pvalue, rel=1e-12)


def test_mcnemar_agrees_with_statsmodels() -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    for lost, gained in ((3, 11), (25, 4), (7, 7), (1, 0), (130, 90)):
        expected = tables.mcnemar([[50, lost], [gained, 9]], exact=True).pvalue
        assert mcnemar(*pairs(lost, gained, 5)).p == pytest.approx(expected, rel=1e-10)


def test_without_a_flip_p_is_1_and_the_reason_is_said() -> None:
    reason = "no answer flipped between right and wrong"
    assert mcnemar(*pairs(0, 0, 9)) == McNemarTest(9, 0, 0, 1.0, reason)


def test_no_rows_have_no_p() -> None:
    assert mcnemar(*pairs(0, 0)) == McNemarTest(0, 0, 0, None, "no rows")


def test_mcnemar_is_that_of_a_published_worked_example() -> None:
    # Airway hyper-responsiveness before and after a transplant: 1 and 7 of 21 children changed.
    assert mcnemar(*pairs(1, 7, 13)).p == pytest.approx(0.0703, abs=5e-5)


def test_mcnemar_of_rows_that_do_not_pair_is_refused() -> None:
    with pytest.raises(ValueError, match="paired answers are needed"):
        mcnemar(np.zeros(3, dtype=bool), np.zeros(4, dtype=bool))


def likelihood_score(change: float, lost: int, gained: int, n: int) -> float:
    """The score statistic, with the likeliest nuisance share found by search."""
    same = n - lost - gained

    def surprise(p: float) -> float:
        parts = ((gained, p + change), (lost, p), (same, 1 - 2 * p - change))
        return -sum(count * np.log(max(chance, 1e-300)) for count, chance in parts if count)

    bounds = (max(0.0, -change), (1 - change) / 2)
    p = optimize.minimize_scalar(surprise, bounds=bounds, method="bounded", options={"xatol": 1e-12}).x
    return float((gained - lost - n * change) / np.sqrt(n * (2 * p + change * (1 - change))))


@pytest.mark.parametrize(("lost", "gained", "n"), [(72, 55, 300), (3, 0, 40), (0, 7, 90), (20, 20, 100)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_a_change_s_interval_ends_where_its_score_is_the_quantile(
    lost: int, gained: int, n: int, level: float
) -> None:
    found = changed_share(lost, gained, n, level=level)
    z = stats.norm.ppf((1 + level) / 2)
    assert found.low is not None
    assert found.high is not None
    assert likelihood_score(found.low, lost, gained, n) == pytest.approx(z, rel=1e-4)
    assert likelihood_score(found.high, lost, gained, n) == pytest.approx(-z, rel=1e-4)


@given(some.integers(0, 30), some.integers(0, 30), some.integers(0, 60))
def test_a_change_s_interval_holds_zero_where_mcnemar_s_test_does_not_reject(
    lost: int, gained: int, same: int
) -> None:
    n = lost + gained + same
    found, mirrored = (changed_share(*pair, n, level=0.9) for pair in ((lost, gained), (gained, lost)))
    if n == 0:
        assert found.reason == "no rows"
        return
    assert found.low is not None
    assert found.high is not None
    assert -1 <= found.low <= (gained - lost) / n <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((-found.high, -found.low), abs=1e-9)
    z = abs(gained - lost) / np.sqrt(gained + lost) if lost + gained else 0.0
    if abs(z - stats.norm.ppf(0.95)) > 1e-6:
        assert (found.low <= 0 <= found.high) == (z < stats.norm.ppf(0.95))


def test_a_change_s_interval_covers_as_often_as_it_says() -> None:
    draw, chances = stream(0, "coverage"), (0.12, 0.05, 0.83)
    lost, gained, _ = draw.multinomial(200, chances, size=2000).T
    held = [
        found.low <= -0.07 <= found.high
        for found in (
            changed_share(int(x), int(y), 200, level=0.9) for x, y in zip(lost, gained, strict=True)
        )
        if found.low is not None and found.high is not None
    ]
    assert len(held) == 2000
    assert abs(np.mean(held) - 0.9) < 0.02
