"""Holm's correction, against statsmodels and by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from scotoma.statistics.multiplicity import holm

P_VALUES = some.lists(some.floats(0, 1), min_size=1, max_size=12)


def test_each_p_is_multiplied_by_the_claims_not_yet_settled() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


@pytest.mark.parametrize("n", [1, 2, 5, 12])
def test_adjusted_values_agree_with_statsmodels(n: int) -> None:
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    rng = np.random.default_rng(n)
    for _ in range(5):
        p_values = np.round(rng.random(n) ** 3, 2)  # rounded, so that some are equal and some are 0
        expected = multitest.multipletests(p_values, method="holm")[1]
        assert holm(p_values.tolist()) == pytest.approx(expected.tolist(), rel=1e-12)


@given(P_VALUES)
def test_adjusting_never_helps_a_claim_and_keeps_the_order(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(
        after is not None and after >= before for before, after in zip(p_values, adjusted, strict=True)
    )
    ranked = [adjusted[place] for place in np.argsort(p_values, kind="stable")]
    assert ranked == sorted(ranked)


def test_one_claim_is_not_adjusted() -> None:
    assert holm([0.04]) == [0.04]


def test_a_claim_without_a_p_value_still_counts() -> None:
    assert holm([0.02, None]) == [0.04, None]


def test_no_claims_need_no_adjustment() -> None:
    assert holm([]) == []


@pytest.mark.parametrize("wrong", [-0.1, 1.1, float("nan")])
def test_a_p_value_outside_0_to_1_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="p values lie within 0 to 1"):
        holm([0.5, wrong])


def test_the_chance_of_any_false_claim_is_held() -> None:
    draws = np.random.default_rng(41).random((4000, 5))
    rate = sum(min(p for p in holm(row) if p is not None) < 0.05 for row in draws.tolist()) / 4000
    assert rate == pytest.approx(0.05, abs=4 * (0.05 * 0.95 / 4000) ** 0.5)
