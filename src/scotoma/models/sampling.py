"""Sampling from a language model: one prompt, many rows, each with its own random stream.

The prompt is computed once and its keys and values are shared out. Rows that reach the end marker
leave the batch. A row's uniform numbers depend on its label and number alone, so neither the width of
a batch nor the rows beside it change what is drawn for it.
"""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from scotoma.models.batches import encode
from scotoma.models.quiet import quiet
from scotoma.randomness import stream
from scotoma.settings import Sampling

#: Rows sampled side by side. Wide, because every step reads all weights once, however few the rows.
WIDTH = 256

#: How many of the likeliest tokens are looked at, until they hold top_p; after these, all.
_SHORTLISTS = (64, 1024)

#: Likeliest tokens are sought among the blocks with the largest maxima.
_BLOCK = 128

#: Logits turned to fp32 at a time; more would leave the processor's cache.
_LOGITS_HELD = 2**21

#: Finished rows are computed on with the others until they are this share; then the cache is packed.
_IDLE = 1 / 8


@dataclass(frozen=True)
class Sampled:
    """One written row.

    Attributes:
        text: Prompt and continuation, special tokens left out.
        n_tokens: New ones, the end marker's included.
        finished: Whether the end marker, or the end-of-text token, was reached.
    """

    text: str
    n_tokens: int
    finished: bool


