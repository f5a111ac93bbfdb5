"""How well the label can be predicted without understanding: from one text alone, or from overlap alone.

Both are small on purpose and cross-validated in five parts. What a real model could do is at least
this. A row's part is settled by a hash of its premise, so the order of rows does not matter and rows
with one premise stay together, as does a pair with its mirror where a task takes them for the same. Apart
they would mislead: MultiNLI's development sets have a hypothesis of every label to each premise, so a
hypothesis about boats seen in training as neutral speaks against neutral for its siblings, and the baseline
falls below chance. For the same reason the parts are alike in their labels: else what is common in training
is rare in the part held out.

They are written here because an audit reads whole training sets. For 30,000 rows, scikit-learn 1.9 takes
5.5 s to deal 10,000 premises (`StratifiedGroupKFold`) and 1.7 s to count words and pairs
(`CountVectorizer`), against .1 and .5 s here; its naive Bayes gives the same answers.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from scotoma.blindspots.predicates.overlap import is_subsequence, overlap_share, overlaps_whitespace, words
from scotoma.statistics.proportions import wilson

FOLDS = 5
#: Below this a fifth of the rows is too few to measure.
MIN_ROWS = 50

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Baseline:
    """Accuracy of a baseline on rows it was not trained on.

    Attributes:
        accuracy: Share of rows labelled correctly; None, as low and high, where it was not measured.
        low: Lower end of the accuracy's Wilson interval. The unit is the row; that the parts share training
            rows is neglected.
        high: Upper end of the accuracy's Wilson interval.
        majority: Share of the commonest label: what knowing nothing gives.
        n: Number of rows.
        reason: Why it was not measured; else empty.
    """

    accuracy: float | None
    low: float | None
    high: float | None
    majority: float | None
    n: int
    reason: str = ""


def not_measured(n: int, reason: str) -> Baseline:
    """A baseline that there is none of, and why."""
    return Baseline(None, None, None, None, n, reason)


def hypothesis_only(
    table: pl.DataFrame,
    premise: str,
    hypothesis: str,
    labels: Sequence[str],
    together: Sequence[str] | None = None,
    *,
    level: float,
) -> Baseline:
    """Naive Bayes on the words and word pairs of one text, which never sees the other.

    Answers: "how much of the label does this text give away by itself?" Features are the presence of
    words and of pairs of neighbours; add-one smoothing.

    Source: Poliak et al. 2018 and Gururangan et al. 2018 (the test); McCallum and Nigam 1998 (the
    model, multinomial, with presence for counts).
    """
    features = _ngrams(table[hypothesis].to_list())
    return _cross_validate(
        together or table[premise].to_list(), table["label"], labels, level, _NaiveBayes(features)
    )


def overlap_only(
    table: pl.DataFrame,
    premise: str,
    hypothesis: str,
    labels: Sequence[str],
    together: Sequence[str] | None = None,
    *,
    level: float,
) -> Baseline:
    """The commonest label among training rows that overlap alike; sees no word.

    Answers: "how much of the label does overlap give away by itself?" Rows overlap alike if the
    share of the hypothesis's words that stand in the premise is the same in tenths, and they agree
    in the published overlap rule and in being a subsequence.
    """
    pairs = zip(table[premise], table[hypothesis], strict=True)
    cells = np.array([_cell(*pair) for pair in pairs], dtype=np.int64)
    return _cross_validate(
        together or table[premise].to_list(), table["label"], labels, level, _Lookup(cells)
    )


class _NaiveBayes:
    """Multinomial naive Bayes over rows of a binary matrix."""

    def __init__(self, features: "sparse.csr_array") -> None:
        self._features = features

    def predict(self, train: NDArray[np.bool_], gold: Ints, n_labels: int) -> Ints:
        seen = self._features[train]
        member = np.eye(n_labels)[gold[train]]
        # Counts are whole numbers, so sums do not depend on the order of rows.
        counts = (seen.T @ member).T + 1.0
        log_likelihood = np.log(counts / counts.sum(axis=1, keepdims=True))
        log_prior = np.log((member.sum(axis=0) + 1) / (member.sum() + n_labels))
        scores = self._features[~train] @ log_likelihood.T + log_prior
        best: Ints = np.argmax(scores, axis=1)
        return best


class _Lookup:
    """The commonest label of each cell; of all rows where a cell is new. Ties: the earlier label."""

    def __init__(self, cells: Ints) -> None:
        self._cells = cells

    def predict(self, train: NDArray[np.bool_], gold: Ints, n_labels: int) -> Ints:
        counts = np.zeros((int(self._cells.max()) + 1, n_labels), dtype=np.int64)
        np.add.at(counts, (self._cells[train], gold[train]), 1)
        answer = np.where(counts.any(axis=1), np.argmax(counts, axis=1), np.argmax(counts.sum(axis=0)))
        best: Ints = answer[self._cells[~train]]
        return best


def _cross_validate(
    together: Sequence[str],
    gold_labels: pl.Series,
    labels: Sequence[str],
    level: float,
    model: _NaiveBayes | _Lookup,
) -> Baseline:
    n = len(together)
    if n < MIN_ROWS:
        return not_measured(n, f"{n} rows; at least {MIN_ROWS} are needed")
    place = {label: number for number, label in enumerate(labels)}
    gold = np.array([place[label] for label in gold_labels], dtype=np.int64)
    parts = _parts(together, gold.tolist())
    n_right = 0
    for part in range(FOLDS):
        train = parts != part
        if train.all():
            continue
        if not train.any():
            return not_measured(n, "the premises are too few to keep some rows apart")
        n_right += int(np.count_nonzero(model.predict(train, gold, len(labels)) == gold[~train]))
    majority = int(np.bincount(gold).max()) / n
    share = wilson(n_right, n, level=level)
    return Baseline(share.value, share.low, share.high, majority, n)


def _parts(together: Sequence[str], gold: Sequence[int]) -> Ints:
    """Each row's part: groups with the same labels are dealt out evenly, in the order of their hashes."""
    labels_of: dict[str, list[int]] = {}
    for text, label in zip(together, gold, strict=True):
        labels_of.setdefault(text, []).append(label)
    dealt = sorted(labels_of, key=lambda text: (sorted(labels_of[text]), _digest(text)))
    part_of = {text: place % FOLDS for place, text in enumerate(dealt)}
    return np.array([part_of[text] for text in together], dtype=np.int64)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=8).digest()


def _ngrams(texts: Sequence[str]) -> "sparse.csr_array":
    """Presence of every word and pair of neighbours, shape (rows, features); features in order of text."""
    tokens = [words(text) for text in texts]
    number = {word: place for place, word in enumerate(sorted({word for row in tokens for word in row}))}
    size = len(number) + 1
    flat = np.array([number[word] + 1 for row in tokens for word in row], dtype=np.int64)
    row_of = np.repeat(np.arange(len(tokens)), [len(row) for row in tokens])
    neighbours = row_of[1:] == row_of[:-1]
    features = np.concatenate((flat, (flat[:-1] * size + flat[1:])[neighbours]))
    rows = np.concatenate((row_of, row_of[:-1][neighbours]))
    known, columns = np.unique(features, return_inverse=True)
    matrix = sparse.csr_array(
        (np.ones(features.size), (rows, columns)), shape=(len(tokens), max(known.size, 1))
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix


def _cell(premise: str, hypothesis: str) -> int:
    share = overlap_share(premise, hypothesis)
    tenth = 11 if share is None else int(10 * share + 1e-9)
    return 4 * tenth + 2 * overlaps_whitespace(premise, hypothesis) + is_subsequence(premise, hypothesis)
