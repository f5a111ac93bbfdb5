"""The task model: on a decoder, a head that reads each prompt's last token; on an encoder, see `encoder`."""

import contextlib
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from scotoma.basics.randomness import seed_of
from scotoma.models import checks
from scotoma.models.adapters import load_adapter, new_adapter, save_adapter
from scotoma.models.base import load_classifier_base, load_config, load_tokenizer
from scotoma.models.batches import pad
from scotoma.models.encoder import DRAWN, Encoder, load_encoder, new_encoder
from scotoma.models.fast.packed_llama import packed
from scotoma.models.headless import load_headless, new_headless
from scotoma.models.kinds import is_encoder
from scotoma.models.precision import computes_in
from scotoma.models.quiet import silence_libraries
from scotoma.models.sharding import full_tensor
from scotoma.models.task_model import TaskModel
from scotoma.models.training import BatchLoss
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.models import Adapter

HEAD = "head.json"

#: Sharing is a pass of its own through all layers: fewer shared tokens, or fewer spared over all rows of a
#: batch, cost more that way than computed for each row. The few rows of the padding check spare enough.
_WORTH_SHARING, _WORTH_SPARING = 8, 24


class Classifier(TaskModel):
    """Token ids of prompts to logits.

    Rows are padded on the right and attention looks back only, so no token sees padding and no mask
    is needed. What all rows of a batch begin with, most of the prompt, is computed once, in training
    too unless dropout draws another mask for each row. The layers of a plain Llama run on packed tokens
    where that is faster. The head runs in fp32, on the last token of each row alone.

    Args:
        model: A model of transformers, or a peft model around one.
        pad_id: Fills short rows.
        precision: Precision of the base and of the computation; trained weights are kept in fp32.

    Attributes:
        shares: Whether what all rows begin with is computed once; turned off where a model does not allow it.
        packed: The layers over packed tokens, or None where the model is none that can be computed so.
    """

    def __init__(self, model: Any, pad_id: int, precision: str) -> None:
        super().__init__()
        self.shares = True
        self.model, self.pad_id, self.n_labels = model, pad_id, model.config.num_labels
        inner = model.get_base_model() if hasattr(model, "peft_config") else model
        self._parts = [getattr(inner, inner.base_model_prefix), inner.score]
        self._mixed = inner is model and computes_in(precision, inner.device) == "bf16"
        chances = [module.p for module in model.modules() if isinstance(module, nn.Dropout)]
        self.packed = None if self._mixed else packed(self._parts[0])
        self._drops = any(chances) or bool(getattr(model.config, "attention_dropout", 0))

    @property
    def packs(self) -> bool:
        """Whether predictions run on packed tokens."""
        return self.packed is not None

    @property
    def packs_in_training(self) -> bool:
        """Whether it packs in a training: with dropout it does not."""
        return self.packed is not None and not self.packed.drops

    @property
    def shares_in_training(self) -> bool:
        """Whether it shares in a training: dropout draws another mask for each row, from the first token."""
        return self.shares and not self._drops

    def forward(self, input_ids: Tensor, last: Tensor) -> Tensor:
        """Float32 logits, shape (rows, labels).

        Args:
            input_ids: Shape (rows, tokens), padded on the right.
            last: Position of each row's last token, shape (rows,).
        """
        head = self._parts[1]
        logits: Tensor = head(self._pooled(input_ids, last).float())
        return logits

    def _pooled(self, input_ids: Tensor, last: Tensor) -> Tensor:
        """Last hidden states of each row's last token, shape (rows, width)."""
        if self.packed is not None and self.packed.takes(input_ids):
            return self.packed(input_ids, torch.arange(input_ids.shape[1]) == last.unsqueeze(1))
        mixed = torch.autocast(self.device.type, torch.bfloat16) if self._mixed else contextlib.nullcontext()
        with mixed:
            hidden, n_shared = self._hidden(input_ids, last)
        return hidden[torch.arange(len(last), device=last.device), last - n_shared]

    def _hidden(self, input_ids: Tensor, last: Tensor) -> tuple[Tensor, int]:
        """Last hidden states of what follows the shared tokens, and how many these are."""
        backbone = self._parts[0]
        shares = self.shares_in_training if self.training else self.shares
        n_shared = shared_tokens(input_ids, last) if shares else 0
        if n_shared < _WORTH_SHARING or n_shared * (len(last) - 1) < _WORTH_SPARING:
            return backbone(input_ids=input_ids, use_cache=False).last_hidden_state, 0
        cache = DynamicCache(config=self.model.config)
        backbone(input_ids=input_ids[:1, :n_shared], past_key_values=cache, use_cache=True)
        cache.batch_repeat_interleave(len(last))
        rest = backbone(input_ids=input_ids[:, n_shared:], past_key_values=cache, use_cache=True)
        return rest.last_hidden_state, n_shared

    def batch(self, rows: Sequence[list[int]]) -> dict[str, Tensor]:
        """Token ids, shape (rows, tokens), padded on the right, and each row's last position."""
        ids, last = pad(rows, self.pad_id)
        return {"input_ids": ids, "last": last}

    def head_weight(self) -> Tensor:
        """A copy on the CPU of the head's weights, shape (labels, width); if sharded, see `full_tensor`."""
        head = self._parts[1]
        head = head.modules_to_save["default"] if hasattr(head, "modules_to_save") else head
        weight: Tensor = full_tensor(head.weight.detach()).float().cpu().clone()
        return weight

    def head_sha256(self) -> str:
        """SHA-256 of the head's float32 values."""
        return hashlib.sha256(self.head_weight().numpy().astype("<f4").tobytes()).hexdigest()


