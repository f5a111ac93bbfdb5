"""Two one-sided tests: p values against scipy and statsmodels, words against the verdict."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as some
from scipy import optimize, stats

from scotoma.statistics.equivalence import DeclaredClaim, Equivalence, judge_together, tost
from scotoma.statistics.verdict import Scale, judge

RNG = np.random.default_rng(53)

#: Within a margin of .025 at alpha .05, not at .025.
NARROW = [-0.030, -0.010, 0.0, 0.010, 0.030]

DIFFERENCES = some.lists(some.floats(-0.2, 0.2).map(lambda value: round(value, 4)), min_size=3, max_size=9)


def alike(found: float | None, expected: float) -> bool:
    """The same where there is something to decide; elsewhere both above one half."""
    assert found is not None
    return found > 0.5 if expected > 0.5 else found == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize("n", [3, 5, 30])
@pytest.mark.parametrize("margin", [0.01, 0.05])
def test_p_values_are_those_of_scipy_unless_a_tail_points_to_the_margin(n: int, margin: float) -> None:
    values = RNG.normal(-0.02, 0.03, n)
    found = tost(values.tolist(), margin=margin, alpha=0.05)

    def p(against: float, side: str) -> float:
        student = float(stats.ttest_1samp(values, against, alternative=side).pvalue)
        sign = 1 if side == "less" else -1
        tail = sign * float(stats.skew(values, bias=False)) / (6 * n)
        gap = sign * float((against - values.mean()) / values.std(ddof=1))
        if tail <= 0:
            return student

        def short(t: float) -> float:
            return gap - t / n**0.5 - tail * (1 + 2 * t**2)

        # Left of the vertex there is no bound, and the p value is above one half.
        vertex = -1 / (4 * tail * n**0.5)
        if short(vertex) < 0:
            return student
        return max(student, float(stats.t.sf(optimize.brentq(short, vertex, 1e4), n - 1)))

    assert alike(found.p_not_worse, p(-margin, "greater"))
    assert alike(found.p_not_better, p(margin, "less"))
    assert alike(found.p_worse, p(-margin, "less"))
    assert alike(found.p_better, p(margin, "greater"))


def test_p_values_of_symmetric_differences_agree_with_statsmodels() -> None:
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    apart = RNG.normal(0, 0.03, 4)
    values = 0.01 + np.concatenate([apart, -apart])
    larger, lower, upper = weightstats.DescrStatsW(values).ttost_mean(-0.05, 0.05)
    found = tost(values.tolist(), margin=0.05, alpha=0.05)
    assert (found.p_equivalent, found.p_not_worse, found.p_not_better) == pytest.approx(
        (larger, lower[1], upper[1]), rel=1e-7
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
    # On the very edge the interval and the p value may round to different sides.
    assume(all(abs(p - alpha) > 1e-9 for p in found.by_word.values()))
    sure = [word for word, p in found.by_word.items() if p < alpha]
    assert sure == ([] if found.verdict.word == "INCONCLUSIVE" else [found.verdict.word])
    assert (found.p < alpha) == bool(sure)


@given(DIFFERENCES)
def test_turning_the_sign_turns_worse_into_better(differences: list[float]) -> None:
    one = tost(differences, margin=0.05, alpha=0.05)
    other = tost([-value for value in differences], margin=0.05, alpha=0.05)
    found = (one.p_worse, one.p_not_worse, one.p_equivalent)
    turned = (other.p_better, other.p_not_better, other.p_equivalent)
    if None in turned:
        assert found == turned
    else:
        # But for the last digit: on some processors sums round otherwise when all signs are turned.
        assert found == pytest.approx(turned, rel=1e-12)


def test_small_p_values_keep_their_digits() -> None:
    values = RNG.normal(0, 0.001, 40)
    found = tost(values.tolist(), margin=0.5, alpha=0.05)
    assert found.p_equivalent is not None
    assert 0 < found.p_equivalent < 1e-40


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
    for differences in ([-0.09, -0.10, -0.11], NARROW, [-0.2, 0.0, 0.1], [0.1, 0.2], [0.0] * 4):
        (together,) = judge_together([DeclaredClaim(differences, 0.05, 0.05)])
        assert together.word == together.alone.word == judge(differences, margin=0.05, alpha=0.05).word
        assert together.p == together.p_adjusted


def test_a_word_just_below_alpha_is_undone_by_a_second_claim() -> None:
    alone, _ = judge_together(
        [DeclaredClaim(NARROW, 0.025, 0.05), DeclaredClaim([-0.2, 0.0, 0.1], 0.06, 0.05)]
    )
    assert alone.alone.word == "EQUIVALENT"
    assert alone.word == "INCONCLUSIVE"
    assert alone.undone_by_number
    assert alone.p is not None
    assert alone.p_adjusted == pytest.approx(2 * alone.p)


def test_a_claim_that_cannot_be_judged_still_counts_among_the_declared() -> None:
    judged, none = judge_together([DeclaredClaim(NARROW, 0.025, 0.05), DeclaredClaim([0.1], 0.06, 0.05)])
    assert judged.undone_by_number
    assert none.word is None
    assert none.p_adjusted is None
    assert not none.undone_by_number


def test_claims_without_any_result_yet_count_among_the_declared() -> None:
    narrow = DeclaredClaim(NARROW, 0.025, 0.05)
    (alone,), (one_of_six,) = judge_together([narrow]), judge_together([narrow], n_declared=6)
    assert alone.word == "EQUIVALENT"
    assert one_of_six.undone_by_number
    assert one_of_six.p is not None
    assert one_of_six.p_adjusted == pytest.approx(6 * one_of_six.p)


def test_the_bounds_that_are_told_hold_for_all_claims_at_once() -> None:
    differences = [-0.19, -0.22, -0.18, -0.21, -0.20]
    (alone,), several = (
        judge_together([DeclaredClaim(differences, 0.05, 0.05)]),
        judge_together([DeclaredClaim(differences, 0.05, 0.05)], n_declared=6),
    )
    assert alone.bounds == alone.alone.interval
    (one,) = several
    assert one.bounds is not None
    assert one.bounds.level == pytest.approx(1 - 2 * 0.05 / 6)
    assert one.bounds.high == pytest.approx(judge(differences, margin=0.05, alpha=0.05 / 6).interval.high)


def test_a_word_reached_at_a_look_stands_and_nothing_is_said_before_the_first() -> None:
    looks = (3, 5, 8)
    moves = [-0.30, -0.31, -0.29, 0.1, 0.2, -0.3, 0.3, 0.1]
    for n, word in ((2, None), (3, "WORSE"), (4, "WORSE"), (8, "WORSE")):
        (judged,) = judge_together([DeclaredClaim(moves[:n], 0.05, 0.05)], looks=looks)
        assert judged.word == word
    assert judged.look == 3
    (too_few,) = judge_together([DeclaredClaim(moves[:2], 0.05, 0.05)], looks=looks)
    assert "first look is at 3 replicates, and there are 2" in too_few.alone.reason


def test_what_one_look_would_decide_several_may_not() -> None:
    fall = [-0.09, -0.12, -0.10, -0.16, -0.13]
    assert judge_together([DeclaredClaim(fall, 0.088, 0.05)])[0].word == "WORSE"
    (early,) = judge_together([DeclaredClaim(fall, 0.088, 0.05)], looks=(5, 10, 20, 40))
    assert early.word == "INCONCLUSIVE"
    assert early.p is not None
    assert early.alone.interval.level > 0.9


@pytest.mark.slow
@pytest.mark.parametrize(("truth", "wrong"), [(-0.05, "WORSE"), (0.05, "EQUIVALENT"), (0.05, "BETTER")])
def test_over_all_looks_each_word_is_wrong_at_a_rate_of_at_most_alpha(truth: float, wrong: str) -> None:
    rng, n_runs = np.random.default_rng(9), 4_000
    rows = rng.normal(truth, 0.05, (n_runs, 13)).tolist()
    words = [judge_together([DeclaredClaim(row, 0.05, 0.05)], looks=(4, 6, 9, 13))[0].word for row in rows]
    assert words.count(wrong) / n_runs < 0.05 + 4 * (0.05 * 0.95 / n_runs) ** 0.5


@pytest.mark.slow
def test_with_five_true_nulls_some_claim_is_called_equivalent_at_most_at_alpha() -> None:
    rng, n_runs, false = np.random.default_rng(5), 4_000, 0
    for _ in range(n_runs):
        claims = [DeclaredClaim(rng.normal(0.05, 0.01, 5).tolist(), 0.05, 0.05) for _ in range(5)]
        false += any(judged.word == "EQUIVALENT" for judged in judge_together(claims))
    assert false / n_runs < 0.05 + 4 * (0.05 * 0.95 / n_runs) ** 0.5


def test_a_word_reached_at_a_look_stands_though_the_reference_comes_near_an_end_later() -> None:
    looks, still = (8, 12), [0.001, -0.001, 0.0, 0.002, -0.002, 0.001] * 2

    def scale(n: int) -> Scale:
        return Scale(reference=0.5 if n <= 8 else 0.01)

    (early,) = judge_together([DeclaredClaim(still[:8], 0.05, 0.05, scale)], looks=looks)
    (late,) = judge_together([DeclaredClaim(still, 0.05, 0.05, scale)], looks=looks)
    assert (early.word, early.look) == (late.word, late.look) == ("EQUIVALENT", 8)


def test_no_claim_is_inconclusive_beside_a_p_value_that_decides() -> None:
    """At the second look one was nearly EQUIVALENT, and Holm left it open; at the third it is not near."""
    looks = (5, 7, 9)
    still = [0.0118, -0.0279, 0.0205, -0.0031, 0.0575, -0.0224, 0.0592, 0.0873, 0.0]
    fell = [-0.0373, -0.0730, -0.1664, -0.1401, -0.0773, -0.1052, -0.0824, -0.1000, -0.0588]
    first, second = judge_together([DeclaredClaim(one, 0.05, 0.05) for one in (still, fell)], looks=looks)
    assert (first.word, second.word) == ("INCONCLUSIVE", "WORSE")
    assert first.p_adjusted is not None
    assert first.p_adjusted > 0.05
    assert second.p_adjusted is not None
    assert second.p_adjusted < 0.05
