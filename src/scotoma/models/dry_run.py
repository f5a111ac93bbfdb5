"""What a training will hold in memory, found without weights, data or a GPU.

The model is built with shapes alone (torch's `meta` device), adapter and all, and one batch goes through it
while what autograd keeps is counted. What that cannot see: the allocator's own losses, and the short-lived
work space of a kernel. Processes that train together each hold all of it, but for the rows of a batch.

Where they share the model, each holds its share of weights, gradients and optimizer state, and beside it
what is gathered at a time: a layer at work and the next one on its way, with their gradients, and all the
while what lies in no layer (embeddings, head). Of a model that trains whole in bf16, autocast makes copies of
all linear layers, which every process keeps for the backward pass; they are counted among the activations.
"""

import contextlib
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import (
    AttentionInterface,
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    DynamicCache,
)

from scotoma.basics.errors import ScotomaError
from scotoma.models.adapters import new_adapter
from scotoma.models.encoder import with_head
from scotoma.models.kinds import is_encoder
from scotoma.models.precision import DTYPES
from scotoma.models.quiet import silence_libraries
from scotoma.models.sharding import layers
from scotoma.models.sizes import find_config
from scotoma.study.settings.models import Adapter, Full, Model

#: NF4 with a scale in fp32 for each block of 64, as bitsandbytes stores it without double quantisation.
_BYTES_IN_4_BIT = 0.5 + 4 / 64

#: AdamW's two moments, in fp32.
_BYTES_OF_MOMENTS = 8


_ATTENTION = "scotoma_shapes"


@dataclass(frozen=True)
class Memory:
    """What one process holds at the end of a forward pass, in bytes.

    Attributes:
        weights: Frozen and trained weights.
        gradients: Gradients of the trained weights.
        optimizer: AdamW's state.
        activations: Activations kept for the backward pass.
        gathered: For a sharded model: weights and gradients that are whole at the worst moment.
    """

    weights: int
    gradients: int
    optimizer: int
    activations: int
    gathered: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.gathered


def config_here(model: Model) -> Any | None:
    """The model's configuration; None where it is not on this machine, or of no architecture known here."""
    path = find_config(model.name, model.revision)
    return path and config_of(path)


def config_of(path: Mapping[str, Any]) -> Any | None:
    """The configuration that a file says; None for an architecture that is not known here."""
    try:
        return AutoConfig.for_model(**path)
    except (KeyError, ValueError, TypeError):  # the last where no type is named
        return None


def check_adapter(path: Mapping[str, Any], precision: str, adapter: Adapter, n_labels: int | None) -> None:
    """Puts an adapter on a model that has no weights.

    Args:
        path: Configuration of the base model, as its file has it.
        precision: bf16 or fp32.
        adapter: Adapter to be trained.
        n_labels: Number of labels of a classifier; None for a generator.

    Raises:
        ScotomaError: the adapter names layers that the model does not have.
    """
    config = config_of(path)
    if config is None:
        return
    try:
        _shapes(config, precision, adapter, n_labels)
    except ScotomaError:
        raise
    # A library may fail to build such a model without its weights, with any error: nothing is known then.
    except Exception:  # noqa: BLE001
        return


def linear_layers(config: Any, n_labels: int) -> tuple[str, ...]:
    """The last part of the names of a classifier's linear layers, such as `q_proj`; not those of heads.

    Empty for a model that has none, or that its library does not build without weights.

    Args:
        config: Configuration of the base model.
        n_labels: Number of labels.
    """
    try:
        model = _shapes(config, "fp32", Full(kind="full"), n_labels)
    # Any error, as above.
    except Exception:  # noqa: BLE001
        return ()
    inner = (one for layer in layers(model) for one in layer.named_modules())
    names = (name.rpartition(".")[2] for name, module in inner if isinstance(module, nn.Linear))
    return tuple(dict.fromkeys(names))


def memory_of_training(
    config: Any,
    precision: str,
    adapter: Adapter,
    *,
    n_labels: int | None,
    rows: int,
    tokens: int,
    processes: int,
    sharded: bool = False,
) -> Memory:
    """What each of the processes will hold.

    Args:
        config: Configuration of the base model.
        precision: bf16 or fp32.
        adapter: How the model is trained.
        n_labels: Number of labels of a classifier; None for a generator.
        rows: Rows in a batch.
        tokens: Tokens of the longest row in the batch.
        processes: Processes that share the batch.
        sharded: Whether they share the model too; the estimate is then of the first, whose share is largest.
    """
    model = _shapes(config, precision, adapter, n_labels)
    packed = _packed(model) if adapter.kind == "qlora" else set()
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    cuts = processes if sharded else 1
    return Memory(
        weights=sum(
            round(_share(weight, cuts) * (_BYTES_IN_4_BIT if id(weight) in packed else weight.element_size()))
            for weight in model.parameters()
        )
        + (0 if sharded else _kept_by_the_base(model, DTYPES[precision])),
        gradients=sum(_share(weight, cuts) * weight.element_size() for weight in trained),
        optimizer=sum(_share(weight, cuts) for weight in trained) * _BYTES_OF_MOMENTS,
        gathered=_gathered(model) if sharded else 0,
        # Last: it may turn the model to another precision.
        activations=_activations(model, precision, adapter, math.ceil(rows / processes), tokens),
    )


