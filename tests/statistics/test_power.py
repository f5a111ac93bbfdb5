"""Power, against the noncentral t, adaptive integration of another form, simulation and a table.

With up to 40 replicates a verdict is more cautious than the t test, so there the textbook's power is a bound.
"""

import numpy as np
import pytest
from scipy import integrate, stats

from scotoma.statistics.equivalence import tost
from scotoma.statistics.power import (
    cautious_sd,
    detectable_fall,
    plan_null,
    power_of_equivalent,
    power_of_fall,
    replicates_for_equivalent,
)

ALPHA = 0.05

#: Replicates for 80 % power at a true difference of 0, by sd and margin (1, 2, 3, 5), in points.
TABLE = {
    1.0: (11, 5, 5, 5),
    2.0: (37, 11, 7, 5),
    3.5: (107, 29, 14, 7),
    5.5: (261, 67, 31, 13),
    12.4: (1319, 331, 148, 55),
}


def owen_power(n: int, sd: float, margin: float, difference: float) -> float:
    """The textbook form: the mean's density times the chance of a small enough sample variance."""
    t, error = stats.t.ppf(1 - ALPHA, n - 1), sd / np.sqrt(n)

    def integrand(mean: float) -> float:
        most = n * ((margin - abs(mean)) / t) ** 2
        return float(stats.norm.pdf(mean, difference, error) * stats.chi2.cdf(most * (n - 1) / sd**2, n - 1))

    parts = [
        integrate.quad(integrand, *ends, epsabs=1e-12, limit=200)[0] for ends in ((-margin, 0), (0, margin))
    ]
    return float(sum(parts))


def power_of_worse(n: int, *, sd: float, margin: float, difference: float) -> float:
    return power_of_fall(n, ALPHA, -(difference + margin) / sd)


@pytest.mark.parametrize("n", [5, 12, 60])
@pytest.mark.parametrize(("sd", "margin"), [(1.0, 1.0), (2.0, 5.0), (0.124, 0.05)])
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_power_of_equivalent_agrees_with_integration_over_the_mean(
    n: int, sd: float, margin: float, share: float
) -> None:
    found = power_of_equivalent(n=n, sd=sd, margin=margin, alpha=ALPHA, difference=share * margin)
    textbook = owen_power(n, sd, margin, share * margin)
    if n > 40:
        assert found == pytest.approx(textbook, abs=1e-9)
    else:
        assert textbook - 0.13 < found < textbook + 0.006


@pytest.mark.parametrize("n", [3, 4, 10, 100])
@pytest.mark.parametrize("difference", [0.0, -1.0, -2.5, -6.0])
def test_power_of_worse_agrees_with_the_noncentral_t(n: int, difference: float) -> None:
    found = power_of_worse(n, sd=2.0, margin=1.0, difference=difference)
    shift = -(difference + 1.0) * np.sqrt(n) / 2.0
    textbook = stats.nct.sf(stats.t.ppf(1 - ALPHA, n - 1), n - 1, shift)
    if n > 40:
        assert found == pytest.approx(textbook, abs=1e-9)
    else:
        assert textbook - 0.21 < found < textbook + 0.006


@pytest.mark.parametrize("n", [3, 10, 300])
def test_either_word_is_wrong_at_most_at_alpha_at_the_edge_of_the_margin(n: int) -> None:
    assert ALPHA - 0.02 < power_of_worse(n, sd=2.0, margin=1.0, difference=-1.0) <= ALPHA + 1e-10
    assert power_of_equivalent(n=n, sd=2.0, margin=1.0, alpha=ALPHA, difference=1.0) <= ALPHA + 1e-10


@pytest.mark.parametrize("sd", TABLE)
def test_replicates_for_80_percent_power_are_those_of_the_table(sd: float) -> None:
    found = tuple(replicates_for_equivalent(sd=sd, margin=m, alpha=ALPHA, power=0.8) for m in (1, 2, 3, 5))
    assert found == TABLE[sd]


@pytest.mark.parametrize(("sd", "margin"), [(2.0, 1.0), (5.5, 2.0), (12.4, 5.0)])
def test_one_replicate_fewer_is_not_enough(sd: float, margin: float) -> None:
    n = replicates_for_equivalent(sd=sd, margin=margin, alpha=ALPHA, power=0.8)
    assert n is not None
    assert power_of_equivalent(n=n, sd=sd, margin=margin, alpha=ALPHA) >= 0.8
    assert power_of_equivalent(n=n - 1, sd=sd, margin=margin, alpha=ALPHA) < 0.8


def test_no_number_of_replicates_shows_that_a_difference_as_large_as_the_margin_is_none() -> None:
    found = replicates_for_equivalent(sd=1.0, margin=2.0, alpha=ALPHA, power=0.8, difference=-2.0)
    assert found is None


def test_below_three_replicates_there_is_no_power() -> None:
    assert power_of_equivalent(n=2, sd=0.001, margin=1.0, alpha=ALPHA) == 0
    assert detectable_fall(n=2, sd=1.0, margin=1.0, alpha=ALPHA, power=0.8) is None


def test_a_fall_larger_than_any_there_can_be_is_none() -> None:
    found = detectable_fall(n=5, sd=0.5, margin=0.05, alpha=ALPHA, power=0.8)
    assert found is not None
    assert detectable_fall(n=5, sd=0.5, margin=0.05, alpha=ALPHA, power=0.8, most=found) == found
    assert detectable_fall(n=5, sd=0.5, margin=0.05, alpha=ALPHA, power=0.8, most=0.99 * found) is None


