"""One word on one claim."""

import numpy as np
import pytest

from scotoma.statistics.verdict import Scale, fewest_for_equivalent, judge

RNG = np.random.default_rng(11)


@pytest.mark.parametrize(
    ("differences", "word"),
    [
        ([-0.09, -0.10, -0.11], "WORSE"),
        ([0.09, 0.10, 0.11], "BETTER"),
        ([-0.01, 0.0, 0.01, 0.02, -0.02], "EQUIVALENT"),
        ([-0.01, 0.0, 0.01, 0.02], "INCONCLUSIVE"),
        ([-0.2, 0.0, 0.1], "INCONCLUSIVE"),
    ],
)
def test_each_word_is_given_where_it_is_due(differences: list[float], word: str) -> None:
    assert judge(differences, margin=0.05, alpha=0.05).word == word


def test_a_sure_fall_smaller_than_the_margin_is_equivalent_not_worse() -> None:
    assert judge([-0.019, -0.020, -0.021, -0.018, -0.022], margin=0.05, alpha=0.05).word == "EQUIVALENT"


def test_a_sure_fall_of_unsettled_size_is_inconclusive() -> None:
    found = judge([-0.05, -0.06, -0.07], margin=0.05, alpha=0.05)
    assert found.word == "INCONCLUSIVE"
    assert found.interval.high is not None
    assert found.interval.high < 0


def test_worse_and_better_are_mirror_images() -> None:
    differences = [0.08, 0.11, 0.13, 0.1]
    assert judge(differences, margin=0.05, alpha=0.05).word == "BETTER"
    assert judge([-value for value in differences], margin=0.05, alpha=0.05).word == "WORSE"


def test_the_interval_has_level_one_minus_two_alpha() -> None:
    assert judge([0.1, 0.2, 0.3], margin=0.05, alpha=0.05).interval.level == pytest.approx(0.9)


def test_below_three_replicates_there_is_no_verdict() -> None:
    found = judge([-0.5, -0.51], margin=0.05, alpha=0.05)
    assert found.word is None
    assert found.reason == "2 of at least 3 replicates"


def test_equal_differences_give_no_verdict() -> None:
    found = judge([0.0, 0.0, 0.0], margin=0.05, alpha=0.05)
    assert found.word is None
    assert "saturated" in found.reason


@pytest.mark.parametrize(("mean", "word"), [(-1.0, "WORSE"), (1.0, "BETTER")])
def test_a_change_from_all_right_to_all_wrong_in_every_replicate_has_a_word(mean: float, word: str) -> None:
    found = judge([mean] * 3, margin=0.05, alpha=0.05, scale=Scale(reference=0.5, resolution=1 / 40))
    assert found.word == word
    assert found.interval.low is not None
    assert found.interval.low < mean


@pytest.mark.parametrize(("reference", "end"), [(0.01, "bottom"), (0.99, "top")])
def test_at_an_end_of_the_scale_equivalent_is_withheld(reference: float, end: str) -> None:
    still = [0.0, 0.001, -0.001, 0.002, -0.002]
    found = judge(still, margin=0.05, alpha=0.05, scale=Scale(reference=reference))
    assert found.word == "INCONCLUSIVE"
    assert end in found.withheld
    assert judge(still, margin=0.05, alpha=0.05, scale=Scale(reference=0.5)).word == "EQUIVALENT"


def test_with_four_replicates_equivalent_is_withheld_because_half_the_seeds_could_move() -> None:
    found = judge([0.0, 0.001, -0.001, 0.002], margin=0.05, alpha=0.05)
    assert found.word == "INCONCLUSIVE"
    assert "at least 5 replicates: with 4, up to 53 %" in found.withheld
    assert [fewest_for_equivalent(alpha) for alpha in (0.05, 0.1, 0.01)] == [5, 4, 7]


def test_replicates_that_move_by_more_than_the_margin_are_counted_with_an_exact_bound() -> None:
    found = judge([-0.2, -0.1, 0.0, 0.1, 0.01], margin=0.05, alpha=0.05)
    assert (found.fell.value, found.rose.value) == (0.4, 0.2)
    none = judge([0.0, 0.01, 0.02, 0.0, 0.01], margin=0.05, alpha=0.05)
    assert none.fell.high == pytest.approx(1 - 0.05 ** (1 / 5))


def test_replicates_that_move_by_just_the_margin_are_not_counted_as_beyond_it_however_it_is_rounded() -> None:
    falls = [now / 100 - before / 100 for before, now in ((90, 85), (92, 87), (85, 80), (60, 55), (63, 58))]
    assert min(falls) < -0.05 < max(falls)
    assert judge(falls, margin=0.05, alpha=0.05).fell.value == 0
    assert judge([-fall for fall in falls], margin=0.05, alpha=0.05).rose.value == 0


@pytest.mark.parametrize("reference", [0.3 - 1e-16, 0.1 + 0.2, 1 - (0.1 + 0.2), 0.7 + 1e-16])
def test_a_reference_just_the_margin_from_an_end_of_the_scale_can_move_by_it(reference: float) -> None:
    still = [0.0, 0.001, -0.001, 0.002, -0.002]
    assert judge(still, margin=0.3, alpha=0.05, scale=Scale(reference)).word == "EQUIVALENT"


@pytest.mark.parametrize(("margin", "alpha"), [(0.0, 0.05), (0.05, 0.0), (0.05, 0.5)])
def test_a_margin_or_alpha_that_means_nothing_is_refused(margin: float, alpha: float) -> None:
    with pytest.raises(ValueError, match="margin must be above 0"):
        judge([0.1, 0.2, 0.3], margin=margin, alpha=alpha)


@pytest.mark.slow
@pytest.mark.parametrize(("truth", "wrong"), [(-0.05, "WORSE"), (0.05, "EQUIVALENT"), (0.05, "BETTER")])
def test_each_word_is_wrong_at_a_rate_of_at_most_alpha_at_the_edge_of_the_margin(
    truth: float, wrong: str
) -> None:
    n_runs = 20_000
    rows = RNG.normal(truth, 0.02, (n_runs, 5))
    rate = sum(judge(row.tolist(), margin=0.05, alpha=0.05).word == wrong for row in rows) / n_runs
    assert rate < 0.05 + 4 * (0.05 * 0.95 / n_runs) ** 0.5
