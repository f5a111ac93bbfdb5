"""The task model on an encoder: BERT, RoBERTa, DeBERTa, ModernBERT and whatever classifies texts as they do.

It reads one text, or two as its tokenizer joins a pair, with a mask for padding. Its head is what the
family has: every weight outside the encoder proper, and a pooler that the base came without. These are
drawn anew from a named seed for each replicate; the rest must be in the base's files.
"""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor, nn

from scotoma.basics.randomness import seed_of
from scotoma.models import checks
from scotoma.models.adapters import load_adapter, new_adapter
from scotoma.models.base import load_classifier_base, load_config, load_tokenizer
from scotoma.models.batches import pad, tokenized
from scotoma.models.kinds import longest_row
from scotoma.models.precision import computes_in
from scotoma.models.quiet import silence_libraries
from scotoma.models.sharding import full_tensor
from scotoma.models.task_model import TaskModel
from scotoma.study.settings.models import Adapter, LoRA

#: In `head.json` of a saved classifier: the names of the weights that were drawn for it.
DRAWN = "drawn"

_SEGMENTS = "token_type_ids"


class Tokens(list[int]):
    """Token ids of a text or a pair, and for each token which of the two texts it is of."""

    segments: list[int]

    @classmethod
    def of(cls, ids: Sequence[int], segments: Sequence[int]) -> "Tokens":
        """Both together."""
        tokens = cls(ids)
        tokens.segments = list(segments)
        return tokens


def encode_texts(base: Path, fields: Sequence[str], table: pl.DataFrame) -> list[list[int]]:
    """Rows of one text, or of two as the tokenizer joins a pair; nothing is cut off.

    Args:
        base: A prepared base's folder.
        fields: The task's one or two columns of text.
        table: Rows with these columns and `id`.

    Raises:
        ScotomaError: a row is longer than the model's positions, or has tokens that it does not have.
    """
    if not table.height:
        return []
    tokenizer, config = load_tokenizer(base), load_config(base)
    columns = [table[field].to_list() for field in fields]
    with silence_libraries():
        read = tokenized(tokenizer, *columns, return_token_type_ids=True)
    rows: list[list[int]] = [
        Tokens.of(ids, segments) for ids, segments in zip(read["input_ids"], read[_SEGMENTS], strict=True)
    ]
    checks.check_lengths(rows, table["id"].to_list(), config, limit=longest_row(config))
    checks.check_tokens(rows, table["id"].to_list(), config)
    return rows


class Encoder(TaskModel):
    """Token ids of texts to logits.

    Args:
        model: A sequence classifier of transformers, or of peft around it.
        pad_id: Fills short rows.
        precision: Precision of the base and of the computation; trained weights are kept in fp32.
        drawn: Names of the weights that were drawn for it, as the model without an adapter calls them.
        has_segments: Whether the model tells the texts of a pair apart by segments.
    """

    def __init__(
        self, model: Any, pad_id: int, precision: str, drawn_weights: Sequence[str], *, has_segments: bool
    ) -> None:
        super().__init__()
        self.shares = False
        self.model, self.pad_id, self.drawn, self.has_segments = (
            model,
            pad_id,
            tuple(drawn_weights),
            has_segments,
        )
        self.n_labels = model.config.num_labels
        plain = not hasattr(model, "peft_config")
        self._mixed = plain and computes_in(precision, model.device) == "bf16"

    def batch(self, rows: Sequence[list[int]]) -> dict[str, Tensor]:
        """Token ids and mask, shape (rows, tokens), padded on the right; segments if the model has them."""
        ids, _ = pad(rows, self.pad_id)
        batch = {"input_ids": ids, "attention_mask": pad([[1] * len(row) for row in rows], 0)[0]}
        if self.has_segments:
            batch[_SEGMENTS] = pad([getattr(row, "segments", [0] * len(row)) for row in rows], 0)[0]
        return batch

    def forward(self, **inputs: Tensor) -> Tensor:
        """Float32 logits, shape (rows, labels), of what `batch` gives."""
        mixed = torch.autocast(self.device.type, torch.bfloat16) if self._mixed else contextlib.nullcontext()
        with mixed:
            logits: Tensor = self.model(**inputs).logits
        return logits.float()

    def head_sha256(self) -> str:
        """SHA-256 of the float32 values of all weights that were drawn for it."""
        digest = hashlib.sha256()
        for _, weight in self._head():
            digest.update(full_tensor(weight.detach()).float().cpu().numpy().astype("<f4").tobytes())
        return digest.hexdigest()

    def _head(self) -> Iterator[tuple[str, nn.Parameter]]:
        for path, weight in self.model.named_parameters():
            name = path.removeprefix("base_model.model.").replace(".modules_to_save.default", "")
            if name in self.drawn:
                yield name, weight


