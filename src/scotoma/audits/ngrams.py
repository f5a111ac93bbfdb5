"""Words and pairs of neighbours as features of texts, of millions of texts without a matrix of them."""

from dataclasses import dataclass

import numpy as np

from scotoma.audits.texts import Ints, Numbers, Texts, Words, different, numbered, runs


@dataclass(frozen=True, eq=False)
class Ngrams:
    """Which words and which pairs of neighbours the last text of each row has.

    Attributes:
        n: Number of different features, at least 1.
        n_columns: Columns that stand for them, the last one for all pairs that occur once.
    """

    n: int
    n_columns: int
    _words: Words
    _pair_of: Numbers
    _column_of: Numbers

    @classmethod
    def of(cls, texts: Texts) -> "Ngrams":
        """Numbers the features: the words first, then the pairs by their words."""
        words, size = texts.words[texts.fields[-1]], len(texts.vocabulary)
        pair_of = np.full(words.numbers.size, -1, dtype=np.int32)
        n_pairs, recurs = 0, [np.ones(size, dtype=np.bool_)]
        for at, codes in words.neighbours(size):
            numbers, firsts = numbered(codes)
            pair_of[at] = size + n_pairs + numbers
            recurs.append(np.bincount(numbers) > 1)
            n_pairs += firsts.size
        columns = np.concatenate(recurs).astype(np.int32)
        n_columns = int(columns.sum()) + 1
        once = columns == 0
        np.cumsum(columns, out=columns)
        columns -= 1
        columns[once] = n_columns - 1
        n_words = int(np.count_nonzero(words.times(size)))
        return cls(max(n_words + n_pairs, 1), n_columns, words, pair_of, columns)

    def columns(self, rows: Ints) -> tuple[Numbers, Ints]:
        """The columns of each row's features, each once and in order, and where those of a row begin."""
        begins, counts = self._words.starts[rows], self._words.counts_of(rows)
        at, _ = runs(begins, counts)
        base = np.repeat(np.arange(rows.size) * self._column_of.size, counts)
        pairs = self._pair_of[at]
        is_pair = pairs >= 0
        keys = different(np.concatenate((base + self._words.numbers[at], base[is_pair] + pairs[is_pair])))
        bounds = np.arange(rows.size + 1) * self._column_of.size
        starts = np.searchsorted(keys, bounds)
        return self._column_of[keys - np.repeat(bounds[:-1], np.diff(starts))], starts
