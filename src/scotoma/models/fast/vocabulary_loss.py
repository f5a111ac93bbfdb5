"""Cross-entropy over a large vocabulary without ever holding all its logits.

With 262,144 tokens the logits of a batch are gigabytes, and as much again for their gradient. Here
a chunk's logits become its share of the loss and of the gradients at once, and are let go.
"""

from typing import Any

import torch
from torch import Tensor

#: Logits held at a time; 2**26 in bf16 are 128 MiB. The more, the better the matrix products run.
_LOGITS_HELD = 2**26

#: Logits turned to fp32 at a time; more would leave the processor's cache.
_LOGITS_IN_FP32 = 2**21


def vocabulary_loss(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of the next tokens.

    Args:
        hidden: Last hidden states, shape (positions, width).
        weight: Weight of the language-model head, shape (vocabulary, width); its gradient is computed if
            required.
        targets: Next tokens, shape (positions,).
    """
    loss: Tensor = _VocabularyLoss.apply(hidden, weight, targets)
    return loss


class _VocabularyLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        low = weight.to(hidden.dtype)
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if weight.requires_grad else None
        rows = max(1, _LOGITS_HELD // len(weight))
        for start in range(0, len(targets), rows):
            part = slice(start, start + rows)
            logits = hidden[part] @ low.T
            loss += _to_gradient(logits, targets[part], 1 / len(targets))
            grad_hidden[part] = logits @ low
            if grad_weight is not None:
                grad_weight += logits.T @ hidden[part]
        ctx.save_for_backward(grad_hidden, grad_weight)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, Tensor | None, None]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grads[0], None if grad_weight is None else grad_weight * grads[0], None


def _to_gradient(logits: Tensor, targets: Tensor, share: float) -> Tensor:
    """Turns logits into their gradient, in place, and returns their part of the loss.

    The gradient is the probabilities, less one at the target, times the share of a position in the mean.
    """
    loss = torch.zeros((), dtype=torch.float32, device=logits.device)
    rows = max(1, _LOGITS_IN_FP32 // logits.shape[1])
    for part, target in zip(logits.split(rows), targets.unsqueeze(1).split(rows), strict=True):
        exact = part.float()
        top = exact.amax(dim=1, keepdim=True)
        at_target = exact.gather(1, target) - top
        mass = exact.sub_(top).exp_().sum(dim=1, keepdim=True)
        loss += (mass.log() - at_target).sum() * share
        exact.mul_(share / mass).scatter_add_(1, target, torch.full_like(top, -share))
        part.copy_(exact)
    return loss
