"""The texts of a table in the forms that an audit asks for, each made once: words as numbers, two spellings.

What a word is, `scotoma.blindspots.predicates.overlap` says. Texts in ASCII, which most are, are taken apart
by polars; a test holds that to `words`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.blindspots.predicates.overlap import words
from scotoma.tasks.reading.same_row import plain

Ints = NDArray[np.int64]
Number = TypeVar("Number", bound=np.integer[Any])

#: Texts that are taken apart at a time.
_CHUNK = 100_000
#: Words of a lower-cased text in ASCII, and what `str.split` takes for white space there.
_WORD, _SPACE = r"[a-z0-9]+(?:'[a-z0-9]+)*", r"[\t-\r\x1c-\x20]+"


@dataclass(frozen=True, eq=False)
class Words:
    """The words of every text of a column, one text after another.

    Attributes:
        numbers: Number of each word, in the order of the vocabulary's letters, shape (words,).
        counts: How many words each text has, shape (texts,).
    """

    numbers: NDArray[np.int32]
    counts: Ints

    @property
    def rows(self) -> Ints:
        """The text of each word, shape (words,)."""
        return np.repeat(np.arange(self.counts.size), self.counts)

    def of(self, rows: Ints) -> "Words":
        """The words of these texts, in their order."""
        counts = self.counts[rows]
        starts = (np.cumsum(self.counts) - self.counts)[rows]
        steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return Words(self.numbers[np.repeat(starts, counts) + steps], counts)


@dataclass(frozen=True, eq=False)
class Texts:
    """The texts of a table, by field.

    Attributes:
        fields: Names of the columns, in order.
        given: The texts as they are.
        exact: The texts up to case and spacing.
        bare: Words alone, a space between them; a text without words as it is, up to case and spacing.
        words: Words of every text.
        vocabulary: Every word of any field, in order; a word's place is its number.
    """

    fields: tuple[str, ...]
    given: pl.DataFrame
    exact: pl.DataFrame
    bare: pl.DataFrame
    words: Mapping[str, Words]
    vocabulary: Sequence[str]

    @classmethod
    def of(cls, table: pl.DataFrame, fields: Sequence[str]) -> "Texts":
        """Takes the fields of a table apart."""
        number: dict[str, int] = {}
        exact, bare, found = {}, {}, {}
        for field in fields:
            exact[field], bare[field], found[field] = _taken_apart(table[field], number)
        vocabulary = sorted(number)
        rank = np.empty(len(number), dtype=np.int32)
        rank[[number[word] for word in vocabulary]] = np.arange(len(vocabulary))
        return cls(
            tuple(fields),
            table.select(fields),
            pl.DataFrame(exact),
            pl.DataFrame(bare),
            {field: Words(rank[one.numbers], one.counts) for field, one in found.items()},
            vocabulary,
        )


def different(numbers: NDArray[Number]) -> NDArray[Number]:
    """Each number once, in order; by a sort, for the hashes of `numpy.unique` take many times as long."""
    found = np.sort(numbers)
    once: NDArray[Number] = found[np.append(True, found[1:] != found[:-1])[: found.size]]
    return once


def _taken_apart(texts: pl.Series, number: dict[str, int]) -> tuple[pl.Series, pl.Series, Words]:
    """Both spellings of each text and its words; new words get the next numbers."""
    exact, bare, numbers, counts = [], [], [], []
    for start in range(0, max(len(texts), 1), _CHUNK):
        spelled, lists = _spelled(texts[start : start + _CHUNK])
        joined = lists.list.join(" ")
        exact.append(spelled)
        bare.append(spelled.zip_with(joined == "", joined) if (joined == "").any() else joined)
        counts.append(lists.list.len().to_numpy().astype(np.int64))
        flat = lists.explode().drop_nulls()
        once = flat.unique()
        known = pl.Series([number.setdefault(word, len(number)) for word in once], dtype=pl.Int32)
        found = flat.replace_strict(once, known, return_dtype=pl.Int32) if len(once) else known
        numbers.append(found.to_numpy())
    return pl.concat(exact), pl.concat(bare), Words(np.concatenate(numbers), np.concatenate(counts))


def _spelled(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Each text up to case and spacing, and its words as a list."""
    is_plain = texts.str.len_bytes() == texts.str.len_chars()
    lowered = texts.filter(is_plain).str.to_lowercase()
    exact = lowered.str.replace_all(_SPACE, " ").str.strip_chars(" ")
    lists = lowered.str.extract_all(_WORD)
    if len(lowered) == len(texts):
        return exact, lists
    others = texts.filter(~is_plain).to_list()
    at = np.argsort(np.concatenate((np.flatnonzero(is_plain), np.flatnonzero(~is_plain))))
    exact = pl.concat([exact, pl.Series([plain(text) for text in others], dtype=pl.String)])
    lists = pl.concat([lists, pl.Series([words(text) for text in others], dtype=pl.List(pl.String))])
    return exact[at], lists[at]
