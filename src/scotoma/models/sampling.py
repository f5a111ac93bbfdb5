"""Sampling from a language model: one prompt, many rows, each with its own random stream.

The prompt is computed once and its keys and values are shared out. Rows that reach the end marker
leave the batch. A row's uniform numbers depend on its label and number alone, so neither the width of
a batch nor the rows beside it change what is drawn for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

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

#: Likeliest tokens looked at first; the whole vocabulary only where these hold less than top_p.
_SHORTLIST = 256


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
    scaled = logits.float() / temperature
    total = scaled.logsumexp(dim=1, keepdim=True)
    n_vocabulary = scaled.shape[1]
    n_looked_at = n_vocabulary if top_p >= 1 else min(_SHORTLIST, n_vocabulary)
    chosen = torch.empty(len(scaled), dtype=torch.long, device=scaled.device)
    open_rows = torch.arange(len(scaled), device=scaled.device)
    while len(open_rows):
        top, tokens = scaled[open_rows].topk(n_looked_at, dim=1)
        mass = (top - total[open_rows]).exp().cumsum(dim=1)
        enough = (mass[:, -1] >= top_p) | (n_looked_at == n_vocabulary)
        place = _place(mass[enough], top_p, uniforms[open_rows[enough]])
        chosen[open_rows[enough]] = tokens[enough].gather(1, place.unsqueeze(1)).squeeze(1)
        open_rows = open_rows[~enough]
        n_looked_at = n_vocabulary
    return chosen


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
    n, done = sampling.candidates_per_label, 0
    for label, prompt in prompts.items():
        for start in range(0, n, WIDTH):
            rows = range(start, min(start + WIDTH, n))
            draws = np.stack(
                [stream(seed, "sample", label, row).random(sampling.max_new_tokens) for row in rows]
            )
            with quiet(), torch.inference_mode():
                written = _Wave(model, tokenizer, prompt, end_marker, sampling, draws).write()
            yield from ((label, row, sampled) for row, sampled in zip(rows, written, strict=True))
            done += len(rows)
            progress(done, n * len(prompts))


class _Wave:
    """Rows that are written side by side from one prompt."""

    def __init__(
        self, model: Any, tokenizer: Any, prompt: str, end_marker: str, sampling: Sampling, draws: np.ndarray
    ) -> None:
        self.model, self.tokenizer, self.sampling, self.marker = model, tokenizer, sampling, end_marker
        self.prompt = encode(tokenizer, [prompt])[0]
        self.draws = torch.from_numpy(draws).float()
        self.written: list[list[int]] = [[] for _ in draws]
        self.finished = [False] * len(draws)
        # The marker's own tokens, and some for what stands before it in the same token.
        self.tail = len(encode(tokenizer, [end_marker])[0]) + 4

    def write(self) -> list[Sampled]:
        """All rows, to their end or to the limit of tokens."""
        cache = DynamicCache(config=self.model.config)
        ids = torch.tensor([self.prompt], device=self.model.device)
        logits = self._next_logits(ids, cache)
        cache.batch_repeat_interleave(len(self.written))
        logits = logits.expand(len(self.written), -1)
        active = list(range(len(self.written)))
        for step in range(self.sampling.max_new_tokens):
            uniforms = self.draws[active, step].to(logits.device)
            tokens = nucleus_sample(logits, self.sampling.temperature, self.sampling.top_p, uniforms)
            going = [
                i
                for i, (row, token) in enumerate(zip(active, tokens.tolist(), strict=True))
                if self._add(row, token)
            ]
            active = [active[i] for i in going]
            if not active or step + 1 == self.sampling.max_new_tokens:
                break
            if len(going) < len(tokens):
                kept = torch.tensor(going, device=tokens.device)
                cache.batch_select_indices(kept)
                tokens = tokens[kept]
            logits = self._next_logits(tokens.unsqueeze(1), cache)
        return [self._sampled(row) for row in range(len(self.written))]

    def _next_logits(self, ids: Tensor, cache: DynamicCache) -> Tensor:
        output = self.model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=1)
        logits: Tensor = output.logits[:, -1]
        return logits

    def _add(self, row: int, token: int) -> bool:
        """Adds a token to a row; whether the row goes on."""
        self.written[row].append(token)
        end = token == self.tokenizer.eos_token_id
        self.finished[row] = end or self.marker in self._decode(self.written[row][-self.tail :])
        return not self.finished[row]

    def _decode(self, tokens: list[int]) -> str:
        text: str = self.tokenizer.decode(
            tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False
        )
        return text

    def _sampled(self, row: int) -> Sampled:
        tokens = self.written[row]
        return Sampled(self._decode([*self.prompt, *tokens]), len(tokens), self.finished[row])
