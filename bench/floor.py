"""The floor: the arithmetic that cannot be avoided, divided by the rate at which this machine multiplies.

It counts 2 operations per weight and token in the forward pass, and the same number in the backward pass, as
the base is frozen. The language-model head counts only where a token is drawn. Embeddings, attention scores
and norms are not counted.
"""

import time
from typing import Any

import torch

from scotoma.models.classifier import shared_tokens

#: Side of the square matrices for the timed product.
_SIDE = 2048


def matrix_rate(dtype: torch.dtype, device: str = "cpu", side: int = _SIDE, seconds: float = 1.0) -> float:
    """Operations per second of a large matrix product, the best of a few runs."""
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
    """Waits until the GPU, if there is one, has finished its work."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def weights(model: Any) -> tuple[int, int]:
    """Number of weights that a token passes in the blocks, and in the language-model head."""
    inner = model.get_base_model() if hasattr(model, "peft_config") else model
    backbone = getattr(inner, inner.base_model_prefix)
    inside = sum(
        module.weight.numel() for module in backbone.modules() if isinstance(module, torch.nn.Linear)
    )
    head = inner.config.vocab_size * inner.config.hidden_size
    return inside, head


def classifier_flops(model: Any, batches: list[list[list[int]]], *, train: bool) -> float:
    """Operations for batches of token lists; a beginning that all rows of a batch share counts once."""
    inside, _ = weights(model)
    tokens = 0
    for rows in batches:
        longest = max(map(len, rows))
        ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows])
        n_shared = shared_tokens(ids, torch.tensor([len(row) - 1 for row in rows]))
        tokens += n_shared + sum(len(row) - n_shared for row in rows)
    return (4 if train else 2) * inside * tokens


def sampling_flops(model: Any, n_tokens: int) -> float:
    """Operations for drawing the given number of tokens."""
    inside, head = weights(model)
    return 2 * (inside + head) * n_tokens
