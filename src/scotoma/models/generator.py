"""The generator: a base trained as a language model on labelled examples, to write new ones."""

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
import torch
from torch import Tensor, nn
from transformers import AutoModelForCausalLM

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import seed_of, stream
from scotoma.models import checks
from scotoma.models.adapters import load_adapter, new_adapter, save_adapter
from scotoma.models.base import load_config, load_model, load_tokenizer, load_weights
from scotoma.models.batches import encode_open, pad, training_batches
from scotoma.models.fast.attention import attend_with_shared_keys
from scotoma.models.fast.packed_llama import packed
from scotoma.models.fast.vocabulary_loss import vocabulary_loss
from scotoma.models.kinds import is_causal
from scotoma.models.precision import DTYPES, computes_in
from scotoma.models.quiet import silence_libraries
from scotoma.models.sampling import check_can_write
from scotoma.models.sharding import gather, shard
from scotoma.models.together import team
from scotoma.models.training import BatchLoss, Trained, train
from scotoma.study.settings.generators import Learned
from scotoma.study.settings.models import Adapter, Recipe
from scotoma.tasks import Task

#: Settings of models whose logits are more than a product with the head's weights; an adapted head's are too.
_BENT_LOGITS = ("final_logit_softcapping", "logit_scale", "logits_scaling")

#: What a generator must, where it is said, and what to do if it cannot.
_WRITES = ("cannot generate", "generator: model", "Name a causal language model for the generator.")


class GeneratorLoss(BatchLoss):
    """Token ids to the mean cross-entropy of the tokens that count.

    Args:
        model: A causal language model of transformers, or of peft around it.
        precision: Precision of the base and of the computation; trained weights are kept in fp32.
    """

    def __init__(self, model: Any, precision: str) -> None:
        super().__init__()
        self.model = model
        inner = model.get_base_model() if hasattr(model, "peft_config") else model
        self._parts = [inner, getattr(inner, inner.base_model_prefix), inner.get_output_embeddings()]
        self._mixed = inner is model and computes_in(precision, inner.device) == "bf16"
        self.packed = None if self._mixed else packed(self._parts[1])

    @property
    def packs(self) -> bool:
        """Whether the training runs on packed tokens."""
        bent = self._logits_are_bent(self._parts[0])
        return self.packed is not None and not self.packed.drops and not bent

    def forward(self, input_ids: Tensor, counts: Tensor) -> Tensor:
        """The loss of a batch.

        Args:
            input_ids: Shape (rows, tokens), padded on the right.
            counts: Whether a token's prediction counts, same shape; never the first of a row.
        """
        inner, backbone, head = self._parts
        mixed = (
            torch.autocast(input_ids.device.type, torch.bfloat16) if self._mixed else contextlib.nullcontext()
        )
        chosen, targets = counts[:, 1:], input_ids[:, 1:][counts[:, 1:]]
        with mixed:
            if self._logits_are_bent(inner):
                logits = inner(input_ids=input_ids, use_cache=False).logits[:, :-1][chosen]
                return nn.functional.cross_entropy(logits.float(), targets)
            if self.packed is not None and self.packed.takes(input_ids):
                hidden = self.packed(input_ids[:, :-1], chosen)
            else:
                hidden = backbone(input_ids=input_ids, use_cache=False).last_hidden_state[:, :-1][chosen]
        if self._mixed:
            hidden = hidden.to(torch.bfloat16)
        return vocabulary_loss(hidden, head.weight, targets)

    def n_terms(self, inputs: dict[str, Tensor]) -> int:
        """Tokens that count."""
        return int(inputs["counts"][:, 1:].sum())

    def _logits_are_bent(self, inner: Any) -> bool:
        head = self._parts[2]
        bent = any(getattr(inner.config, name, None) is not None for name in _BENT_LOGITS)
        # peft's layers, and they alone, have a layer of the model within.
        return bent or hasattr(head, "base_layer") or getattr(head, "bias", None) is not None


def encode_examples(
    tokenizer: Any,
    task: Task,
    rows: Sequence[tuple[dict[str, str], str]],
    prompts: Sequence[tuple[str, str]] | None = None,
) -> tuple[list[list[int]], list[int]]:
    """Token lists of whole generator texts, and how many tokens of each are the prompt.

    The prompt is what a text's tokens share with the prompt's own, which is what sampling starts
    from. No end-of-text token follows the end marker: sampling stops at the marker itself.

    Args:
        tokenizer: Tokenizer of the model.
        task: Task whose generator text is encoded.
        rows: Texts and label of each row.
        prompts: For each row, text before it and the beginning of its own that is given; None for the label.
    """
    if prompts is None:
        prompts = [("", task.generator_prompt(label)) for _, label in rows]
    starts = list(dict.fromkeys(before + begun for before, begun in prompts))
    known = dict(zip(starts, encode_open(tokenizer, starts), strict=True))
    full_texts = [before + task.write(*row) for (before, _), row in zip(prompts, rows, strict=True)]
    tokens = encode_open(tokenizer, full_texts)
    return tokens, [
        _shared(known[before + begun], row) for row, (before, begun) in zip(tokens, prompts, strict=True)
    ]


def collate_examples(rows: Sequence[list[int]], n_prompt: Sequence[int], pad_id: int) -> dict[str, Tensor]:
    """A batch of token lists, and which tokens count: those after the prompt, no padding."""
    ids, last = pad(rows, pad_id)
    position = torch.arange(ids.shape[1]).unsqueeze(0)
    first = torch.tensor(list(n_prompt)).clamp(min=1).unsqueeze(1)
    return {"input_ids": ids, "counts": (position >= first) & (position <= last.unsqueeze(1))}


