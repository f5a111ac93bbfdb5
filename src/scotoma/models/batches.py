"""Texts to tokens, and tokens to batches: which rows are batched together, in which order."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from scotoma.basics.errors import ScotomaError
from scotoma.study.settings.models import Recipe

#: Batches within which rows are sorted by length, as in transformers' `group_by_length`.
_BATCHES_GROUPED = 50

#: Padded tokens that a CPU trains on at a time. What it keeps for the backward pass grows with them, and its
#: products run no faster from some hundred on.
_TOKENS_AT_ONCE = 1024


def encode(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token lists, with the special tokens the tokenizer adds and nothing cut off."""
    rows: list[list[int]] = tokenized(tokenizer, texts)["input_ids"] if texts else []
    return rows


def tokenized(tokenizer: Any, *columns: Sequence[str], **options: Any) -> Any:
    """What a tokenizer gives for texts or pairs, nothing cut off unless asked, and every text as text.

    `split_special_tokens` takes apart a text that spells out a special token. A tokenizer of whole words
    knows no parts, and reads `</s>` in a text as the end of it: there it becomes an unknown word.

    Args:
        tokenizer: A tokenizer of transformers, with `split_special_tokens` set.
        columns: One or two columns of texts.
        options: Further options of the tokenizer.
    """
    options = {"truncation": False, "padding": False, **options}
    names = [name for name in tokenizer.all_special_tokens if name != tokenizer.unk_token]
    if not any(name in text for column in columns for text in column for name in names):
        return tokenizer(*map(list, columns), **options)
    read = tokenizer(*map(list, columns), return_special_tokens_mask=True, **options)
    special = set(tokenizer.all_special_ids) - {tokenizer.unk_token_id}
    for ids, added in zip(read["input_ids"], read["special_tokens_mask"], strict=True):
        for place, (token, is_added) in enumerate(zip(ids, added, strict=True)):
            if token in special and not is_added:
                ids[place] = _unknown(tokenizer, token)
    return read


def _unknown(tokenizer: Any, token: int) -> int:
    if tokenizer.unk_token_id is None:
        raise ScotomaError(
            f"a text spells out the special token {tokenizer.convert_ids_to_tokens(token)!r}, and the "
            "tokenizer "
            "cannot read it as text",
            where="texts",
            remedy="Remove it from the texts, or use a base with another tokenizer.",
        )
    return int(tokenizer.unk_token_id)


def encode_open(tokenizer: Any, texts: Sequence[str]) -> list[list[int]]:
    """Token lists of texts that go on: without the end-of-text token that some tokenizers put behind all."""
    end = tokenizer.eos_token_id
    return [row[:-1] if row[-1:] == [end] else row for row in encode(tokenizer, texts)]


def pad(rows: Sequence[Sequence[int]], pad_id: int) -> tuple[Tensor, Tensor]:
    """Token ids padded on the right to the longest row, and each row's last position.

    Returns:
        Two integer tensors, shapes (rows, longest) and (rows,).
    """
    longest = max(map(len, rows))
    ids = torch.tensor([[*row, *[pad_id] * (longest - len(row))] for row in rows])
    return ids, torch.tensor([len(row) - 1 for row in rows])


def rows_at_once(tokens: int) -> int:
    """How many rows, padded to so many tokens, a CPU trains on at a time; a larger batch is parted."""
    return max(1, _TOKENS_AT_ONCE // tokens)


def training_batches(lengths: Sequence[int], recipe: Recipe, rng: np.random.Generator) -> list[list[int]]:
    """The rows of every optimiser step of a training, in order.

    Each pass is a fresh permutation. A batch has exactly `batch_size` rows, even across the border of
    two passes; only the last of all may have fewer. `by_length` sorts the rows of 50 batches of a pass by
    their length, and then draws the order of these batches.

    Args:
        lengths: Tokens of each row.
        recipe: Recipe of the training; its epochs may be a fraction.
        rng: Draws the permutations.
    """
    n, size = len(lengths), recipe.batch_size
    passes = [rng.permutation(n) for _ in range(int(np.ceil(recipe.epochs)))]
    rows = np.concatenate(passes)[: max(1, round(recipe.epochs * n))].tolist()
    if recipe.order == "random":
        return _cut(rows, size)
    batches, rest = [], list[int]()
    for start in range(0, len(rows), n):
        fresh = rows[start : start + n]
        if rest:
            n_missing = size - len(rest)
            rest, fresh = rest + fresh[:n_missing], fresh[n_missing:]
        if len(rest) == size:
            batches.append(rest)
            rest = []
        for group in _cut(fresh, size * _BATCHES_GROUPED):
            full_batches = _cut(sorted(group, key=lambda row: lengths[row]), size)
            rest = full_batches.pop() if len(full_batches[-1]) < size else []
            batches += [full_batches[i] for i in rng.permutation(len(full_batches))]
    return [*batches, rest] if rest else batches


def _cut(rows: list[int], size: int) -> list[list[int]]:
    return [rows[i : i + size] for i in range(0, len(rows), size)]


def prediction_batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Rows sorted by length, longest first, in batches of at most `batch_tokens` padded tokens.

    A row that alone has more is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    batch: list[int] = []
    for row in order:
        if batch and (len(batch) + 1) * lengths[batch[0]] > batch_tokens:
            yield batch
            batch = []
        batch.append(row)
    if batch:
        yield batch
