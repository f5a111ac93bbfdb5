"""A frozen layer and its low-rank update in one: the same sums as peft's, with a fraction of the passes.

peft turns a layer's input to fp32, computes the update there and adds it in fp32: on a CPU more time
than the layer itself, and an fp32 copy of every input is kept for the backward pass. Here the update is
computed in the base's dtype, as it would be under autocast, and added inside the matrix product. The
weights of the update, and their gradients, stay fp32.
"""

import functools
from typing import Any

import torch
from torch import Tensor, nn


def fuse_updates(adapted: Any) -> None:
    """Lets every adapted plain layer of a peft model compute this way; quantised layers keep peft's."""
    import peft

    for module in adapted.modules():
        if type(module) is peft.tuners.lora.Linear and type(module.base_layer) is nn.Linear:
            module.forward = functools.partial(_forward, module)  # type: ignore[method-assign]


def _forward(module: Any, x: Tensor) -> Tensor:
    base, name = module.base_layer, module.active_adapters[0]
    down, up = module.lora_A[name].weight, module.lora_B[name].weight
    dropout = module.lora_dropout[name]
    dropped = dropout(x) if isinstance(dropout, nn.Dropout) and module.training else x
    result: Tensor = _Updated.apply(x, dropped, base.weight, base.bias, down, up, module.scaling[name])
    return result


class _Updated(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        x: Tensor,
        dropped: Tensor,
        weight: Tensor,
        bias: Tensor | None,
        down: Tensor,
        up: Tensor,
        scale: float,
    ) -> Tensor:
        """Shapes: x (..., in), weight (out, in), down (rank, in), up (out, rank)."""
        low_down, low_up = down.to(x.dtype), up.to(x.dtype)
        flat = dropped.reshape(-1, dropped.shape[-1])
        inner = flat @ low_down.T
        ctx.save_for_backward(flat, inner, weight, low_down, low_up)
        ctx.scale, ctx.shape, ctx.same = scale, x.shape, dropped is x
        plain = nn.functional.linear(x.reshape(-1, x.shape[-1]), weight, bias)
        return plain.addmm_(inner, low_up.T, alpha=scale).view(*x.shape[:-1], -1)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor | None, ...]:
        flat, inner, weight, low_down, low_up = ctx.saved_tensors
        grad = grads[0].reshape(-1, grads[0].shape[-1])
        grad_inner = (grad @ low_up) * ctx.scale
        grad_down = (grad_inner.T @ flat).float()
        grad_up = (grad.T @ inner).float() * ctx.scale
        grad_x = grad_dropped = None
        if ctx.needs_input_grad[0]:
            grad_x = grad @ weight
        if ctx.needs_input_grad[1] and grad_x is not None and ctx.same:
            grad_x.addmm_(grad_inner, low_down)
        elif ctx.needs_input_grad[1]:
            grad_dropped = (grad_inner @ low_down).view(ctx.shape)
        grad_x = None if grad_x is None else grad_x.view(ctx.shape)
        return grad_x, grad_dropped, None, None, grad_down, grad_up, None
