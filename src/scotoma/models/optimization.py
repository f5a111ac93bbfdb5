"""AdamW for a model's weights, and the learning rate at each step."""

import math
import re
from typing import Any, Literal

import torch
from torch import nn

from scotoma.study.settings.models import Recipe

#: Names of weights that are not decayed, beside those of `nn.LayerNorm`: as transformers' Trainer has it.
_NOT_DECAYED = re.compile(r"bias|layernorm|rmsnorm|(?:^|\.)norm(?:$|\.)|_norm(?:$|\.)")


def new_optimizer(model: nn.Module, recipe: Recipe) -> Any:
    """The recipe's optimizer of the weights that require gradients; biases and norms are not decayed."""
    norms = {
        id(weight)
        for module in model.modules()
        if isinstance(module, nn.LayerNorm)
        for weight in module.parameters()
    }
    decayed: list[nn.Parameter] = []
    others: list[nn.Parameter] = []
    for name, weight in model.named_parameters():
        if weight.requires_grad:
            plain = id(weight) in norms or _NOT_DECAYED.search(name.lower())
            (others if plain else decayed).append(weight)
    groups = [
        {"params": decayed, "weight_decay": recipe.weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    how: dict[str, Any] = {"lr": recipe.learning_rate, "betas": recipe.betas, "eps": recipe.epsilon}
    if recipe.optimizer == "paged_adamw_32bit":
        from bitsandbytes.optim import AdamW

        return AdamW(groups, optim_bits=32, is_paged=True, **how)
    # On a CPU five times as fast, and else torch's own choice.
    on_cpu = {weight.device.type for weight in (*decayed, *others)} == {"cpu"}
    return torch.optim.AdamW(groups, fused=True if on_cpu else None, **how)


def learning_rate(recipe: Recipe, step: int, n_steps: int) -> float:
    """The rate of a step, the first of which is 0: a linear warm-up from 0, then the recipe's schedule."""
    n_warm = round(recipe.warmup * n_steps)
    return recipe.learning_rate * share_of_rate(recipe.schedule, step, n_warm, n_steps)


def share_of_rate(
    schedule: Literal["cosine", "linear", "constant"], step: int, n_warm: int, n_steps: int
) -> float:
    """The share of the learning rate at a step, counted from 0: a linear warm-up, then the schedule."""
    if step < n_warm:
        return step / n_warm
    progress = (step - n_warm) / max(1, n_steps - n_warm)
    match schedule:
        case "cosine":
            return 0.5 * (1 + math.cos(math.pi * progress))
        case "linear":
            return 1 - progress
        case "constant":
            return 1.0
