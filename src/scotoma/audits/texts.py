"""The texts of a table in the forms that an audit asks for, each made once: words as numbers, two spellings.

What a word is, `scotoma.blindspots.predicates.overlap` says. Texts in ASCII, which most are, are taken apart
by polars; a test holds that to `words`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.progress import Progress, no_progress
from scotoma.blindspots.predicates.overlap import words
from scotoma.tasks.reading.same_row import folded

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
Hashes = NDArray[np.uint64]
Number = TypeVar("Number", bound=np.integer[Any])

#: Rows that are looked at a time: what is made of them on the way fits into some ten megabytes.
CHUNK = 50_000
#: Words, and pairs of them, that are looked at a time.
_WORDS = 1 << 21
#: Words of a lower-cased text in ASCII, and what `str.split` splits at there.
_WORD, _SPACE = r"[a-z0-9]+(?:'[a-z0-9]+)*", r"[\t-\r\x1c-\x20]+"


@dataclass(frozen=True, eq=False)
class Words:
    """The words of every text of a column, one text after another.

    Attributes:
        numbers: Number of each word, in the order of the vocabulary's letters, shape (words,).
        starts: Where each text's words begin, and where those of the last end, shape (texts + 1,).
    """

    numbers: Numbers
    starts: Ints

    @property
    def n(self) -> int:
        """Number of texts."""
        return self.starts.size - 1

    @property
    def counts(self) -> Ints:
        """How many words each text has, shape (texts,)."""
        return np.diff(self.starts)

    @property
    def rows(self) -> Ints:
        """The text of each word, shape (words,)."""
        return np.repeat(np.arange(self.n), self.counts)

    def counts_of(self, rows: Ints) -> Ints:
        """How many words each of these texts has."""
        return self.starts[rows + 1] - self.starts[rows]

    def times(self, size: int) -> Ints:
        """How often each word of a vocabulary of this size stands in the texts."""
        times = np.zeros(size, dtype=np.int64)
        for start, stop in chunks(self.numbers.size, _WORDS):
            times += np.bincount(self.numbers[start:stop], minlength=size)
        return times

    def neighbours(self, size: int) -> Iterator[tuple[Ints, Ints]]:
        """All pairs of neighbours in a text, some millions at a time, by their first words.

        Args:
            size: Words of the vocabulary.

        Yields:
            Places of first words, and a number for each pair that grows with the first word and the second.
        """
        first, second = self.numbers[:-1], self.numbers[1:]
        inside = np.ones(first.size, dtype=np.bool_)
        ends = self.starts[1:-1] - 1
        inside[ends[(ends >= 0) & (ends < first.size)]] = False
        before, low = starts_of(self.times(size)), 0
        while low < size:
            high = max(low + 1, int(np.searchsorted(before, before[low] + _WORDS, side="right")) - 1)
            at = np.flatnonzero(inside & (first >= low) & (first < high))
            yield at, first[at].astype(np.int64) * size + second[at]
            low = high

    def part(self, start: int, stop: int) -> "Words":
        """The words of the texts from `start` to before `stop`."""
        starts = self.starts[start : stop + 1]
        return Words(self.numbers[starts[0] : starts[-1]], starts - starts[0])

    def of(self, rows: Ints) -> "Words":
        """The words of these texts, in their order."""
        begins, starts = self.starts[rows], starts_of(self.counts_of(rows))
        numbers = np.empty(starts[-1], dtype=np.int32)
        for start, stop in chunks(rows.size):
            ends = starts[start : stop + 1]
            shift = np.repeat(begins[start:stop] - ends[:-1], np.diff(ends))
            numbers[ends[0] : ends[-1]] = self.numbers[np.arange(ends[0], ends[-1]) + shift]
        return Words(numbers, starts)


@dataclass(frozen=True, eq=False)
class Texts:
    """The texts of a table, by field.

    In place of a spelling stands its hash, of 64 bits: that any two spellings among four million share one
    has a chance of one in two million.

    Attributes:
        fields: Names of the columns, in order.
        given: The texts as they are.
        exact: Hash of each text up to case, spacing and what looks alike (`tasks.reading.same_row.folded`).
        bare: Hash of its words alone, a space between them; of a text without words that of `exact`.
        words: Words of every text.
        vocabulary: Words in order, those of every field among them; a word's place is its number.
    """

    fields: tuple[str, ...]
    given: pl.DataFrame
    exact: Mapping[str, Hashes]
    bare: Mapping[str, Hashes]
    words: Mapping[str, Words]
    vocabulary: Sequence[str]

    @classmethod
    def of(cls, table: pl.DataFrame, fields: Sequence[str], progress: Progress = no_progress) -> "Texts":
        """Takes the fields of a table apart.

        Args:
            table: Rows with the fields.
            fields: Columns of text, in order.
            progress: Called with (texts done, texts in all).
        """
        number: dict[str, int] = {}
        exact, bare, pieces, starts = {}, {}, {}, {}
        for index, field in enumerate(fields):
            done, total = index * table.height, len(fields) * table.height
            parts = []
            for start, stop in chunks(table.height):
                parts.append(_taken_apart(table[field][start:stop], number))
                progress(done + stop, total)
            exact[field], bare[field] = (np.concatenate([part[at] for part in parts]) for at in (0, 1))
            pieces[field] = [part[2] for part in parts]
            starts[field] = starts_of(np.concatenate([part[3] for part in parts]))
        vocabulary = sorted(number)
        rank = np.empty(len(number), dtype=np.int32)
        rank[[number[word] for word in vocabulary]] = np.arange(len(vocabulary))
        words = {field: Words(_ranked(pieces.pop(field), rank), starts[field]) for field in fields}
        return cls(tuple(fields), table.select(fields), exact, bare, words, vocabulary)

    def part(self, rows: slice) -> "Texts":
        """These rows, with the same vocabulary."""
        return Texts(
            self.fields,
            self.given[rows],
            {field: exact[rows] for field, exact in self.exact.items()},
            {field: bare[rows] for field, bare in self.bare.items()},
            {field: words.part(rows.start, rows.stop) for field, words in self.words.items()},
            self.vocabulary,
        )


def chunks(n: int, size: int = 0) -> Sequence[tuple[int, int]]:
    """Where each chunk of `size` rows (`CHUNK` if not given) of n begins and ends; at least one."""
    ends = [*range(0, max(n, 1), size or CHUNK), n]
    return list(pairwise(ends))


def starts_of(counts: Ints) -> Ints:
    """Where each of runs of these lengths begins, and where the last ends, shape (runs + 1,)."""
    starts = np.zeros(counts.size + 1, dtype=np.int64)
    np.cumsum(counts, out=starts[1:])
    return starts


def runs(begins: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """Places of runs that begin here and are so long, one run after another; and `starts_of` the runs."""
    starts = starts_of(counts)
    return np.arange(starts[-1]) + np.repeat(begins - starts[:-1], counts), starts


def different(numbers: NDArray[Number]) -> NDArray[Number]:
    """The distinct numbers, sorted: much faster than the hashing of `numpy.unique`."""
    ordered = np.sort(numbers)
    once: NDArray[Number] = ordered[np.append(True, ordered[1:] != ordered[:-1])[: ordered.size]]
    return once


def numbered(keys: NDArray[Number]) -> tuple[Numbers, Ints]:
    """The number of each key among the different ones, in their order, and where each of these is first."""
    order = np.argsort(keys, kind="stable")
    sorted_keys = keys[order]
    is_new = np.append(True, sorted_keys[1:] != sorted_keys[:-1])[: keys.size]
    numbers = np.empty(keys.size, dtype=np.int32)
    numbers[order] = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    return numbers, order[is_new]


def _ranked(pieces: list[Numbers], rank: Numbers) -> Numbers:
    """One array of the pieces, ranks in place of numbers; pieces are let go on the way."""
    ranked = np.empty(sum(piece.size for piece in pieces), dtype=np.int32)
    end = ranked.size
    while pieces:
        piece = pieces.pop()
        ranked[end - piece.size : end] = rank[piece]
        end -= piece.size
    return ranked


def _taken_apart(texts: pl.Series, number: dict[str, int]) -> tuple[Hashes, Hashes, Numbers, Ints]:
    """Hashes of both spellings of each text, its words, and their number; new words get the next numbers."""
    pieces, lists = _spelled(texts)
    joined = lists.list.join(" ")
    bare = pieces.zip_with(joined == "", joined) if (joined == "").any() else joined
    flat = lists.explode().drop_nulls()
    once = flat.unique()
    known = pl.Series([number.setdefault(word, len(number)) for word in once], dtype=pl.Int32)
    numbers = flat.replace_strict(once, known, return_dtype=pl.Int32) if len(once) else known
    counts = lists.list.len().to_numpy().astype(np.int64)
    return pieces.hash().to_numpy(), bare.hash().to_numpy(), numbers.to_numpy(), counts


def _spelled(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Each text as copies are compared, and its words as a list."""
    is_plain = texts.str.len_bytes() == texts.str.len_chars()
    lowered = texts.filter(is_plain).str.to_lowercase()
    exact = lowered.str.replace_all(_SPACE, " ").str.strip_chars(" ")
    lists = lowered.str.extract_all(_WORD)
    if len(lowered) == len(texts):
        return exact, lists
    others = texts.filter(~is_plain).to_list()
    at = np.argsort(np.concatenate((np.flatnonzero(is_plain), np.flatnonzero(~is_plain))))
    exact = pl.concat([exact, pl.Series([folded(text) for text in others], dtype=pl.String)])
    lists = pl.concat([lists, pl.Series([words(text) for text in others], dtype=pl.List(pl.String))])
    return exact[at], lists[at]
