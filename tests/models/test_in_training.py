"""A model that somebody trains is left as it was."""

import random

import numpy as np
import pytest
import torch
from torch import nn

from scotoma.models.in_training import evaluation_mode


def draws() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), torch.rand(1).item()


@pytest.mark.parametrize("fails", [False, True])
def test_modes_gradients_and_generators_are_put_back_even_after_an_error(fails: bool) -> None:
    model = nn.Sequential(nn.Dropout(), nn.Sequential(nn.Dropout(), nn.Linear(2, 2)))
    model.train()
    model[1].eval()
    model[1][0].train()
    before = [module.training for module in model.modules()]
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    expected = draws()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)

    def look() -> None:
        with evaluation_mode(model):
            assert not any(module.training for module in model.modules())
            assert not model(torch.ones(1, 2)).requires_grad
            draws()
            if fails:
                raise RuntimeError("out of memory")

    if fails:
        with pytest.raises(RuntimeError, match="out of memory"):
            look()
    else:
        look()
    assert [module.training for module in model.modules()] == before == [True, True, False, True, False]
    assert torch.is_grad_enabled()
    assert draws() == expected
