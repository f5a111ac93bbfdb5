"""Two one-sided tests: p values against scipy and statsmodels, words against the verdict."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from scipy import stats

from scotoma.statistics.equivalence import Equivalence, tost
from scotoma.statistics.verdict import judge

RNG = np.random.default_rng(53)

DIFFERENCES = some.lists(some.floats(-0.2, 0.2).map(lambda value: round(value, 4)), min_size=3, max_size=9)


@pytest.mark.parametrize("n", [3, 5, 30])
@pytest.mark.parametrize("margin", [0.01, 0.05])
def test_p_values_agree_with_scipy(n: int, margin: float) -> None:
    values = RNG.normal(-0.02, 0.03, n)
    found = tost(values.tolist(), margin=margin, alpha=0.05)

    def p(against: float, side: str) -> float:
        return float(stats.ttest_1samp(values, against, alternative=side).pvalue)

    assert found.p_not_worse == pytest.approx(p(-margin, "greater"), rel=1e-9)
    assert found.p_not_better == pytest.approx(p(margin, "less"), rel=1e-9)
    assert found.p_worse == pytest.approx(p(-margin, "less"), rel=1e-9)
    assert found.p_better == pytest.approx(p(margin, "greater"), rel=1e-9)


def test_p_values_agree_with_statsmodels() -> None:
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    values = RNG.normal(0.01, 0.03, 8)
    larger, lower, upper = weightstats.DescrStatsW(values).ttost_mean(-0.05, 0.05)
    found = tost(values.tolist(), margin=0.05, alpha=0.05)
    assert (found.p_equivalent, found.p_not_worse, found.p_not_better) == pytest.approx(
        (larger, lower[1], upper[1]), rel=1e-9
    )


@given(DIFFERENCES, some.sampled_from([0.01, 0.05, 0.1]), some.sampled_from([0.01, 0.05, 0.2]))
def test_the_word_is_that_of_the_p_value_below_alpha(
    differences: list[float], margin: float, alpha: float
) -> None:
    found = tost(differences, margin=margin, alpha=alpha)
    assert found.verdict == judge(differences, margin=margin, alpha=alpha)
    if found.p is None:
        assert found.verdict.word is None
        return
    p_values = {"EQUIVALENT": found.p_equivalent, "WORSE": found.p_worse, "BETTER": found.p_better}
    # On the very edge the interval and the p value may round to different sides.
    assume(all(p is not None and abs(p - alpha) > 1e-9 for p in p_values.values()))
    sure = [word for word, p in p_values.items() if p is not None and p < alpha]
    assert sure == ([] if found.verdict.word == "INCONCLUSIVE" else [found.verdict.word])
    assert (found.p < alpha) == bool(sure)


@given(DIFFERENCES)
def test_turning_the_sign_turns_worse_into_better(differences: list[float]) -> None:
    one = tost(differences, margin=0.05, alpha=0.05)
    other = tost([-value for value in differences], margin=0.05, alpha=0.05)
    assert (one.p_worse, one.p_not_worse) == (other.p_better, other.p_not_better)
    assert one.p_equivalent == other.p_equivalent


def test_small_p_values_keep_their_digits() -> None:
    values = RNG.normal(0, 0.001, 40)
    found = tost(values.tolist(), margin=0.5, alpha=0.05)
    assert found.p_equivalent is not None
    assert 0 < found.p_equivalent < 1e-60


@pytest.mark.parametrize("differences", [[], [0.1], [0.1, 0.2], [0.0, 0.0, 0.0]])
def test_without_a_verdict_there_is_no_p_value_but_the_verdicts_reason(differences: list[float]) -> None:
    verdict = judge(differences, margin=0.05, alpha=0.05)
    found = tost(differences, margin=0.05, alpha=0.05)
    assert found == Equivalence(verdict, None, None, None, None, None, verdict.reason)
    assert found.p is None
    assert found.reason


def test_a_margin_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="margin must be above 0"):
        tost([0.1, 0.2, 0.3], margin=0, alpha=0.05)
