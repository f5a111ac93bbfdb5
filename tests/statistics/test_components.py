"""What further samples average out, and what they do not."""

import numpy as np
import pytest

from scotoma.basics.randomness import stream
from scotoma.statistics.components import components
from scotoma.statistics.intervals import t_interval


def drawn(
    n: int, of_arm: int, of_reference: int, sds: tuple[float, float, float]
) -> tuple[list[list[float]], list[list[float]]]:
    """Values with these standard deviations: shared, of the arm's samples, of the reference's."""
    rng, (shared, of_one, of_other) = stream(0, "components", n), sds
    shift = rng.normal(0, shared, n)
    arm = [list(shift[r] + rng.normal(0, of_one, of_arm)) for r in range(n)]
    return arm, [list(rng.normal(0, of_other, of_reference)) for _ in range(n)]


def test_variances_are_those_that_were_put_in() -> None:
    found = components(*drawn(20_000, 2, 3, (0.05, 0.08, 0.04)))
    assert found is not None
    assert found.between == pytest.approx(0.05**2, rel=0.1)
    assert found.within_arm == pytest.approx(0.08**2, rel=0.05)
    assert found.within_reference == pytest.approx(0.04**2, rel=0.05)


def test_what_has_one_sample_alone_is_counted_to_the_replicates() -> None:
    found = components(*drawn(20_000, 2, 1, (0.0, 0.08, 0.04)))
    assert found is not None
    assert found.within_reference == 0
    assert found.between == pytest.approx(0.04**2, rel=0.1)


def test_a_component_is_never_below_zero() -> None:
    found = components([[0.0, 1.0], [1.0, 0.0]], [[0.0], [0.0]])
    assert found is not None
    assert (found.between, found.within_arm) == (0.0, 0.5)


def test_the_interval_that_is_expected_is_the_one_of_the_pilot_itself() -> None:
    arm, reference = drawn(6, 3, 2, (0.05, 0.02, 0.02))
    found = components(arm, reference)
    assert found is not None
    differences = [float(np.mean(a) - np.mean(b)) for a, b in zip(arm, reference, strict=True)]
    interval = t_interval(differences, level=0.95)
    assert interval.low is not None
    assert interval.high is not None
    assert found.half_width(6, 3, 2, level=0.95) == pytest.approx((interval.high - interval.low) / 2)


def test_more_of_either_makes_it_shorter_and_one_replicate_shows_nothing() -> None:
    found = components(*drawn(6, 3, 2, (0.05, 0.08, 0.02)))
    assert found is not None
    now = found.half_width(6, 3, 2, level=0.95)
    assert found.half_width(7, 3, 2, level=0.95) < now
    assert found.half_width(6, 4, 2, level=0.95) < now
    assert components([[0.1, 0.2]], [[0.1, 0.2]]) is None
