"""d' and criterion: closed forms, the textbook's table, and exact enumeration of small samples."""

import math

import numpy as np
import pytest
from scipy import stats

from scotoma.statistics.signal_detection import Detection, detection, sensitivity


def answers(hits: int, n_targets: int, alarms: int, n_others: int) -> tuple[np.ndarray, np.ndarray]:
    """What a model said, and the truth, with these counts."""
    said = np.r_[np.arange(n_targets) < hits, np.arange(n_others) < alarms]
    return said, np.arange(n_targets + n_others) < n_targets


def test_d_prime_and_criterion_follow_their_definition_at_the_corrected_rates() -> None:
    found = detection(*answers(80, 100, 25, 90))
    z_hit, z_alarm = stats.norm.ppf(80.5 / 101), stats.norm.ppf(25.5 / 91)
    assert (found.hit_rate, found.false_alarm_rate) == (0.8, 25 / 90)
    assert found.d_prime == pytest.approx(z_hit - z_alarm)
    assert found.criterion == pytest.approx(-(z_hit + z_alarm) / 2)
    assert (found.n_targets, found.n_others, found.reason) == (100, 90, "")


def test_a_shift_of_the_threshold_moves_the_criterion_and_not_d_prime() -> None:
    n = 10_000_000
    before, after = (
        sensitivity(n * stats.norm.sf(cut - 1.2), n, n * stats.norm.sf(cut), n) for cut in (0.6, 0.1)
    )
    assert before == pytest.approx((1.2, 0.0), abs=1e-5)
    assert after == pytest.approx((1.2, -0.5), abs=1e-5)


def test_a_loss_of_sensitivity_moves_d_prime_and_not_the_criterion() -> None:
    n = 10_000_000
    for d in (1.2, 0.4, 0.0):
        found = sensitivity(n * stats.norm.cdf(d / 2), n, n * stats.norm.cdf(-d / 2), n)
        assert found == pytest.approx((d, 0.0), abs=1e-5)


def test_turning_the_labels_round_keeps_d_prime_and_turns_the_criterion() -> None:
    said, truth = answers(70, 100, 40, 120)
    one, other = detection(said, truth), detection(~said, ~truth)
    assert one.d_prime == pytest.approx(other.d_prime)
    assert one.criterion is not None
    assert other.criterion == pytest.approx(-one.criterion)
    assert one.d_prime_se == pytest.approx(other.d_prime_se)


@pytest.mark.parametrize(("hits", "alarms"), [(0, 0), (50, 50), (50, 0), (0, 50)])
def test_rates_of_0_and_1_stay_finite(hits: int, alarms: int) -> None:
    found = detection(*answers(hits, 50, alarms, 50))
    assert found.d_prime is not None
    assert math.isfinite(found.d_prime)
    assert np.sign(found.d_prime) == np.sign(hits - alarms)


@pytest.mark.parametrize(
    ("truth", "reason"),
    [(True, "only rows of the target kind"), (False, "no rows of the target kind")],
)
def test_one_kind_of_row_has_a_rate_but_no_d_prime(truth: bool, reason: str) -> None:
    found = detection(np.array([True, False, True, True]), np.full(4, truth))
    assert (found.d_prime, found.criterion, found.d_prime_se, found.reason) == (None, None, None, reason)
    assert (found.hit_rate, found.false_alarm_rate) == ((0.75, None) if truth else (None, 0.75))


def test_no_rows_have_nothing() -> None:
    nothing = np.zeros(0, dtype=bool)
    assert detection(nothing, nothing) == Detection(None, None, None, None, None, None, 0, 0, "no rows")


def test_standard_errors_are_those_of_all_possible_samples() -> None:
    n, hit_rate, alarm_rate = 200, 0.8, 0.3
    counts = np.arange(n + 1)
    chance_hit, chance_alarm = stats.binom.pmf(counts, n, hit_rate), stats.binom.pmf(counts, n, alarm_rate)
    chance = np.outer(chance_hit, chance_alarm)
    d_prime, criterion = sensitivity(counts[:, None], n, counts[None, :], n)
    found = detection(*answers(int(n * hit_rate), n, int(n * alarm_rate), n))
    for values, error in ((d_prime, found.d_prime_se), (criterion, found.criterion_se)):
        mean = (chance * values).sum()
        exact = math.sqrt((chance * (values - mean) ** 2).sum())
        assert error == pytest.approx(exact, rel=0.02)


def test_answers_and_truth_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one answer a row"):
        detection(np.zeros(3, dtype=bool), np.zeros(4, dtype=bool))


def test_order_of_rows_does_not_matter() -> None:
    said, truth = answers(70, 100, 40, 120)
    order = np.random.default_rng(3).permutation(said.size)
    assert detection(said[order], truth[order]) == detection(said, truth)
