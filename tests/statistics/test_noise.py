"""The noise floor of pairs in which nothing was changed."""

import numpy as np
import pytest

from scotoma.statistics.noise import NoiseFloor, noise_floor

RNG = np.random.default_rng(31)


def test_floor_is_the_root_mean_square_about_zero() -> None:
    found = noise_floor([0.03, -0.01, 0.02, 0.0], level=0.95)
    assert found.sd == pytest.approx((0.0014 / 4) ** 0.5)
    assert found.mean == pytest.approx(0.01)
    assert (found.largest, found.n) == (0.03, 4)


def test_which_run_of_a_pair_comes_first_does_not_matter() -> None:
    values = RNG.normal(size=7)
    one = noise_floor(values.tolist(), level=0.95)
    other = noise_floor((values * RNG.choice([-1, 1], 7)).tolist(), level=0.95)
    assert (one.sd, one.sd_high, one.largest) == (other.sd, other.sd_high, other.largest)


def test_a_systematic_shift_counts_as_noise() -> None:
    found = noise_floor([0.02, 0.02, 0.02], level=0.95)
    assert (found.sd, found.mean) == pytest.approx((0.02, 0.02))


def test_runs_that_agree_exactly_have_a_floor_of_zero_and_say_so() -> None:
    found = noise_floor([0.0, 0.0], level=0.95)
    assert (found.sd, found.sd_high, found.largest) == (0.0, None, 0.0)
    assert "deterministic" in found.reason


def test_no_pairs_have_no_floor() -> None:
    reason = "no pair without a change was run"
    assert noise_floor([], level=0.95) == NoiseFloor(None, None, None, None, 0, 0.95, reason)


@pytest.mark.parametrize("n", [1, 3, 10])
def test_the_bound_holds_as_often_as_it_says(n: int) -> None:
    n_runs, true_sd = 4000, 0.02
    highs = [noise_floor(row.tolist(), level=0.95).sd_high for row in RNG.normal(0, true_sd, (n_runs, n))]
    rate = sum(high is not None and high >= true_sd for high in highs) / n_runs
    assert rate == pytest.approx(0.95, abs=4 * (0.05 * 0.95 / n_runs) ** 0.5)


def test_three_pairs_bound_the_floor_below_three_times_what_was_seen() -> None:
    found = noise_floor([1.0, 1.0, 1.0], level=0.95)
    assert found.sd_high == pytest.approx(2.92, abs=0.01)


@pytest.mark.parametrize(
    ("values", "level", "match"), [([0.1], 95, "level"), ([float("nan")], 0.9, "finite")]
)
def test_what_means_nothing_is_refused(values: list[float], level: float, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        noise_floor(values, level=level)
