"""Measures of one model, against closed forms and a count over all pairs."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from scotoma.statistics.measures import (
    FLOOR,
    MeasuredValue,
    accuracy,
    at_floor,
    auc,
    calibration_error,
    is_target_by_sum,
    log_odds,
    macro_f1,
    mean_log_odds,
    worst_group_accuracy,
)

RNG = np.random.default_rng(20250207)


def mean_of(rows: np.ndarray, target: int) -> MeasuredValue:
    """The mean log odds of rows of probabilities."""
    return mean_log_odds(log_odds(rows, target), at_floor(rows, target))


def test_accuracy_is_the_share_of_right_rows() -> None:
    assert accuracy(np.array([True, True, False, True])) == MeasuredValue(0.75, 4)


def test_a_measure_of_no_rows_is_none_with_a_reason() -> None:
    nothing = np.zeros(0, dtype=bool)
    assert accuracy(nothing) == MeasuredValue(None, 0, "no rows")
    assert mean_of(np.zeros((0, 3)), 0) == MeasuredValue(None, 0, "no rows")
    assert auc(np.zeros(0), nothing) == MeasuredValue(None, 0, "no rows")


def test_margin_is_the_log_odds_of_the_target() -> None:
    found = log_odds(np.array([[0.5, 0.3, 0.2], [0.8, 0.1, 0.1]]), 0)
    assert found == pytest.approx([0.0, math.log(4)])


def test_margin_keeps_its_precision_where_the_target_has_nearly_all_mass() -> None:
    # 1 - p would be 1.1e-16 or 0 here, an error of several nats.
    rows = np.array([[1 - 1e-9, 5e-10, 5e-10], [1.0, 2e-11, 3e-11]])
    assert log_odds(rows, 0) == pytest.approx([math.log((1 - 1e-9) / 1e-9), -math.log(5e-11)], rel=1e-12)


def test_the_log_odds_of_an_impossible_label_stands_at_the_floor_and_is_counted() -> None:
    rows = np.array([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0]])
    assert log_odds(rows, 0) == pytest.approx([math.log(FLOOR), -math.log(FLOOR)])
    found = mean_of(rows, 0)
    assert found.value == 0
    assert found.reason == "2 of 2 rows at the floor of 1e-12"


def test_auc_is_the_share_of_pairs_in_the_right_order_with_ties_as_half() -> None:
    scores, positive = RNG.integers(0, 5, 60).astype(float), RNG.random(60) < 0.4
    pairs = [
        1.0 if up > down else 0.5 if up == down else 0.0
        for up, down in itertools.product(scores[positive], scores[~positive])
    ]
    assert auc(scores, positive).value == pytest.approx(sum(pairs) / len(pairs), abs=1e-15)


def test_auc_agrees_with_scipys_mann_whitney() -> None:
    scores, positive = np.round(RNG.normal(size=500), 1), RNG.random(500) < 0.5
    u = stats.mannwhitneyu(scores[positive], scores[~positive]).statistic
    assert auc(scores, positive).value == u / (positive.sum() * (~positive).sum())


def test_equal_decimals_are_ties_however_the_mass_is_spread_over_the_other_labels() -> None:
    # .2 + .1 is not .3 in floating point.
    rows = np.array([[0.7, 0.3, 0.0], [0.7, 0.2, 0.1], [0.7, 0.1, 0.2]])
    for order in itertools.permutations(range(3)):
        scores = log_odds(rows[list(order)], 0)
        assert auc(scores, np.array([True, False, False])).value == 0.5
    half = np.array([[0.5, 0.35, 0.1, 0.05]])
    assert 0.35 + 0.1 + 0.05 < 0.5
    assert is_target_by_sum(half, 0).tolist() == [False]


@pytest.mark.parametrize(("positive", "which"), [(True, "negative"), (False, "positive")])
def test_auc_of_one_class_is_none_with_the_reason(positive: bool, which: str) -> None:
    found = auc(np.arange(3.0), np.full(3, positive))
    assert found == MeasuredValue(None, 3, f"no {which} rows to compare with")


def test_auc_does_not_see_a_shift_of_every_score() -> None:
    scores, positive = RNG.normal(size=100), RNG.random(100) < 0.5
    assert auc(scores + 3, positive) == auc(scores, positive)


def test_measures_do_not_depend_on_the_order_of_rows_to_the_last_bit() -> None:
    rows, positive = RNG.dirichlet([1, 1, 1], 999), RNG.random(999) < 0.5
    order = RNG.permutation(999)
    assert mean_of(rows[order], 1) == mean_of(rows, 1)
    assert auc(log_odds(rows[order], 1), positive[order]) == auc(log_odds(rows, 1), positive)


def test_the_two_merging_rules_part_where_no_label_has_half_the_mass() -> None:
    rows = np.array([[0.4, 0.35, 0.25], [0.6, 0.2, 0.2], [0.2, 0.7, 0.1]])
    assert (rows.argmax(axis=1) == 0).tolist() == [True, True, False]
    assert is_target_by_sum(rows, 0).tolist() == [False, True, False]


def test_a_tie_of_the_sums_is_not_the_target() -> None:
    assert is_target_by_sum(np.array([[0.5, 0.25, 0.25]]), 0).tolist() == [False]


def test_the_worst_group_is_the_one_with_the_lowest_accuracy_and_is_named() -> None:
    correct = np.array([True, True, False, True, False, False, True])
    groups = np.array([0, 0, 0, 1, 3, 3, 3])
    found = worst_group_accuracy(correct, groups, ["fine", "finest", "empty", "bad"])
    assert found == MeasuredValue(1 / 3, 3, "the worst of 3 groups is bad, 3 rows")


def test_of_groups_that_are_equally_bad_the_first_by_name_is_named_whatever_the_order_of_rows() -> None:
    correct, groups = np.array([False, True, False, True]), np.array([0, 0, 1, 1])
    found = worst_group_accuracy(correct, groups, ["b", "a"])
    assert found == worst_group_accuracy(correct[::-1], groups[::-1], ["b", "a"])
    assert found == MeasuredValue(0.5, 2, "the worst of 2 groups is a, 2 rows")


def test_macro_f1_is_the_mean_of_each_labels_f1_by_hand() -> None:
    gold = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    said = np.array([0, 0, 0, 1, 1, 0, 1, 1])
    # TP, FP, FN: of a 3, 1, 1; of b 1, 3, 1; of c 0, 0, 2.
    by_hand = (2 * 3 / (2 * 3 + 1 + 1) + 2 * 1 / (2 * 1 + 3 + 1) + 0) / 3
    assert macro_f1(gold, said, "abc") == MeasuredValue(by_hand, 8)


def test_macro_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    gold, said = RNG.integers(0, 2, 500), RNG.integers(0, 2, 500)
    each = []
    for label in (0, 1):
        hits = int(((gold == label) & (said == label)).sum())
        precision, recall = hits / int((said == label).sum()), hits / int((gold == label).sum())
        each.append(2 * precision * recall / (precision + recall))
    assert macro_f1(gold, said, "ab").value == pytest.approx(sum(each) / 2)


def test_macro_f1_is_none_where_a_label_has_no_rows_whatever_was_said() -> None:
    gold = np.array([0, 0])
    for said in (np.array([0, 0]), np.array([0, 1])):
        assert macro_f1(gold, said, ["yes", "no"]) == MeasuredValue(None, 2, "no rows of label no")


def test_the_calibration_error_weighs_each_bins_gap_by_its_rows() -> None:
    # Bins of one fifteenth: .90 and .92 lie in the same, .50 in another.
    confidence = np.array([0.92, 0.90, 0.92, 0.90, 0.50])
    correct = np.array([True, True, True, False, True])
    by_hand = 4 / 5 * abs(3 / 4 - 0.91) + 1 / 5 * abs(1 - 0.50)
    assert calibration_error(confidence, correct).value == pytest.approx(by_hand, abs=1e-15)


def test_of_two_labels_the_answers_confidence_counts_and_not_that_of_one_label() -> None:
    # torchmetrics 1.9.0 calls this model off by .10 with task="binary" and by 0 with "multiclass".
    p, true = np.repeat([0.9, 0.1], 500), np.repeat([1, 0], [400, 600])
    confidence, correct = np.maximum(p, 1 - p), (p > 0.5) == (true == 1)
    assert calibration_error(confidence, correct).value == pytest.approx(0, abs=1e-12)


def test_the_order_of_the_rows_does_not_change_the_calibration_error() -> None:
    # By mapie 1.6.0 with "array split" a model that guesses is off by .015, sorted by score by .31.
    rng = np.random.default_rng(0)
    confidence, correct = 1 - rng.beta(0.5, 0.5, 5000) / 2, rng.random(5000) < 0.5
    order = np.argsort(confidence)
    as_drawn = calibration_error(confidence, correct).value
    assert as_drawn == pytest.approx(confidence.mean() - 0.5, abs=0.02)
    assert calibration_error(confidence[order], correct[order]).value == pytest.approx(as_drawn, abs=1e-12)


def test_a_cautious_model_is_as_far_off_as_one_that_is_too_sure() -> None:
    # Spiegelhalter's test in mapie 1.6.0 finds only the second.
    right = np.repeat([True, False], [8, 2])
    assert calibration_error(np.full(10, 0.65), right).value == pytest.approx(0.15)
    assert calibration_error(np.full(10, 0.95), right).value == pytest.approx(0.15)


def test_bins_of_confidence_are_closed_above() -> None:
    # .2 is the upper end of the third bin, so .17 is in the same and .21 is not.
    below = calibration_error(np.array([0.2, 0.17]), np.array([True, False]))
    above = calibration_error(np.array([0.2, 0.21]), np.array([True, False]))
    assert below.value == pytest.approx((1 - 0.37) / 2)
    assert above.value == pytest.approx((0.8 + 0.21) / 2)


def test_the_bin_of_a_confidence_that_is_a_sum_is_that_of_its_decimals() -> None:
    # .2 + .4 is a little more than .6, where the ninth bin ends, in floating point.
    right = np.array([True, False])
    summed = calibration_error(np.array([0.2 + 0.4, 0.6]), right)
    assert summed.value == pytest.approx(0.1)
    assert calibration_error(np.array([0.6, 0.6]), right).value == pytest.approx(0.1)


def test_a_model_that_is_sure_and_right_is_calibrated_and_one_that_is_sure_and_wrong_is_off_by_all() -> None:
    sure = np.ones(4)
    assert calibration_error(sure, np.ones(4, bool)) == MeasuredValue(0.0, 4)
    assert calibration_error(sure, np.zeros(4, bool)) == MeasuredValue(1.0, 4)


def test_a_models_errors_in_one_bin_cancel_out_and_those_in_two_do_not() -> None:
    assert calibration_error(np.array([0.95, 0.95]), np.array([True, False])).value == pytest.approx(0.45)
    far_apart = calibration_error(np.array([0.5, 0.95]), np.array([True, False])).value
    assert far_apart == pytest.approx((0.5 + 0.95) / 2)


def test_these_measures_of_no_rows_are_none_with_a_reason() -> None:
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool)
    assert worst_group_accuracy(nothing, none, ["a"]) == MeasuredValue(None, 0, "no rows")
    assert macro_f1(none, none, ["a", "b"]) == MeasuredValue(None, 0, "no rows")
    assert calibration_error(np.zeros(0), nothing) == MeasuredValue(None, 0, "no rows")
