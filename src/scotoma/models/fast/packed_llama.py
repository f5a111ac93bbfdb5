"""A plain Llama over packed tokens: no padding, no beginning computed twice, at the top only what is read.

In a batch of short rows a third of the tokens is padding, rows begin alike, and a classifier reads one token
of each. For rows of some dozen tokens torch's attention kernel takes longer on a CPU than the products and
the softmax that it stands for, and its automatic gradients pass over more memory than the formulas need.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import LlamaModel
from transformers.models.llama.modeling_llama import (
    LlamaAttention,
    LlamaDecoderLayer,
    LlamaMLP,
    LlamaRMSNorm,
)

from scotoma.models.checks import TOLERANCE
from scotoma.models.fast.packing import Pack, pack
from scotoma.models.together import team

#: From here on torch's attention kernel, which never holds the scores of all pairs, is the better one.
_LONGEST = 256

#: Rows that the self-check reads: of different lengths, two of which begin alike.
_CHECKED = ((1, 2, 3), (1, 2), (2, 1, 1, 3))


class PackedLlama:
    """Last hidden states of chosen tokens, as the backbone itself would give them but for rounding.

    Args:
        backbone: Layers that `packed` found fit.
    """

    def __init__(self, backbone: Any) -> None:
        self.backbone, self.heads = backbone, backbone.config.num_attention_heads
        self.drops = any(module.p > 0 for module in backbone.modules() if isinstance(module, nn.Dropout))

    def takes(self, input_ids: Tensor) -> bool:
        """Whether a batch can be computed this way: it is not long, and no row has its own dropout."""
        return input_ids.shape[1] <= _LONGEST and not (self.drops and self.backbone.training)

    def __call__(self, input_ids: Tensor, marks: Tensor) -> Tensor:
        """Hidden states after the last norm, by rows and positions, shape (marked tokens, width).

        Args:
            input_ids: Shape (rows, tokens).
            marks: Whether each token is read, same shape; of a row, nothing after its last mark is looked at.
        """
        batch = pack(input_ids, marks, self.heads)
        x = self.backbone.embed_tokens(batch.tokens)
        cos, sin = (one[0].unsqueeze(1) for one in self.backbone.rotary_emb(x, batch.positions[None]))
        half = sin.shape[-1] // 2
        signed = torch.cat([-sin[..., :half], sin[..., half:]], dim=-1)
        for layer in self.backbone.layers:
            at, eps = layer.self_attn, layer.input_layernorm.variance_epsilon
            normed = _Norm.apply(x, layer.input_layernorm.weight, eps)
            query, key, value = (
                project(normed).view(len(x), self.heads, -1) for project in (at.q_proj, at.k_proj, at.v_proj)
            )
            query, key = (_Rotation.apply(one, cos, signed) for one in (query, key))
            attended = _Attention.apply(query, key, value, batch, at.scaling).view(len(x), -1)
            if layer is self.backbone.layers[-1]:
                x, attended = (one.index_select(0, batch.read) for one in (x, attended))
            x = x + at.o_proj(attended)
            normed = _Norm.apply(x, layer.post_attention_layernorm.weight, eps)
            mlp = layer.mlp
            x = x + mlp.down_proj(_Gate.apply(mlp.gate_proj(normed), mlp.up_proj(normed)))
        norm = self.backbone.norm
        states: Tensor = _Norm.apply(x, norm.weight, norm.variance_epsilon)
        return states


def packed(backbone: nn.Module) -> PackedLlama | None:
    """A model's layers over packed tokens; None where they are others, or give other numbers."""
    # A sharded layer gathers its weights when it is called as a whole, which is not done here.
    if team().shards or not _fits(backbone):
        return None
    fast, longest = PackedLlama(backbone), max(map(len, _CHECKED))
    ids = torch.tensor([[*row, *[0] * (longest - len(row))] for row in _CHECKED])
    marks = torch.arange(longest) < torch.tensor([[len(row)] for row in _CHECKED])
    training = backbone.training
    backbone.eval()
    with torch.no_grad():
        packed_states, plain = (
            fast(ids, marks),
            backbone(input_ids=ids, use_cache=False).last_hidden_state[marks],
        )
    backbone.train(training)
    close = (packed_states - plain).abs().max() <= TOLERANCE["fp32"] * plain.abs().max()
    return fast if close else None


