"""Measures of one model, against closed forms and a count over all pairs."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from scotoma.statistics.measures import (
    FLOOR,
    Measured,
    accuracy,
    at_floor,
    auc,
    is_target_by_sum,
    log_odds,
    mean_log_odds,
)

RNG = np.random.default_rng(20250207)


def mean_of(rows: np.ndarray, target: int) -> Measured:
    """The mean log odds of rows of probabilities."""
    return mean_log_odds(log_odds(rows, target), at_floor(rows, target))


def test_accuracy_is_the_share_of_right_rows() -> None:
    assert accuracy(np.array([True, True, False, True])) == Measured(0.75, 4)


def test_a_measure_of_no_rows_is_none_with_a_reason() -> None:
    nothing = np.zeros(0, dtype=bool)
    assert accuracy(nothing) == Measured(None, 0, "no rows")
    assert mean_of(np.zeros((0, 3)), 0) == Measured(None, 0, "no rows")
    assert auc(np.zeros(0), nothing) == Measured(None, 0, "no rows")


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


@pytest.mark.parametrize(("positive", "which"), [(True, "negative"), (False, "positive")])
def test_auc_of_one_class_is_none_with_the_reason(positive: bool, which: str) -> None:
    found = auc(np.arange(3.0), np.full(3, positive))
    assert found == Measured(None, 3, f"no {which} rows to compare with")


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