def nucleus_sample(logits: Tensor, temperature: float, top_p: float, uniforms: Tensor) -> Tensor:
    """One token a row, from the smallest set of likeliest tokens whose mass reaches top_p.

    Args:
        logits: Shape (rows, vocabulary).
        temperature: Divides the logits, before the nucleus is taken.
        top_p: Mass of the nucleus; 1 keeps every token.
        uniforms: In [0, 1), shape (rows,): the place in the nucleus that is drawn.
    """
    rows = max(1, _LOGITS_HELD // logits.shape[1])
    total = torch.cat([(part.float() / temperature).logsumexp(dim=1) for part in logits.split(rows)])
    chosen = torch.empty(len(logits), dtype=torch.long, device=logits.device)
    left = torch.arange(len(logits), device=logits.device)
    for n in (*_SHORTLISTS, logits.shape[1]):
        if not len(left) or (top_p >= 1 and n < logits.shape[1]):
            continue
        top, tokens = likeliest(logits if len(left) == len(logits) else logits[left], n)
        mass = (top.float() / temperature - total[left].unsqueeze(1)).exp().cumsum(dim=1)
        enough = (mass[:, -1] >= top_p) | (mass.shape[1] == logits.shape[1])
        place = _place(mass[enough], top_p, uniforms[left[enough]])
        chosen[left[enough]] = tokens[enough].gather(1, place.unsqueeze(1)).squeeze(1)
        left = left[~enough]
    return chosen


def likeliest(logits: Tensor, n: int) -> tuple[Tensor, Tensor]:
    """The n largest logits of each row, largest first, and their tokens; all where there are fewer.

    The n largest lie in the n blocks with the largest maxima, so only these blocks are sorted.
    """
    n_vocabulary = logits.shape[1]
    if n_vocabulary % _BLOCK or n * _BLOCK > n_vocabulary:
        top, tokens = logits.float().topk(min(n, n_vocabulary), dim=1)
        return top, tokens
    blocks = logits.view(len(logits), -1, _BLOCK)
    best = blocks.amax(dim=2).topk(n, dim=1).indices
    inside = blocks.gather(1, best.unsqueeze(2).expand(-1, -1, _BLOCK)).flatten(1)
    top, place = inside.float().topk(n, dim=1)
    return top, best.gather(1, place // _BLOCK) * _BLOCK + place % _BLOCK


def _place(mass: Tensor, top_p: float, uniforms: Tensor) -> Tensor:
    """Which of the tokens, likeliest first, a uniform number draws; mass is cumulated."""
    # The token that carries the mass over top_p is the last of the nucleus.
    last = (mass < top_p).sum(dim=1).clamp(max=mass.shape[1] - 1)
    drawn = uniforms * mass.gather(1, last.unsqueeze(1)).squeeze(1)
    return torch.minimum((mass <= drawn.unsqueeze(1)).sum(dim=1), last)


def sample(
    model: Any,
    tokenizer: Any,
    prompts: dict[str, str],
    end_marker: str,
    sampling: Sampling,
    seed: int,
    progress: Callable[[int, int], None],
) -> Iterator[tuple[str, int, Sampled]]:
    """Label, number and text of every row, in order of labels and numbers.

    Args:
        model: A frozen causal language model.
        tokenizer: Its tokenizer.
        prompts: A prompt for each label.
        end_marker: Closes a row.
        sampling: Temperature, nucleus and how many.
        seed: Of all rows' streams.
        progress: Called with (rows done, rows in all).
    """
    n = sampling.candidates_per_label
    for place, (label, text) in enumerate(prompts.items()):
        with quiet(), torch.inference_mode():
            prompt = _Prompt.of(model, tokenizer, text)
        for start in range(0, n, WIDTH):
            rows = range(start, min(start + WIDTH, n))
            draws = np.stack(
                [stream(seed, "sample", label, row).random(sampling.max_new_tokens) for row in rows]
            )

            def tell(finished: int, before: int = place * n + start) -> None:
                progress(before + finished, n * len(prompts))

            with quiet(), torch.inference_mode():
                written = _Wave(model, tokenizer, prompt, end_marker, sampling, draws).write(tell)
            yield from ((label, row, sampled) for row, sampled in zip(rows, written, strict=True))
            tell(len(rows))


@dataclass(frozen=True)
class _Prompt:
    """A prompt's tokens, its keys and values, and the logits of what follows it."""

    tokens: list[int]
    cache: DynamicCache
    logits: Tensor

    @classmethod
    def of(cls, model: Any, tokenizer: Any, text: str) -> Self:
        tokens, cache = encode(tokenizer, [text])[0], DynamicCache(config=model.config)
        return cls(tokens, cache, _next_logits(model, torch.tensor([tokens], device=model.device), cache))


def _next_logits(model: Any, ids: Tensor, cache: DynamicCache) -> Tensor:
    output = model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
    logits: Tensor = output.logits[:, -1]
    return logits


class _Wave:
    """Rows that are written side by side from one prompt."""

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        prompt: _Prompt,
        end_marker: str,
        sampling: Sampling,
        draws: np.ndarray,
    ) -> None:
        self.model, self.tokenizer, self.sampling, self.marker = model, tokenizer, sampling, end_marker
        self.prompt = prompt
        self.draws = torch.from_numpy(draws).float()
        self.written: list[list[int]] = [[] for _ in draws]
        self.finished = [False] * len(draws)
        # The marker's own tokens, and some for what stands before it in the same token.
        self.tail = len(encode(tokenizer, [end_marker])[0]) + 4

    def write(self, progress: Callable[[int], None]) -> list[Sampled]:
        """All rows, to their end or to the limit of tokens; reports how many have reached their end."""
        cache = copy.deepcopy(self.prompt.cache)
        cache.batch_repeat_interleave(len(self.written))
        logits = self.prompt.logits.expand(len(self.written), -1)
        batch = list(range(len(self.written)))
        for step in range(self.sampling.max_new_tokens):
            uniforms = self.draws[batch, step].to(logits.device)
            tokens = nucleus_sample(logits, self.sampling.temperature, self.sampling.top_p, uniforms)
            for row, token in zip(batch, tokens.tolist(), strict=True):
                self._add(row, token)
            progress(sum(self.finished))
            going = [i for i, row in enumerate(batch) if not self.finished[row]]
            if not going or step + 1 == self.sampling.max_new_tokens:
                break
            if len(going) < len(batch) * (1 - _IDLE):
                kept = torch.tensor(going, device=tokens.device)
                cache.batch_select_indices(kept)
                tokens, batch = tokens[kept], [batch[i] for i in going]
            logits = _next_logits(self.model, tokens.unsqueeze(1), cache)
        return [self._sampled(row) for row in range(len(self.written))]

    def _add(self, row: int, token: int) -> None:
        """Adds a token to a row that is not finished, and sees whether it is now."""
        if self.finished[row]:
            return
        self.written[row].append(token)
        end = token == self.tokenizer.eos_token_id
        self.finished[row] = end or self.marker in self._decode(self.written[row][-self.tail :])

    def _decode(self, tokens: list[int]) -> str:
        text: str = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _sampled(self, row: int) -> Sampled:
        tokens = self.written[row]
        return Sampled(self._decode([*self.prompt.tokens, *tokens]), len(tokens), self.finished[row])
