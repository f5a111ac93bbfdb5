"""How each row of a table looks on its surface: the overlap of its first and last text, negation, length."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scotoma.audits.texts import Ints, Texts, chunks, different
from scotoma.blindspots.predicates.overlap import (
    LOW_OVERLAP,
    is_negated,
    is_subsequence,
    overlaps_whitespace,
)

Flags = NDArray[np.bool_]

#: Rows whose words are compared at a time.
_CHUNK = 20_000


@dataclass(frozen=True, eq=False)
class Overlap:
    """The last text beside the first, row by row, by the predicates of their names.

    Attributes:
        share: Share of the last text's different words that stand in the first; NaN without words.
        whitespace: Whether every token does, shape (rows,).
        word: Whether every word does, shape (rows,).
        subsequence: Whether it stands there word for word, shape (rows,).
    """

    share: NDArray[np.float64]
    whitespace: Flags
    word: Flags
    subsequence: Flags

    @classmethod
    def of(cls, texts: Texts) -> "Overlap":
        """The overlap of every row of a table with two texts."""
        n_words, n_shared = _shared(texts)
        with np.errstate(invalid="ignore"):
            share = n_shared / n_words
        whitespace, subsequence = np.zeros((2, n_words.size), dtype=np.bool_)
        # Whatever overlaps token by token does so word by word, or has no words; so few rows are left to ask.
        first, last = (texts.given[texts.fields[index]] for index in (0, -1))
        candidates = np.flatnonzero(n_shared == n_words)
        for row, premise, hypothesis in zip(candidates, first[candidates], last[candidates], strict=True):
            whitespace[row] = overlaps_whitespace(premise, hypothesis)
            subsequence[row] = is_subsequence(premise, hypothesis)
        return cls(share, whitespace, share == 1, subsequence)

    @property
    def low(self) -> Flags:
        """Whether at most a third of the last text's different words stand in the first."""
        is_low: Flags = self.share <= LOW_OVERLAP
        return is_low


def _shared(texts: Texts) -> tuple[Ints, Ints]:
    """How many different words the last text of each row has, and how many of them stand in the first."""
    first, last = (texts.words[texts.fields[index]] for index in (0, -1))
    size, n = len(texts.vocabulary) + 1, last.n
    n_words, n_shared = np.zeros((2, n), dtype=np.int64)
    for start, stop in chunks(n, _CHUNK):
        part = slice(start, stop)
        premise, hypothesis = (one.part(start, stop) for one in (first, last))
        premise_words = different(premise.rows * size + premise.numbers)
        hypothesis_words = different(hypothesis.rows * size + hypothesis.numbers)
        # One more at the end, so that the position of a word that is not found is valid.
        is_shared = (
            np.append(premise_words, -1)[np.searchsorted(premise_words, hypothesis_words)] == hypothesis_words
        )
        n_words[part] = np.bincount(hypothesis_words // size, minlength=stop - start)
        n_shared[part] = np.bincount(hypothesis_words[is_shared] // size, minlength=stop - start)
    return n_words, n_shared


def negated(texts: Texts) -> Flags:
    """Whether the last text of each row has a negation word."""
    last = texts.words[texts.fields[-1]]
    denies = np.array([is_negated(word) for word in texts.vocabulary], dtype=np.bool_)
    has_negation = np.zeros(last.n, dtype=np.bool_)
    has_negation[np.searchsorted(last.starts, np.flatnonzero(denies[last.numbers]), side="right") - 1] = True
    return has_negation