def test_the_detectable_fall_is_found_with_the_required_power_and_lies_beyond_the_margin() -> None:
    fall = detectable_fall(n=5, sd=2.0, margin=5.0, alpha=ALPHA, power=0.8)
    assert fall is not None
    assert fall > 5
    found = power_of_worse(5, sd=2.0, margin=5.0, difference=-fall)
    assert found == pytest.approx(0.8, abs=1e-3)


def test_the_detectable_effect_of_a_plain_t_test_agrees_with_statsmodels() -> None:
    power = pytest.importorskip("statsmodels.stats.power")
    found = detectable_fall(n=50, sd=2.0, margin=0.0, alpha=ALPHA, power=0.8)
    effect = power.TTestPower().solve_power(nobs=50, alpha=ALPHA, power=0.8, alternative="larger")
    assert found == pytest.approx(2.0 * float(effect), rel=1e-6)


def test_a_null_that_the_design_cannot_give_is_not_promised() -> None:
    found = plan_null(n=5, sd=12.4, margin=5.0, alpha=ALPHA, power=0.8)
    assert not found.promised
    assert found.power == found.best_power < 0.01
    assert found.n_needed == 55
    assert found.reason == "5 replicates give 0.01 of the required power 0.8; 55 are needed"


def test_a_null_that_the_design_can_give_is_promised() -> None:
    found = plan_null(n=13, sd=5.5, margin=5.0, alpha=ALPHA, power=0.8)
    assert (found.promised, found.n_needed, found.reason) == (True, 13, "")
    assert found.power >= 0.8


@pytest.mark.parametrize("difference", [0.0, -1.5])
def test_the_reachable_margin_is_reached(difference: float) -> None:
    design = {"n": 5, "sd": 2.0, "alpha": ALPHA, "difference": difference}
    plan = plan_null(margin=2.0, power=0.8, **design)  # type: ignore[arg-type]
    assert plan.margin_reachable is not None
    found = power_of_equivalent(margin=plan.margin_reachable, **design)  # type: ignore[arg-type]
    assert found == pytest.approx(0.8, abs=1e-3)


def test_a_true_difference_at_the_margin_is_called_no_null() -> None:
    found = plan_null(n=50, sd=1.0, margin=2.0, alpha=ALPHA, power=0.8, difference=2.0)
    assert (found.promised, found.n_needed) == (False, None)
    assert found.best_power > 0.99
    assert "is not a null" in found.reason


def test_two_replicates_promise_nothing_and_reach_no_margin() -> None:
    found = plan_null(n=2, sd=1.0, margin=5.0, alpha=ALPHA, power=0.8)
    assert (found.promised, found.power, found.margin_reachable, found.n_needed) == (False, 0.0, None, 5)


@pytest.mark.parametrize("n_pilot", [2, 5, 20])
def test_a_cautious_sd_is_above_the_truth_as_often_as_it_says(n_pilot: int) -> None:
    rows = np.random.default_rng(61).normal(0, 2.0, (4000, n_pilot))
    highs = [cautious_sd(float(row.std(ddof=1)), n_pilot=n_pilot, confidence=0.8) for row in rows]
    assert np.mean(np.array(highs) >= 2.0) == pytest.approx(0.8, abs=4 * (0.8 * 0.2 / 4000) ** 0.5)


@pytest.mark.parametrize(
    ("changed", "match"),
    [
        ({"sd": 0.0}, "sd must be above 0"),
        ({"margin": -1.0}, "margin must not be negative"),
        ({"margin": 0.0}, "margin must be above 0"),
        ({"alpha": 0.5}, "alpha in"),
    ],
)
def test_settings_that_mean_nothing_are_refused(changed: dict[str, float], match: str) -> None:
    settings = {"sd": 1.0, "margin": 1.0, "alpha": ALPHA} | changed
    with pytest.raises(ValueError, match=match):
        power_of_equivalent(n=5, **settings)


def test_a_power_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="power must be in"):
        replicates_for_equivalent(sd=1.0, margin=1.0, alpha=ALPHA, power=1.0)
    with pytest.raises(ValueError, match="power must be above alpha"):
        detectable_fall(n=5, sd=1.0, margin=1.0, alpha=ALPHA, power=0.04)
    with pytest.raises(ValueError, match="a pilot has 2"):
        cautious_sd(1.0, n_pilot=1, confidence=0.8)


@pytest.mark.slow
@pytest.mark.parametrize(("n", "sd", "margin", "difference"), [(5, 2.0, 3.0, 0.0), (12, 5.5, 5.0, -1.0)])
def test_power_is_the_share_of_simulated_studies_with_the_word(
    n: int, sd: float, margin: float, difference: float
) -> None:
    n_runs = 20_000
    rows = np.random.default_rng(67).normal(difference, sd, (n_runs, n))
    words = [tost(row.tolist(), margin=margin, alpha=ALPHA).verdict.word for row in rows]
    expected = power_of_equivalent(n=n, sd=sd, margin=margin, alpha=ALPHA, difference=difference)
    error = (expected * (1 - expected) / n_runs) ** 0.5
    assert words.count("EQUIVALENT") / n_runs == pytest.approx(expected, abs=4 * error)