def _kept_by_the_base(model: nn.Module, dtype: torch.dtype) -> int:
    """Bytes of what trains whole, in fp32, and stays as it was in the base that other models share."""
    weights = [
        weight
        for name, weight in model.named_parameters()
        if ".original_module." in name and ".score." not in name
    ]
    base = [weight for weight in weights if weight.dtype != dtype]
    return sum(weight.numel() * dtype.itemsize for weight in base)


def _share(weight: Tensor, cuts: int) -> int:
    """Numbers in the first share of a weight, which is cut along its first dimension."""
    return math.ceil(len(weight) / cuts) * weight[0].numel()


def _gathered(model: nn.Module) -> int:
    """Bytes of two layers, the largest, and of what lies in none, each with its gradients."""

    def size(weights: Iterable[Tensor]) -> int:
        return sum(weight.nbytes * (2 if weight.requires_grad else 1) for weight in weights)

    blocks = layers(model)
    inside = {id(weight) for layer in blocks for weight in layer.parameters()}
    outside = size(weight for weight in model.parameters() if id(weight) not in inside)
    return outside + 2 * max((size(layer.parameters()) for layer in blocks), default=0)


def _shapes(config: Any, precision: str, adapter: Adapter, n_labels: int | None) -> Any:
    """The model as `new_classifier` or `new_generator` makes it, without values."""
    kind = AutoModelForCausalLM if n_labels is None else AutoModelForSequenceClassification
    if n_labels is not None:
        config.num_labels = n_labels
    dtype = torch.float32 if adapter.kind == "full" else DTYPES[precision]
    if n_labels is not None and is_encoder(config):
        return _shapes_of_encoder(kind, config, dtype, adapter)
    with silence_libraries(), torch.device("meta"):
        model = kind.from_config(config, dtype=dtype, attn_implementation=_ATTENTION, trust_remote_code=False)
        if n_labels is not None:
            model.score.float()
        if adapter.kind == "full":
            return model
        return new_adapter(model, adapter, "CAUSAL_LM" if n_labels is None else "SEQ_CLS", seed=0)


def _shapes_of_encoder(kind: Any, config: Any, dtype: torch.dtype, adapter: Adapter) -> Any:
    """An encoder without values, with its own attention, which masks padding."""
    with silence_libraries(), torch.device("meta"):
        model = kind.from_config(config, dtype=dtype, trust_remote_code=False)
        inside = f"{model.base_model_prefix}."
        head = [name for name, _ in model.named_parameters() if not name.startswith(inside)]
        if adapter.kind == "full":
            return model
        return new_adapter(model, with_head(adapter, model, head), "SEQ_CLS", seed=0)


def _packed(model: Any) -> set[int]:
    """The weights that bitsandbytes holds in 4 bits: of frozen linear layers, but for heads."""
    heads = ("lm_head", "score")
    return {
        id(module.weight)
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear)
        and not module.weight.requires_grad
        and not any(head in name for head in heads)
    }


def _activations(model: Any, precision: str, adapter: Adapter, rows: int, tokens: int) -> int:
    inner = model.get_base_model() if hasattr(model, "peft_config") else model
    encodes = not hasattr(inner, "score") and not hasattr(inner, "lm_head")
    backbone = getattr(inner, inner.base_model_prefix)
    mixed = precision == "bf16" and adapter.kind == "full"
    n_bytes = _cast_as_autocast_would(backbone) if mixed else 0
    ids = torch.zeros((rows, tokens), dtype=torch.long, device="meta")
    model.train()
    if encodes:
        return n_bytes + _saved_by_encoder(backbone, ids)
    with bytes_saved(model) as saved:
        # With a cache at hand the mask does not depend on values, which there are none of.
        backbone(input_ids=ids, past_key_values=DynamicCache(config=model.config))
    return n_bytes + sum(saved.values())


def _saved_by_encoder(backbone: nn.Module, ids: Tensor) -> int:
    """Most encoders ask a mask for its values, and there are none; DeBERTa asks the ids if it has no mask."""
    try:
        with bytes_saved(backbone) as saved:
            backbone(input_ids=ids)
    except RuntimeError:
        with bytes_saved(backbone) as saved:
            backbone(input_ids=ids, attention_mask=torch.ones_like(ids))
    return sum(saved.values())


def _cast_as_autocast_would(backbone: nn.Module) -> int:
    """Lets linear layers compute in bf16, and returns the bytes of their weights' copies: kept as well."""
    layers = [module for module in backbone.modules() if isinstance(module, nn.Linear)]
    for layer in layers:
        layer.bfloat16().register_forward_pre_hook(lambda _, inputs: (inputs[0].bfloat16(),))
    return sum(layer.weight.nbytes for layer in layers)


@contextlib.contextmanager
def bytes_saved(model: nn.Module) -> Iterator[dict[int, int]]:
    """Bytes of every storage that autograd keeps for a backward pass, by its address; no weights."""
    weights = {weight.untyped_storage()._cdata for weight in (*model.parameters(), *model.buffers())}
    saved: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage._cdata not in weights:
            saved[storage._cdata] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        yield saved


class _Attend(torch.autograd.Function):
    """What a fused kernel keeps; without a device torch would take the plain one, which keeps far more."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        out = torch.empty_like(query)
        ctx.save_for_backward(query, key, value, out)
        return out


def _attend(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, *_: Any, **__: Any
) -> tuple[Tensor, None]:
    """Attention for transformers: from (rows, heads, tokens, width) to (rows, tokens, heads, width)."""
    dtype = value.dtype  # rotated ones may be wider
    return _Attend.apply(query.to(dtype), key.to(dtype), value).transpose(1, 2).contiguous(), None


AttentionInterface.register(_ATTENTION, _attend)
