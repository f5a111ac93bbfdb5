"""Sampling from a language model: a prompt for each label or row, and a random stream for each row.

Rows are written side by side in waves. What rows begin with alike is computed once, and its keys and
values are shared out. Rows that reach the end marker leave their wave; when few are left, these are put
aside and go on later with those of other waves, so that few steps are spent on a narrow batch. A row's
uniform numbers depend on its label and number alone: neither the width of a wave nor the rows beside it
change what is drawn for it.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.models.batches import encode, encode_open
from scotoma.models.checks import TOLERANCE, check_lengths
from scotoma.models.device import free_memory, lacks_memory, out_of_memory
from scotoma.models.fast.nucleus import nucleus_sample
from scotoma.models.quiet import silence_libraries
from scotoma.study.settings.models import Sampling

#: Rows sampled side by side. Wide, because every step reads all weights once, however few the rows.
WIDTH = 256

#: Tokens of prompts side by side. Their attention is held in memory at once, before any token is drawn.
PROMPT_TOKENS = 32_768

#: Finished rows are computed on with the others until they are this share; then the cache is packed.
_IDLE = 1 / 8

#: Of a wave no more than this share is put aside.
_REST = 1 / 8


@dataclass(frozen=True)
class Sampled:
    """One written row.

    Attributes:
        text: Prompt and continuation, special tokens left out.
        added: The continuation alone.
        n_tokens: New ones, the end marker's included.
        finished: Whether the end marker, or the end-of-text token, was reached.
    """

    text: str
    added: str
    n_tokens: int
    finished: bool


def sample(
    model: Any,
    tokenizer: Any,
    prompts: Mapping[str, str | Sequence[str]],
    end_marker: str,
    sampling: Sampling,
    seed: int,
    progress: Callable[[int, int], None],
    numbers: range | None = None,
) -> list[tuple[str, int, Sampled]]:
    """Label, number and text of every row, in order of labels and numbers.

    Args:
        model: A frozen causal language model.
        tokenizer: Tokenizer of the model.
        prompts: For each label a prompt, or one for each of its rows.
        end_marker: Closes a row.
        sampling: Temperature, nucleus and how many.
        seed: Seed that every row's own random stream derives from.
        progress: Called with (rows done, rows in all).
        numbers: Numbers of the rows of each label; None takes the first, as many as `sampling` says.

    Raises:
        ScotomaError: not even a single row fits into memory, or a row may outgrow the model's positions.
    """
    rows = _rows(tokenizer, prompts, range(sampling.candidates_per_label) if numbers is None else numbers)
    names = [f"{row.label}-{row.number}" for row in rows]
    check_lengths([row.prompt for row in rows], names, model.config, sampling.max_new_tokens)
    writer = _Writer(model, tokenizer, end_marker, sampling, seed, lambda n_over: progress(n_over, len(rows)))
    with silence_libraries(), torch.inference_mode():
        _write_all(writer, rows)
    return [(row.label, row.number, writer.sampled(row)) for row in rows]


def check_can_write(model: Any) -> None:
    """Refuses a model that does not say the same of a row in a batch, as rows come and go, as of it alone.

    Raises:
        ScotomaError: it does not, or its memory of what it read is none that rows can leave.
    """
    first, last = _Row("", 0, [1, 2, 3]), _Row("", 1, [2])
    try:
        with silence_libraries(), torch.inference_mode():
            batch = _Batch(model, [first, last])
            last.written.append(3)
            batch.feed(batch.keep([1], torch.tensor([1, 3], device=model.device)))
            alone = model(input_ids=torch.tensor([[2, 3]], device=model.device)).logits[:, -1]
    except Exception as error:
        if lacks_memory(error):
            raise out_of_memory("sample", "with two rows of three tokens") from error
        off = f"it fails with {type(error).__name__}: {error}"
    else:
        # Wrong logits differ by about as much as they are: the wider tolerance tells.
        distance, size = (batch.logits - alone).abs().max().item(), alone.abs().max().item()
        if distance <= TOLERANCE["bf16"] * size:
            return
        off = f"its logits move by {distance:.3g} of {size:.3g}"
    raise ScotomaError(
        f"a model of type {model.config.model_type!r} cannot write rows side by side: {off}",
        where="generator",
        remedy="Use one such as Llama, Mistral, Qwen or Gemma (text), or a server (`endpoint`).",
    )


@dataclass(eq=False)
class _Row:
    """A row on its way."""

    label: str
    number: int
    prompt: list[int]
    written: list[int] = field(default_factory=list)
    finished: bool = False

    def over(self, limit: int) -> bool:
        """Whether nothing more is written."""
        return self.finished or len(self.written) == limit


def _rows(tokenizer: Any, prompts: Mapping[str, str | Sequence[str]], numbers: range) -> list[_Row]:
    prompts_of = {
        label: [one] * len(numbers) if isinstance(one, str) else one for label, one in prompts.items()
    }
    texts = list(dict.fromkeys(text for one in prompts_of.values() for text in one))
    tokens = dict(zip(texts, encode_open(tokenizer, texts), strict=True))
    return [
        _Row(label, number, tokens[prompt])
        for label in prompts_of
        for number, prompt in zip(numbers, prompts_of[label], strict=True)
    ]


def _write_all(writer: "_Writer", rows: list[_Row]) -> None:
    """Writes rows in waves; a wave that does not fit into memory goes on in halves."""
    width = max(1, min(WIDTH, PROMPT_TOKENS // max(len(row.prompt) for row in rows)))
    fresh, aside = deque(rows), deque[_Row]()
    while fresh or aside:
        wave = _take(fresh, width)
        wave += _take(aside, width - len(wave))
        try:
            unfinished = writer.write(wave, others_wait=bool(fresh or aside))
        except RuntimeError as error:
            if not lacks_memory(error):
                raise
            if len(wave) == 1:
                raise out_of_memory("sample", "with a single row") from error
            free_memory()
            unfinished, width = [row for row in wave if not row.over(writer.limit)], len(wave) // 2
        aside.extend(unfinished)


def _take(queue: deque[_Row], n: int) -> list[_Row]:
    return [queue.popleft() for _ in range(min(n, len(queue)))]


class _Writer:
    """Writes waves of rows with one model."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        end_marker: str,
        sampling: Sampling,
        seed: int,
        progress: Callable[[int], None],
    ) -> None:
        self.model, self.tokenizer, self.marker = model, tokenizer, end_marker
        self.sampling, self.seed, self.limit = sampling, seed, sampling.max_new_tokens
        self.progress, self.n_over = progress, 0
        # The marker's own tokens, and some for what stands before it in the same token.
        self.tail = len(encode(tokenizer, [end_marker])[0]) + 4
        self.closing: dict[int, bool] = {}

    def write(self, wave: list[_Row], others_wait: bool) -> list[_Row]:
        """Writes rows on until all are over or, where others wait, few are left; gives those left."""
        batch, draws = _Batch(self.model, wave), self._draws(wave)
        while True:
            at = [min(len(row.written), self.limit - 1) for row in batch.rows]
            uniforms = torch.from_numpy(draws[batch.places, at]).float().to(batch.logits.device)
            tokens = nucleus_sample(batch.logits, self.sampling.temperature, self.sampling.top_p, uniforms)
            for row, token in zip(batch.rows, tokens.tolist(), strict=True):
                self._add(row, token)
            going = [i for i, row in enumerate(batch.rows) if not row.over(self.limit)]
            self.progress(self.n_over)
            if not going or (others_wait and len(going) <= len(wave) * _REST):
                return [batch.rows[i] for i in going]
            if len(going) < len(batch.rows) * (1 - _IDLE):
                tokens = batch.keep(going, tokens)
            batch.feed(tokens)

    def sampled(self, row: _Row) -> Sampled:
        """A row as text."""
        text, prompt_text = self._decode([*row.prompt, *row.written]), self._decode(row.prompt)
        return Sampled(text, text[len(prompt_text) :], len(row.written), row.finished)

    def _draws(self, wave: list[_Row]) -> np.ndarray:
        streams = [stream(self.seed, "sample", row.label, row.number) for row in wave]
        return np.stack([one.random(self.limit) for one in streams])

    def _add(self, row: _Row, token: int) -> None:
        """Adds a token to a row that is not over, and sees whether it is finished now."""
        if row.over(self.limit):
            return
        row.written.append(token)
        end = token == self.tokenizer.eos_token_id
        row.finished = end or (
            self._may_close(token) and self.marker in self._decode(row.written[-self.tail :])
        )
        self.n_over += row.over(self.limit)

    def _may_close(self, token: int) -> bool:
        """Whether the marker can end in a token. Decoding all rows at every step would keep a GPU waiting."""
        if token not in self.closing:
            last = self.marker[-1]
            self.closing[token] = not last.isascii() or last in self._decode([token])
        return self.closing[token]

    def _decode(self, tokens: list[int]) -> str:
        text: str = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text


