"""The optimizer and its rates are those that transformers' Trainer would take for the same recipe."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import LORA, RECIPE
from torch import nn
from transformers import Trainer, get_scheduler

from scotoma.models.classifier import ClassifierLoss, new_classifier
from scotoma.models.optimization import learning_rate, new_optimizer
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD

NAMES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}


@pytest.mark.parametrize("warmup", [0.0, 0.13, 0.95])
@pytest.mark.parametrize("schedule", NAMES)
def test_rates_are_those_of_transformers_schedules(schedule: Any, warmup: float) -> None:
    recipe, n_steps = RECIPE.model_copy(update={"schedule": schedule, "warmup": warmup}), 40
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=recipe.learning_rate)
    scheduler = get_scheduler(NAMES[schedule], optimizer, round(warmup * n_steps), n_steps)
    for step in range(n_steps):
        assert learning_rate(recipe, step, n_steps) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-12)
        optimizer.step()
        scheduler.step()


class Named(nn.Module):
    """Weights whose names decide whether they are decayed, and a norm that only its type tells."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.normal = nn.Linear(2, 2), nn.Linear(2, 2)
        self.q_norm, self.after = nn.Linear(2, 2, bias=False), nn.LayerNorm(2)


@pytest.mark.parametrize("adapter", [None, LORA, Full(kind="full")], ids=["names", "lora", "full"])
def test_decayed_are_the_weights_that_the_trainer_decays(base: Path, adapter: Adapter | None) -> None:
    model: nn.Module = Named()
    if adapter is not None:
        model = ClassifierLoss(new_classifier(base, "fp32", adapter, MICROWORLD.labels, 0, "cpu"))
    weights = {name: one for name, one in model.named_parameters() if one.requires_grad}
    expected = set(Trainer.get_decay_parameter_names(None, model)) & weights.keys()
    decay = {
        id(one): group["weight_decay"]
        for group in new_optimizer(model, RECIPE).param_groups
        for one in group["params"]
    }
    assert len(decay) == len(weights)
    assert {name for name, one in weights.items() if decay[id(one)]} == expected
    assert expected
