"""Two one-sided tests: p values against scipy and statsmodels, words against the verdict."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from scipy import stats

from scotoma.statistics.equivalence import Declared, Equivalence, judge_together, tost
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


def test_one_claim_judged_together_is_the_claim_judged_alone() -> None:
    for differences in ([-0.09, -0.10, -0.11], [-0.01, 0.0, 0.01], [-0.2, 0.0, 0.1], [0.1, 0.2], [0.0] * 4):
        (together,) = judge_together([Declared(differences, 0.05, 0.05)])
        assert together.word == together.alone.word == judge(differences, margin=0.05, alpha=0.05).word
        assert together.p == together.p_adjusted


def test_a_word_just_below_alpha_is_undone_by_a_second_claim() -> None:
    narrow, wide = [-0.020, 0.0, 0.030], [-0.2, 0.0, 0.1]
    alone, _ = judge_together([Declared(narrow, 0.06, 0.05), Declared(wide, 0.06, 0.05)])
    assert alone.alone.word == "EQUIVALENT"
    assert alone.word == "INCONCLUSIVE"
    assert alone.undone_by_number
    assert alone.p is not None
    assert alone.p_adjusted == pytest.approx(2 * alone.p)


def test_a_claim_that_cannot_be_judged_still_counts_among_the_declared() -> None:
    narrow = [-0.020, 0.0, 0.030]
    judged, none = judge_together([Declared(narrow, 0.06, 0.05), Declared([0.1], 0.06, 0.05)])
    assert judged.undone_by_number
    assert none.word is None
    assert none.p_adjusted is None
    assert not none.undone_by_number


def test_claims_without_any_result_yet_count_among_the_declared() -> None:
    narrow = Declared([-0.020, 0.0, 0.030], 0.06, 0.05)
    (alone,), (one_of_six,) = judge_together([narrow]), judge_together([narrow], n_declared=6)
    assert alone.word == "EQUIVALENT"
    assert one_of_six.undone_by_number
    assert one_of_six.p is not None
    assert one_of_six.p_adjusted == pytest.approx(6 * one_of_six.p)


@pytest.mark.slow
def test_with_five_true_nulls_some_claim_is_called_equivalent_at_most_at_alpha() -> None:
    rng, n_runs, false = np.random.default_rng(5), 4_000, 0
    for _ in range(n_runs):
        claims = [Declared(rng.normal(0.05, 0.01, 5).tolist(), 0.05, 0.05) for _ in range(5)]
        false += any(judged.word == "EQUIVALENT" for judged in judge_together(claims))
    assert false / n_runs < 0.05 + 4 * (0.05 * 0.95 / n_runs) ** 0.5