class _Batch:
    """Rows side by side, their keys and values, and the logits of what follows.

    Attributes:
        rows: Rows in the order of the tensors' rows.
        places: Position of each of these rows in its wave.
        logits: Shape (rows, vocabulary).
    """

    logits: Tensor

    def __init__(self, model: Any, wave: list[_Row]) -> None:
        self.model, self.rows, self.places = model, wave, list(range(len(wave)))
        self.cache = DynamicCache(config=model.config)
        begun = [(*row.prompt, *row.written) for row in wave]
        distinct = {tokens: place for place, tokens in enumerate(dict.fromkeys(begun))}
        longest = max(map(len, distinct))
        padding = [longest - len(tokens) for tokens in distinct]
        ids = torch.tensor([[0] * n + [*tokens] for n, tokens in zip(padding, distinct, strict=True)])
        first = torch.tensor(padding).unsqueeze(1)
        # The model needs a mask of the padding only if some rows begin later than others.
        self.seen = (torch.arange(longest) >= first).long().to(model.device) if any(padding) else None
        self._forward(ids, (torch.arange(longest) - first).clamp(min=0))
        self._select([distinct[tokens] for tokens in begun])

    def keep(self, going: list[int], tokens: Tensor) -> Tensor:
        """Lets all but these rows go; gives the tokens of those that stay."""
        self.rows, self.places = [self.rows[i] for i in going], [self.places[i] for i in going]
        self._select(going)
        return tokens[going]

    def feed(self, tokens: Tensor) -> None:
        """Adds a token to each row."""
        if self.seen is not None:
            self.seen = torch.cat([self.seen, self.seen.new_ones(len(tokens), 1)], dim=1)
        position = [len(row.prompt) + len(row.written) - 1 for row in self.rows]
        self._forward(tokens.unsqueeze(1), torch.tensor(position).unsqueeze(1))

    def _select(self, places: list[int]) -> None:
        chosen = torch.tensor(places, device=self.logits.device)
        self.cache.batch_select_indices(chosen)
        self.logits = self.logits[chosen]
        self.seen = None if self.seen is None else self.seen[chosen]

    def _forward(self, ids: Tensor, positions: Tensor) -> None:
        device = self.model.device
        attention = (
            {} if self.seen is None else {"attention_mask": self.seen, "position_ids": positions.to(device)}
        )
        # By its place, not as "the last 1": of such a view, torch on a CPU copies the head for every row.
        last = torch.tensor([ids.shape[1] - 1], device=device)
        output = self.model(
            input_ids=ids.to(device),
            past_key_values=self.cache,
            use_cache=True,
            logits_to_keep=last,
            **attention,
        )
        self.logits = output.logits[:, -1]
