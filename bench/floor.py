"""The floor: the arithmetic that cannot be left out, over the rate at which this machine multiplies.

Counted are 2 operations for each weight and token forward; as many again backward, as the base is frozen;
the language-model head only where a token is drawn. Embeddings, attention scores and norms are not counted.
"""

import time
from typing import Any

import torch

from scotoma.models.classifier import shared_tokens

#: Side of the square matrices whose product is timed.
_SIDE = 2048


def matrix_rate(dtype: torch.dtype, device: str = "cpu", side: int = _SIDE, seconds: float = 1.0) -> float:
    """Operations a second of a large matrix product, the best of a few."""
    left, right = (torch.randn(side, side, device=device).to(dtype) for _ in range(2))
    best, until = float("inf"), time.perf_counter() + seconds
    while time.perf_counter() < until:
        wait()
        started = time.perf_counter()
        left @ right
        wait()
        best = min(best, time.perf_counter() - started)
    return 2 * side**3 / best


def wait() -> None:
    """Until a GPU, where there is one, has done what it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def weights(model: Any) -> tuple[int, int]:
    """How many weights a token meets in the blocks, and how many in the language-model head."""
    whole = model.get_base_model() if hasattr(model, "peft_config") else model
    backbone = getattr(whole, whole.base_model_prefix)
    inside = sum(
        module.weight.numel() for module in backbone.modules() if isinstance(module, torch.nn.Linear)
    )
    head = whole.config.vocab_size * whole.config.hidden_size
    return inside, head


def classifier_flops(model: Any, batches: list[list[list[int]]], *, train: bool) -> float:
    """Of the given batches of token lists, what all rows of a batch begin with counted once."""
    inside, _ = weights(model)
    tokens = 0
    for rows in batches:
        longest = max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        n_shared = shared_tokens(ids, torch.tensor([len(row) - 1 for row in rows]))
        tokens += n_shared + sum(len(row) - n_shared for row in rows)
    return (4 if train else 2) * inside * tokens


def sampling_flops(model: Any, n_tokens: int) -> float:
    """Of drawing so many tokens."""
    inside, head = weights(model)
    return 2 * (inside + head) * n_tokens
