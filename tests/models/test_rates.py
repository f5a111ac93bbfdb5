"""How fast a core multiplies in either precision."""

import pytest
import torch

from scotoma.models.rates import core_rate


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_rate_is_one_that_a_core_can_have_and_leaves_the_threads_as_they_were(precision: str) -> None:
    before = torch.get_num_threads()
    assert 1e8 < core_rate(precision) < 1e13
    assert torch.get_num_threads() == before
