"""The task model without a head: a causal language model that answers by likelihood.

What stands for a head's logits is how likely each label's words are after the prompt, in nats: the sum over
their tokens. It is trained as a language model, on prompts that are followed by the words of the right label.
"""

import contextlib
import inspect
import json
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from scotoma.basics.randomness import seed_of
from scotoma.models import checks
from scotoma.models.adapters import new_adapter
from scotoma.models.base import load_model, load_tokenizer
from scotoma.models.batches import pad
from scotoma.models.generator import (
    GeneratorLoss,
    collate_examples,
    load_learned,
    refuse_encoder,
    save_generator,
)
from scotoma.models.precision import computes_in
from scotoma.models.questions import Question
from scotoma.models.quiet import silence_libraries
from scotoma.models.task_model import TaskModel
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.models import Adapter

#: In the folder of a trained one: its labels and their words.
WORDS = "words.json"


class Headless(TaskModel):
    """Questions to the log likelihoods of their answers.

    Args:
        model: A causal language model of transformers, or of peft around it.
        pad_id: Fills short rows.
        precision: Precision of the base and of the computation; trained weights are kept in fp32.
        n_labels: Number of answers to each question.
        learns: Tokens that count in its training's loss: those of the answer, or all but the first.
    """

    def __init__(
        self, model: Any, pad_id: int, precision: str, n_labels: int, *, learns: str = "answer"
    ) -> None:
        super().__init__()
        self.shares = False
        self.model, self.pad_id, self.n_labels = model, pad_id, n_labels
        self._precision, self._learns = precision, learns
        inner = model.get_base_model() if hasattr(model, "peft_config") else model
        self._keeps = "logits_to_keep" in inspect.signature(inner.forward).parameters
        plain = inner is model and model.dtype == torch.float32
        self._mixed = plain and computes_in(precision, model.device) == "bf16"

    def n_tokens(self, row: Sequence[int]) -> int:
        """Tokens of all that is read to answer a question, each part padded to the longest."""
        readings = set(_question(row).readings())
        return len(readings) * max(map(len, readings))

    @torch.no_grad()
    def logits(self, rows: Sequence[list[int]]) -> Tensor:
        """The log likelihood of each answer to each question, float32, shape (rows, labels), on the CPU."""
        self.eval()
        # Of words of one token each the prompt is read, and once.
        readers: dict[tuple[int, ...], list[tuple[int, int, tuple[int, ...]]]] = defaultdict(list)
        for at, row in enumerate(rows):
            question = _question(row)
            for label, (read, answer) in enumerate(zip(question.readings(), question.answers, strict=True)):
                readers[read].append((at, label, answer))
        # Row, place before it, and number of each token of each answer.
        tokens = [
            (row, len(read) - len(answer) + n, token)
            for row, (read, of_row) in enumerate(readers.items())
            for _, _, answer in of_row
            for n, token in enumerate(answer)
        ]
        each = iter(self._log_probabilities(list(readers), *map(list, zip(*tokens, strict=True))))
        logits = torch.zeros(len(rows), self.n_labels)
        for of_row in readers.values():
            for at, label, answer in of_row:
                logits[at, label] = math.fsum(islice(each, len(answer)))
        return logits

    def _log_probabilities(
        self, read: Sequence[Sequence[int]], rows: list[int], places: list[int], tokens: list[int]
    ) -> list[float]:
        """Of each of these tokens, after this place of this row."""
        ids, last = pad(read, self.pad_id)
        mask = (torch.arange(ids.shape[1]) <= last.unsqueeze(1)).long().to(self.device)
        positions = sorted(set(places))
        options = {"logits_to_keep": torch.tensor(positions, device=self.device)} if self._keeps else {}
        mixed = torch.autocast(self.device.type, torch.bfloat16) if self._mixed else contextlib.nullcontext()
        with mixed:
            logits = self.model(
                input_ids=ids.to(self.device), attention_mask=mask, use_cache=False, **options
            ).logits
        at = [positions.index(place) for place in places] if self._keeps else places
        log_p = torch.log_softmax(logits[rows, at].float(), dim=-1)
        log_probabilities: list[float] = log_p[range(len(tokens)), tokens].double().tolist()
        return log_probabilities

    def to_learn(
        self, rows: Sequence[list[int]], labels: Sequence[int]
    ) -> tuple[GeneratorLoss, Callable[[list[int]], dict[str, Tensor]]]:
        """What a training computes, and makes of row numbers: prompts followed by the right label's words."""

        def collate(batch: list[int]) -> dict[str, Tensor]:
            examples = [(rows[i], labels[i]) for i in batch]
            sequences = [_question(row).answered(label) for row, label in examples]
            n_given = [len(row) if self._learns == "answer" else 0 for row, _ in examples]
            return collate_examples(sequences, n_given, self.pad_id)

        return GeneratorLoss(self.model, self._precision), collate

    def head_sha256(self) -> str:
        """Empty: there is none."""
        return ""


def new_headless(
    base: Path, precision: str, adapter: Adapter, answers: Answers, seed: int, device: str
) -> Headless:
    """A base as it is with, but for full training, a fresh adapter, which changes nothing yet.

    Raises:
        ScotomaError: the base is no causal language model.
    """
    remedy = "Name a causal language model, or leave `answers` out."
    refuse_encoder(base, "has no likelihood of words", "answers: by", remedy)
    model = load_model(AutoModelForCausalLM, base, precision, adapter, device)
    if adapter.kind != "full":
        model = new_adapter(model, adapter, "CAUSAL_LM", seed_of(seed, "classifier", "init", "adapter"))
    return _wrap(model, base, precision, answers)


def load_headless(
    base: Path,
    folder: Path,
    precision: str,
    adapter: Adapter,
    answers: Answers,
    device: str,
    *,
    trainable: bool,
) -> Headless:
    """The task model that a folder holds; see `scotoma.models.classifier.load_classifier`.

    Raises:
        ScotomaError: its labels are not these.
    """
    words = json.loads((folder / WORDS).read_text(encoding="utf8"))
    checks.check_labels(dict(enumerate(words)), list(answers.words), where=str(folder / WORDS))
    model = load_learned(base, folder, precision, adapter, device, trainable=trainable)
    return _wrap(model, base, precision, answers)


def save_headless(model: Any, base: Path, base_name: str, answers: Answers, out: Path) -> None:
    """Writes `adapter/` or `model/`, which other tools can load, and the words."""
    save_generator(model, base_name, out)
    if (out / "model").is_dir():
        with silence_libraries():
            load_tokenizer(base).save_pretrained(out / "model")
    (out / WORDS).write_text(json.dumps(answers.words, indent=1) + "\n", encoding="utf8")


def _wrap(model: Any, base: Path, precision: str, answers: Answers) -> Headless:
    tokenizer = load_tokenizer(base)
    checks.check_pad(tokenizer, model.config)
    return Headless(model, tokenizer.pad_token_id, precision, len(answers.words), learns=answers.loss)


def _question(row: Sequence[int]) -> Question:
    assert isinstance(row, Question)
    return row
