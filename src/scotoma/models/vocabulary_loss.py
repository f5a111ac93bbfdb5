"""Cross-entropy over a large vocabulary without ever holding all its logits.

With 262,144 tokens the logits of a batch are gigabytes, and as much again for their gradient. Here
a chunk's logits are turned into its share of the loss and of the gradients at once, and let go.
"""

from typing import Any

import torch
from torch import Tensor

#: Logits held at a time; 2**24 in fp32 are 64 MiB.
_LOGITS_HELD = 2**24


def vocabulary_loss(hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of the next tokens.

    Args:
        hidden: Last hidden states, shape (positions, width).
        weight: Of the language-model head, shape (vocabulary, width); it gets a gradient if it asks for one.
        targets: Next tokens, shape (positions,).
    """
    loss: Tensor = _VocabularyLoss.apply(hidden, weight, targets)
    return loss


class _VocabularyLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weight: Tensor, targets: Tensor) -> Tensor:
        low = weight.to(hidden.dtype)
        share = 1 / len(targets)
        loss = torch.zeros((), dtype=torch.float32, device=hidden.device)
        grad_hidden = torch.empty_like(hidden)
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if weight.requires_grad else None
        rows = max(1, _LOGITS_HELD // len(weight))
        for start in range(0, len(targets), rows):
            part = slice(start, start + rows)
            logits = (hidden[part] @ low.T).float()
            top = logits.logsumexp(dim=1, keepdim=True)
            wanted = targets[part].unsqueeze(1)
            loss += (top - logits.gather(1, wanted)).sum() * share
            # The gradient of the logits: probabilities, less one at the target.
            grad = logits.sub_(top).exp_()
            grad.scatter_add_(1, wanted, torch.full_like(top, -1.0))
            grad = grad.mul_(share).to(hidden.dtype)
            grad_hidden[part] = grad @ low
            if grad_weight is not None:
                grad_weight += grad.T @ hidden[part]
        ctx.save_for_backward(grad_hidden, grad_weight)
        return loss

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, Tensor | None, None]:
        grad_hidden, grad_weight = ctx.saved_tensors
        return grad_hidden * grads[0], None if grad_weight is None else grad_weight * grads[0], None