def shared_tokens(input_ids: Tensor, last: Tensor) -> int:
    """How many first tokens all rows share; every row keeps one of its own, and a single row all."""
    if len(input_ids) == 1:
        return 0
    differs = (input_ids != input_ids[:1]).any(dim=0).nonzero()
    n_same = int(differs[0]) if len(differs) else input_ids.shape[1]
    return min(n_same, int(last.min()))


class ClassifierLoss(BatchLoss):
    """A batch and its label numbers to the mean cross-entropy."""

    def __init__(self, classifier: TaskModel) -> None:
        super().__init__()
        self.classifier = classifier

    def forward(self, labels: Tensor, **inputs: Tensor) -> Tensor:
        """The loss; labels have shape (rows,), the inputs are the classifier's."""
        return nn.functional.cross_entropy(self.classifier(**inputs), labels)

    @property
    def packs(self) -> bool:
        """Whether the classifier's training runs on packed tokens."""
        return self.classifier.packs_in_training

    def n_terms(self, inputs: dict[str, Tensor]) -> int:
        """Rows."""
        return len(inputs["labels"])


def fresh_head(n_labels: int, width: int, std: float, seed: int) -> Tensor:
    """A head's first weights: normal with the base's own initial spread, shape (labels, width)."""
    generator = torch.Generator().manual_seed(seed_of(seed, "classifier", "init", "head"))
    return torch.randn(n_labels, width, generator=generator) * std


def new_classifier(
    base: Path,
    precision: str,
    adapter: Adapter,
    labels: tuple[str, ...],
    seed: int,
    device: str,
    answers: Answers | None = None,
) -> TaskModel:
    """A classifier with a fresh head, or none; and, but for full training, a fresh adapter."""
    if answers is not None:
        return new_headless(base, precision, adapter, answers, seed, device)
    if is_encoder(load_config(base)):
        return new_encoder(base, precision, adapter, labels, seed, device)
    model = _load(base, precision, adapter, labels, device)
    std = getattr(model.config, "initializer_range", None) or 0.02

    def draw(seed: int) -> Tensor:
        return fresh_head(len(labels), model.score.weight.shape[1], std, seed)

    checks.check_seed_is_taken(draw, seed)
    with torch.no_grad():
        model.score.weight.copy_(draw(seed))
    if adapter.kind != "full":
        model = new_adapter(model, adapter, "SEQ_CLS", seed_of(seed, "classifier", "init", "adapter"))
    return _wrap(model, base, precision)


def load_classifier(
    base: Path,
    folder: Path,
    precision: str,
    adapter: Adapter,
    labels: tuple[str, ...],
    device: str,
    *,
    trainable: bool = False,
    answers: Answers | None = None,
) -> TaskModel:
    """The classifier a `train_classifier` artifact holds.

    Raises:
        ScotomaError: its labels are not these.
    """
    if answers is not None:
        return load_headless(base, folder, precision, adapter, answers, device, trainable=trainable)
    saved = json.loads((folder / HEAD).read_text(encoding="utf8"))
    checks.check_labels(dict(enumerate(saved["labels"])), labels, where=str(folder / HEAD))
    if DRAWN in saved:
        return load_encoder(
            base, folder, precision, adapter, labels, device, saved[DRAWN], trainable=trainable
        )
    if adapter.kind == "full":
        model = _load(base, precision, adapter, labels, device, folder / "model")
        model.requires_grad_(trainable)
    else:
        model = _load(base, precision, adapter, labels, device)
        model = load_adapter(model, adapter, folder / "adapter", trainable=trainable)
    return _wrap(model, base, precision)


def save_classifier(classifier: TaskModel, labels: tuple[str, ...], base_name: str, out: Path) -> None:
    """Writes `adapter/` or `model/`, and `head.json`."""
    if hasattr(classifier.model, "peft_config"):
        save_adapter(classifier.model, base_name, out / "adapter")
    else:
        with silence_libraries():
            classifier.model.save_pretrained(out / "model")
    head = {"labels": list(labels), "sha256": classifier.head_sha256()}
    if isinstance(classifier, Encoder):
        head[DRAWN] = list(classifier.drawn)
    (out / HEAD).write_text(json.dumps(head, indent=1) + "\n", encoding="utf8")


def _load(
    base: Path,
    precision: str,
    adapter: Adapter,
    labels: tuple[str, ...],
    device: str,
    weights: Path | None = None,
) -> Any:
    model = load_classifier_base(base, precision, adapter, labels, device, weights)
    checks.check_labels(model.config.id2label, labels, where="base model")
    model.score.float()
    return model


def _wrap(model: Any, base: Path, precision: str) -> Classifier:
    tokenizer = load_tokenizer(base)
    checks.check_pad(tokenizer, model.config)
    return Classifier(model, tokenizer.pad_token_id, precision)
