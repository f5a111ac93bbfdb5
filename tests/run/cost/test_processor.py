"""How fast a core is: a rate, and one that a processor can have."""

from scotoma.run.cost import core_rate


def test_a_core_multiplies_at_a_rate_that_is_above_a_loop_and_below_a_cluster() -> None:
    assert 1e8 < core_rate() < 1e13
