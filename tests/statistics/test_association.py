"""Odds ratios, z and amplification against hand calculation and scipy."""

import math

import numpy as np
import polars as pl
import pytest
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio

from scotoma.audits.associations import associate
from scotoma.basics.randomness import stream
from scotoma.statistics.association import (
    Counts,
    amplification,
    count,
    odds_ratio,
    uncorrected_odds_ratio,
    z_statistic,
)


def test_counts_are_the_four_cells() -> None:
    holds = np.array([True, True, True, False, False, False, False])
    label = np.array([True, True, False, True, False, False, False])
    counts = count(holds, label)
    assert counts == Counts(2, 1, 1, 3)
    assert (counts.n_holds, counts.n_label, counts.n) == (3, 3, 7)


def test_odds_ratio_of_a_two_by_two_table_by_hand() -> None:
    # (10.5 x 40.5) / (20.5 x 5.5), and the four reciprocals under the root.
    found = odds_ratio(Counts(10, 20, 5, 40), level=0.95)
    error = math.sqrt(1 / 10.5 + 1 / 20.5 + 1 / 5.5 + 1 / 40.5)
    assert found.value == pytest.approx(425.25 / 112.75)
    assert found.log_se == pytest.approx(error)
    assert found.low == pytest.approx(425.25 / 112.75 * math.exp(-1.959964 * error), rel=1e-6)
    assert found.high == pytest.approx(425.25 / 112.75 * math.exp(1.959964 * error), rel=1e-6)


def test_the_p_value_meets_the_interval_at_the_level() -> None:
    found = odds_ratio(Counts(30, 20, 40, 60), level=0.95)
    assert found.p is not None
    at_the_edge = odds_ratio(Counts(30, 20, 40, 60), level=1 - found.p)
    assert at_the_edge.low == pytest.approx(1)


def test_the_uncorrected_ratio_is_scipys_sample_odds_ratio() -> None:
    theirs = scipy_odds_ratio(np.array([[10, 20], [5, 40]]), kind="sample")
    assert uncorrected_odds_ratio(Counts(10, 20, 5, 40)) == theirs.statistic == 4.0


def test_with_many_rows_the_interval_is_scipys() -> None:
    theirs = scipy_odds_ratio(np.array([[1000, 2000], [500, 4000]]), kind="sample")
    low, high = theirs.confidence_interval(0.95)
    ours = odds_ratio(Counts(1000, 2000, 500, 4000), level=0.95)
    assert (ours.value, ours.low, ours.high) == pytest.approx((theirs.statistic, low, high), rel=2e-3)


def test_an_empty_cell_gives_a_finite_ratio_and_no_uncorrected_one() -> None:
    found = odds_ratio(Counts(10, 0, 20, 30), level=0.95)
    assert found.value == pytest.approx(10.5 * 30.5 / (0.5 * 20.5))
    assert found.high is not None
    assert math.isfinite(found.high)
    assert uncorrected_odds_ratio(Counts(10, 0, 20, 30)) is None


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        (Counts(0, 0, 0, 0), "no rows"),
        (Counts(0, 0, 3, 4), "holds in no row"),
        (Counts(3, 4, 0, 0), "holds in every row"),
        (Counts(0, 3, 0, 4), "no row has the label"),
        (Counts(3, 0, 4, 0), "every row has the label"),
    ],
)
def test_what_is_not_defined_is_none_with_the_reason(counts: Counts, reason: str) -> None:
    found = odds_ratio(counts, level=0.95)
    assert found.value is found.low is found.high is found.p is None
    assert reason in found.reason
    assert z_statistic(counts) is None
    assert reason in amplification(found, odds_ratio(Counts(1, 2, 3, 4), level=0.95), level=0.95).reason
    assert reason in amplification(odds_ratio(Counts(1, 2, 3, 4), level=0.95), found, level=0.95).reason


def test_z_by_hand_with_balanced_labels_is_the_published_statistic() -> None:
    # 100 rows hold, 50 of them with a label of share 1/3: (1/2 - 1/3) / sqrt(1/3 * 2/3 / 100).
    assert z_statistic(Counts(50, 50, 250, 550)) == pytest.approx((1 / 6) / math.sqrt(2 / 9 / 100))


def test_z_against_a_share_that_is_known_needs_only_that_the_predicate_holds() -> None:
    assert z_statistic(Counts(4, 0, 0, 0), 1 / 2) == pytest.approx(2)
    assert z_statistic(Counts(0, 0, 5, 5), 1 / 2) is None


def test_no_association_has_ratio_near_1_and_z_0() -> None:
    counts = Counts(100, 200, 400, 800)
    assert odds_ratio(counts, level=0.95).value == pytest.approx(1, abs=0.01)
    assert z_statistic(counts) == pytest.approx(0)


def test_amplification_is_the_ratio_of_odds_ratios_with_added_variances() -> None:
    ours = odds_ratio(Counts(90, 10, 410, 490), level=0.95)
    reference = odds_ratio(Counts(30, 10, 470, 490), level=0.95)
    found = amplification(ours, reference, level=0.95)
    assert None not in (ours.value, reference.value, ours.log_se, reference.log_se)
    assert found.value == pytest.approx(ours.value / reference.value)
    assert found.log_se == pytest.approx(math.sqrt(ours.log_se**2 + reference.log_se**2))


def test_a_table_compared_with_itself_is_not_amplified() -> None:
    ours = odds_ratio(Counts(90, 10, 410, 490), level=0.95)
    found = amplification(ours, ours, level=0.95)
    assert (found.value, found.p) == pytest.approx((1, 1))


@pytest.mark.slow
def test_the_interval_covers_a_known_truth() -> None:
    draw = stream(0, "coverage")
    covered = 0
    for _ in range(4000):
        with_label, others = draw.binomial(60, 0.2), draw.binomial(120, 0.05)
        found = odds_ratio(
            Counts(int(with_label), int(others), int(60 - with_label), int(120 - others)), level=0.95
        )
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.25 / (0.05 / 0.95) <= found.high
    assert 0.94 <= covered / 4000 <= 0.985


def test_holm_runs_over_the_defined_tests_alone() -> None:
    flags = {
        "first": np.array([True, True, False, False] * 30),
        "never": np.zeros(120, dtype=bool),
        "missing": "no parse",
    }
    labels = pl.Series(["a", "a", "b", "b"] * 15 + ["a", "b", "b", "a"] * 15)
    found = associate((flags, labels), None, ("a", "b"), level=0.95)
    by_name = {(row.predicate, row.label): row for row in found}
    assert len(found) == 6
    assert by_name["first", "a"].odds.p is not None
    assert by_name["first", "a"].p_holm == pytest.approx(2 * by_name["first", "a"].odds.p)
    assert by_name["never", "a"].p_holm is None
    assert by_name["missing", "a"].odds.reason == "no parse"
    assert by_name["missing", "a"].amplification.reason == "there is no reference"


@pytest.mark.parametrize(
    ("counts", "infinite"),
    [
        (Counts(5, 0, 3, 9), True),
        (Counts(5, 2, 0, 9), True),
        (Counts(5, 2, 3, 9), False),
        (Counts(0, 2, 3, 9), False),
        (Counts(0, 0, 3, 9), False),
    ],
)
def test_an_odds_ratio_without_exceptions_is_infinite(counts: Counts, infinite: bool) -> None:
    assert counts.is_infinite is infinite