def new_encoder(
    base: Path, precision: str, adapter: Adapter, labels: tuple[str, ...], seed: int, device: str
) -> Encoder:
    """A classifier with a fresh head and, but for full training, a fresh adapter; the head trains whole.

    Raises:
        ScotomaError: the base lacks weights of the encoder itself.
    """
    model = load_classifier_base(base, precision, adapter, labels, device)
    drawn_weights = _to_draw(model)
    _draw(model, drawn_weights, seed)
    if adapter.kind != "full":
        adapter = with_head(adapter, model, drawn_weights)
        model = new_adapter(model, adapter, "SEQ_CLS", seed_of(seed, "classifier", "init", "adapter"))
    return _wrap(model, base, precision, drawn_weights)


def load_encoder(
    base: Path,
    folder: Path,
    precision: str,
    adapter: Adapter,
    labels: tuple[str, ...],
    device: str,
    drawn_weights: Sequence[str],
    *,
    trainable: bool,
) -> Encoder:
    """The classifier that a folder holds; see `scotoma.models.classifier.load_classifier`."""
    if adapter.kind == "full":
        model = load_classifier_base(base, precision, adapter, labels, device, folder / "model")
        model.requires_grad_(trainable)
    else:
        model = load_classifier_base(base, precision, adapter, labels, device)
        adapter = with_head(adapter, model, drawn_weights)
        model = load_adapter(model, adapter, folder / "adapter", trainable=trainable)
    return _wrap(model, base, precision, drawn_weights)


def _to_draw(model: Any) -> tuple[str, ...]:
    """The names of the head's weights: those outside the encoder, and of a pooler that the base lacks."""
    inside, missing = f"{model.base_model_prefix}.", set(model.missing_keys)
    missing_inside = {name for name in missing if name.startswith(inside)}
    return tuple(
        name for name, _ in model.named_parameters() if not name.startswith(inside) or name in missing_inside
    )


def _draw(model: Any, names: Sequence[str], seed: int) -> None:
    """Gives these weights new values: normal with the base's own initial spread, biases 0, norms 1."""
    std = getattr(model.config, "initializer_range", None) or 0.02

    def drawn(name: str, like: Tensor, seed: int) -> Tensor:
        if like.dim() < 2:
            return torch.full(like.shape, 0.0 if name.endswith("bias") else 1.0)
        generator = torch.Generator().manual_seed(seed_of(seed, "classifier", "init", name))
        return torch.randn(like.shape, generator=generator) * std

    weights = dict(model.named_parameters())
    checked = next(name for name in names if weights[name].dim() > 1)
    checks.check_seed_is_taken(lambda seed: drawn(checked, weights[checked], seed), seed)
    for path in names:
        module, _, name = path.rpartition(".")
        # New weights rather than new values: those of a frozen base are other models' too.
        value = drawn(path, weights[path], seed).to(weights[path].device)
        setattr(model.get_submodule(module), name, nn.Parameter(value))


def with_head(adapter: LoRA, model: Any, drawn_weights: Sequence[str]) -> LoRA:
    """The adapter, with the modules of the head among those that train whole."""
    inside = f"{model.base_model_prefix}."
    modules = dict.fromkeys(
        "pooler" if name.startswith(inside) else name.partition(".")[0] for name in drawn_weights
    )
    return adapter.model_copy(update={"also_train": tuple(dict.fromkeys((*adapter.also_train, *modules)))})


def _wrap(model: Any, base: Path, precision: str, drawn_weights: Sequence[str]) -> Encoder:
    tokenizer = load_tokenizer(base)
    checks.check_pad(tokenizer, model.config)
    for module in model.modules():
        if type(module).__name__ == "ModulesToSaveWrapper":
            # What trains whole is fp32, and what comes from a frozen base may be bf16.
            module.register_forward_pre_hook(_in_fp32)
    has_segments = (
        _SEGMENTS in tokenizer.model_input_names and getattr(model.config, "type_vocab_size", 2) > 1
    )
    return Encoder(model, tokenizer.pad_token_id, precision, drawn_weights, has_segments=has_segments)


def _in_fp32(module: nn.Module, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(
        one.float() if isinstance(one, Tensor) and one.is_floating_point() else one for one in inputs
    )