def _fits(backbone: nn.Module) -> bool:
    """Whether the layers are a Llama's in fp32 on a CPU, with as many key heads as heads, and no other."""
    if type(backbone) is not LlamaModel:
        return False
    config: Any = backbone.config
    parts = [(layer, layer.self_attn, layer.mlp) for layer in backbone.layers]
    return (
        all(tuple(map(type, part)) == (LlamaDecoderLayer, LlamaAttention, LlamaMLP) for part in parts)
        and all(type(norm) is LlamaRMSNorm for norm in _norms(backbone))
        and {(weight.device.type, weight.dtype) for weight in backbone.parameters()}
        == {("cpu", torch.float32)}
        and config.num_key_value_heads == config.num_attention_heads
        and config.hidden_act == "silu"
        and not config.attention_dropout
        and config.rope_parameters.get("rope_type") == "default"
    )


def _norms(backbone: Any) -> list[nn.Module]:
    inside = [(layer.input_layernorm, layer.post_attention_layernorm) for layer in backbone.layers]
    return [backbone.norm, *(norm for pair in inside for norm in pair)]


class _Norm(torch.autograd.Function):
    """Division by the root mean square, times the weight."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        scale = x.square().mean(-1, keepdim=True).add_(epsilon).rsqrt_()
        normed = x * scale
        ctx.save_for_backward(normed, scale, weight)
        return normed * weight

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, Tensor, None]:
        normed, scale, weight = ctx.saved_tensors
        grad = grads[0] * weight
        along = (grad * normed).mean(-1, keepdim=True)
        return grad.sub_(normed * along).mul_(scale), (grads[0] * normed).sum(0), None


class _Gate(torch.autograd.Function):
    """silu(gate) x up."""

    @staticmethod
    def forward(ctx: Any, gate: Tensor, up: Tensor) -> Tensor:
        opened = nn.functional.silu(gate)
        ctx.save_for_backward(gate, up, opened)
        return opened * up

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, Tensor]:
        gate, up, opened = ctx.saved_tensors
        return torch.ops.aten.silu_backward(grads[0] * up, gate), grads[0] * opened


class _Rotation(torch.autograd.Function):
    """Rotary positions: the two halves of a head turn into one another; the gradient turns back."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Shapes: x (tokens, heads, width); cos and sin (tokens, 1, width), half of sin negative."""
        ctx.save_for_backward(cos, sin)
        return _rotated(x, cos, sin)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _rotated(grads[0], cos, -sin), None, None


def _rotated(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return (x * cos).addcmul_(torch.cat([second, first], dim=-1), sin)


class _Attention(torch.autograd.Function):
    """Causal attention within rows: gathered from the pack, computed by rows of like length, put back."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, batch: Pack, scale: float) -> Tensor:
        """Shapes: query, key, value and the result (tokens, heads, width)."""
        q, k, v = (
            one.reshape(-1, one.shape[-1]).index_select(0, batch.source) for one in (query, key, value)
        )
        out, shares = torch.empty_like(q), list[Tensor]()
        for group in batch.groups:
            a, b, c, into = (one[group.slots].view(group.shape) for one in (q, k, v, out))
            shares.append(torch.baddbmm(group.mask, a, b.mT, alpha=scale).softmax(dim=-1))
            torch.bmm(shares[-1], c, out=into)
        ctx.save_for_backward(q, k, v, *shares)
        ctx.batch, ctx.scale = batch, scale
        return out.index_select(0, batch.home).view_as(query)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor | None, ...]:
        q, k, v, *shares = ctx.saved_tensors
        batch, shape = ctx.batch, grads[0].shape
        # Where a token stands repeatedly, its result was taken from one slot.
        grad = torch.zeros_like(q).index_copy_(0, batch.home, grads[0].reshape(-1, shape[-1]))
        into = [torch.empty_like(q) for _ in range(3)]
        for group, share in zip(batch.groups, shares, strict=True):
            d, a, b, c, da, db, dc = (one[group.slots].view(group.shape) for one in (grad, q, k, v, *into))
            scores = torch.bmm(d, c.mT)
            scores = torch._softmax_backward_data(scores, share, -1, torch.float32).mul_(ctx.scale)
            torch.bmm(scores, b, out=da)
            torch.bmm(scores.mT, a, out=db)
            torch.bmm(share.mT, d, out=dc)
        grads_in = [_gathered(one, batch).view(shape) for one in into]
        return *grads_in, None, None


def _gathered(slots: Tensor, batch: Pack) -> Tensor:
    """Sums over the slots of each token's head."""
    copies = batch.copies
    return slots.index_select(0, batch.home).index_add_(
        0, batch.source[copies], slots.index_select(0, copies)
    )