def new_generator(base: Path, precision: str, adapter: Adapter, seed: int, device: str) -> Any:
    """A causal language model with, but for full training, a fresh adapter.

    Raises:
        ScotomaError: it cannot be sampled from, which is better known before it is trained.
    """
    refuse_encoder(base, *_WRITES)
    model = load_model(AutoModelForCausalLM, base, precision, adapter, device)
    checks.check_pad(load_tokenizer(base), model.config)
    if not team().shards:
        check_can_write(model)
    if adapter.kind != "full":
        model = new_adapter(model, adapter, "CAUSAL_LM", seed_of(seed, "generator", "init"))
    return model


def refuse_encoder(base: Path, why: str, where: str, remedy: str) -> None:
    """Refuses a base that transformers loads as a causal language model though it was not trained as one.

    Args:
        base: A prepared base's folder.
        why: What it cannot do.
        where: Setting that asks it to.
        remedy: What to do about it.
    """
    config = load_config(base)
    if not is_causal(config):
        raise ScotomaError(f"a model of type {config.model_type!r} {why}", where=where, remedy=remedy)


def train_generator(
    model: Any,
    base: Path,
    task: Task,
    table: pl.DataFrame,
    precision: str,
    recipe: Recipe,
    seed: int,
    progress: Callable[[int, int], None],
    checkpoints: Path | None = None,
    *,
    loss: Learned = "written",
    prompts: Sequence[tuple[str, str]] | None = None,
) -> Trained:
    """Trains a generator in place and says how it went; one that was sharded can then only be saved.

    Args:
        model: Model as `new_generator` gives it.
        base: A prepared base's folder.
        task: Task whose generator text is learned.
        table: Examples: id, the task's fields, label.
        precision: bf16 or fp32.
        recipe: The training's settings.
        seed: Seed of the order of rows and of dropout; each has its own stream.
        progress: Called with (rows done, rows in all).
        checkpoints: Folder for checkpoints; None keeps none.
        loss: Tokens that count: those after the prompt, or all but the first.
        prompts: What each row is given, as `encode_examples` takes it; None for its label alone.

    Raises:
        ScotomaError: a row is longer than the model's positions, or the loss is no longer a number.
    """
    tokenizer = load_tokenizer(base)
    examples = [
        (texts, label)
        for texts, label in zip(table.select(task.fields).to_dicts(), table["label"], strict=True)
    ]
    rows, n_prompt = encode_examples(tokenizer, task, examples, prompts)
    if loss == "all":
        n_prompt = [0] * len(rows)
    checks.check_lengths(rows, table["id"].to_list(), model.config)
    checks.check_tokens(rows, table["id"].to_list(), model.config)

    def collate(batch: list[int]) -> dict[str, Tensor]:
        return collate_examples(
            [rows[i] for i in batch], [n_prompt[i] for i in batch], tokenizer.pad_token_id
        )

    batches = training_batches([len(row) for row in rows], recipe, stream(seed, "generator", "order"))
    dropout = seed_of(seed, "generator", "dropout")
    trains = GeneratorLoss(model, precision)
    shard(trains)
    trained = train(trains, batches, collate, recipe, dropout, progress, checkpoints)
    gather(trains)
    return trained


def load_generator(base: Path, folder: Path, precision: str, adapter: Adapter, device: str) -> Any:
    """The language model a `train_generator` artifact holds, frozen, in the precision it samples with."""
    model = load_learned(base, folder, precision, adapter, device, trainable=False)
    return _to_sample_with(model, precision, adapter)


def load_learned(
    base: Path, folder: Path, precision: str, adapter: Adapter, device: str, *, trainable: bool
) -> Any:
    """The causal language model that `save_generator` has saved in a folder."""
    if adapter.kind == "full":
        model = load_weights(
            AutoModelForCausalLM, str(folder / "model"), None, load_config(base), precision, adapter, device
        )
        return model.requires_grad_(trainable)
    model = load_model(AutoModelForCausalLM, base, precision, adapter, device)
    return load_adapter(model, adapter, folder / "adapter", trainable=trainable)


def load_untrained(base: Path, precision: str, adapter: Adapter, device: str) -> Any:
    """A base as it is, frozen, in the precision it samples with; in 4 bits where its adapter is qlora."""
    refuse_encoder(base, *_WRITES)
    model = load_model(AutoModelForCausalLM, base, precision, adapter, device)
    return _to_sample_with(model, precision, adapter)


def _to_sample_with(model: Any, precision: str, adapter: Adapter) -> Any:
    if adapter.kind != "qlora":
        # No more to be learned, so fp32 parts would only cost time.
        model.to(DTYPES[computes_in(precision, model.device)])
    attend_with_shared_keys(model.get_base_model() if hasattr(model, "peft_config") else model)
    return model.requires_grad_(False).eval()


def save_generator(model: Any, base_name: str, out: Path) -> None:
    """Writes `adapter/`, or `model/` after full training."""
    if hasattr(model, "peft_config"):
        save_adapter(model, base_name, out / "adapter")
    else:
        with silence_libraries():
            model.save_pretrained(out / "model")


def _shared(prompt: list[int], row: list[int]) -> int:
    pairs = enumerate(zip(prompt, row, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(prompt), len(row)))
