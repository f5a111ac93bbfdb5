"""Baselines: how well the label is predicted from one text alone, or from overlap alone.

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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from scotoma.audits.ngrams import Ngrams
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Ints, Numbers, Texts, chunks, different, numbered
from scotoma.basics.progress import Progress, no_progress
from scotoma.statistics.proportions import wilson

FOLDS = 5
#: Fewest rows: a fifth of fewer is too small to measure.
MIN_ROWS = 50


@dataclass(frozen=True, slots=True)
class Baseline:
    """Accuracy of a baseline on rows it was not trained on.

    Attributes:
        accuracy: Share of rows labelled correctly; None, as low and high, where it was not measured.
        low: Lower end of the accuracy's Wilson interval. The unit is the row; that the folds share training
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
    """A baseline that could not be measured, and why."""
    return Baseline(None, None, None, None, n, reason)


@dataclass(frozen=True, eq=False)
class Folds:
    """Rows with their labels, dealt into parts.

    Attributes:
        gold: Place of each row's label among the task's, shape (rows,).
        parts: Part of each row, shape (rows,).
        n_labels: Labels of the task.
    """

    gold: Ints
    parts: Ints
    n_labels: int

    @classmethod
    def of(cls, together: pl.Series, gold: pl.Series, labels: Sequence[str]) -> "Folds":
        """Deals rows out.

        Args:
            together: Rows of the same text stay in one part.
            gold: Labels of the rows.
            labels: Labels of the task, in order.
        """
        places = gold.replace_strict(list(labels), list(range(len(labels))), return_dtype=pl.Int64)
        numbers = places.to_numpy()
        return cls(numbers, _parts(together, numbers), len(labels))


def hypothesis_only(
    texts: Texts, folds: Folds, *, level: float, progress: Progress = no_progress
) -> Baseline:
    """Naive Bayes on the words and word pairs of one text, which never sees the other.

    Answers: "how much of the label does this text give away by itself?" Features are the presence of
    words and of pairs of neighbours; add-one smoothing.

    Source: Poliak et al. 2018 and Gururangan et al. 2018 (the test); McCallum and Nigam 1998 (the
    model, multinomial, with presence for counts).
    """
    return _cross_validate(folds, level, lambda: _NaiveBayes(Ngrams.of(texts), folds), progress)


def overlap_only(overlap: Overlap, folds: Folds, *, level: float) -> Baseline:
    """The commonest label among training rows that overlap alike; sees no word.

    Answers: "how much of the label does overlap give away by itself?" Rows overlap alike if the
    share of the hypothesis's words that stand in the premise is the same in tenths, and they agree
    in the published overlap rule and in being a subsequence.
    """
    tenths = np.where(np.isnan(overlap.share), 11, 10 * overlap.share + 1e-9).astype(np.int64)
    cells = 4 * tenths + 2 * overlap.whitespace + overlap.subsequence
    return _cross_validate(folds, level, lambda: _Lookup(cells, folds))


class _NaiveBayes:
    """Multinomial naive Bayes over the presence of words and pairs of neighbours."""

    def __init__(self, ngrams: Ngrams, folds: Folds) -> None:
        self._ngrams, self._folds = ngrams, folds
        # A training set's counts are those of all rows less those of the part.
        self._counts, self._held = self._nothing()
        for rows, columns, starts in self._held_by(np.arange(folds.gold.size)):
            self._count(self._counts, self._held, rows, columns, starts)
        self._n = np.bincount(folds.gold, minlength=folds.n_labels)

    def predict(self, part: int) -> Ints:
        rows = np.flatnonzero(self._folds.parts == part)
        parts = list(self._held_by(rows))
        counts, label_counts = self._nothing()
        for one in parts:
            self._count(counts, label_counts, *one)
        # Counts are integers, so sums do not depend on the order of rows.
        log_likelihood = (self._counts - counts).reshape(-1, label_counts.size) + 1.0
        log_likelihood /= self._held - label_counts + self._ngrams.n
        np.log(log_likelihood, out=log_likelihood)
        n_training = self._n - np.bincount(self._folds.gold[rows], minlength=label_counts.size)
        log_prior = np.log((n_training + 1) / (n_training.sum() + n_training.size))
        best: list[Ints] = []
        for some, columns, starts in parts:
            cells, shape = (np.ones(columns.size), columns, starts), (some.size, self._ngrams.n_columns)
            best.append(np.argmax(sparse.csr_array(cells, shape=shape) @ log_likelihood + log_prior, axis=1))
        return np.concatenate(best)

    def _held_by(self, rows: Ints) -> Iterator[tuple[Ints, Numbers, Ints]]:
        """Some rows at a time, the columns of their features, and where those of a row begin."""
        for start, stop in chunks(rows.size):
            yield rows[start:stop], *self._ngrams.columns(rows[start:stop])

    def _nothing(self) -> tuple[Numbers, Ints]:
        """Counts of rows by feature and label, one after the other, and of features of rows by label."""
        n_labels = self._folds.n_labels
        return np.zeros(self._ngrams.n_columns * n_labels, np.int32), np.zeros(n_labels, np.int64)

    def _count(self, counts: Numbers, label_counts: Ints, rows: Ints, columns: Numbers, starts: Ints) -> None:
        gold = np.repeat(self._folds.gold[rows], np.diff(starts))
        np.add.at(counts, columns.astype(np.int64) * label_counts.size + gold, np.int32(1))
        # A pair of a single row is in no other: training on the others sees none of it.
        counts[-label_counts.size :] = 0
        label_counts += np.bincount(gold, minlength=label_counts.size)


class _Lookup:
    """The commonest label of each cell; of all rows where a cell is new. Ties: the earlier label."""

    def __init__(self, cells: Ints, folds: Folds) -> None:
        self._cells, self._folds = cells, folds

    def predict(self, part: int) -> Ints:
        train, gold = self._folds.parts != part, self._folds.gold
        counts = np.zeros((int(self._cells.max()) + 1, self._folds.n_labels), dtype=np.int64)
        np.add.at(counts, (self._cells[train], gold[train]), 1)
        answer = np.where(counts.any(axis=1), np.argmax(counts, axis=1), np.argmax(counts.sum(axis=0)))
        best: Ints = answer[self._cells[~train]]
        return best


def _cross_validate(
    folds: Folds,
    level: float,
    make: Callable[[], _NaiveBayes | _Lookup],
    progress: Progress = no_progress,
) -> Baseline:
    n = folds.gold.size
    if n < MIN_ROWS:
        return not_measured(n, f"{n} rows; at least {MIN_ROWS} are needed")
    parts = np.unique(folds.parts).tolist()
    if len(parts) == 1:
        return not_measured(n, "there are too few premises to hold out any rows")
    model, n_right = make(), 0
    for done, part in enumerate(parts, 1):
        n_right += int(np.count_nonzero(model.predict(part) == folds.gold[folds.parts == part]))
        progress(done, len(parts))
    majority = int(np.bincount(folds.gold).max()) / n
    share = wilson(n_right, n, level=level)
    return Baseline(share.value, share.low, share.high, majority, n)


def _parts(together: pl.Series, gold: Ints) -> Ints:
    """Each row's part: groups with the same labels are dealt out evenly, in the order of their hashes."""
    group_of, firsts = numbered(together.hash().to_numpy())
    digests = np.array([_digest(text) for text in together[firsts]], dtype=np.uint64)
    parts = np.empty(firsts.size, dtype=np.int64)
    parts[np.lexsort((digests, _labels_in_order(group_of, gold)))] = np.arange(firsts.size) % FOLDS
    assigned: Ints = parts[group_of]
    return assigned


def _labels_in_order(group_of: Numbers, gold: Ints) -> Ints:
    """The place of each group's sorted labels among those of all groups, in the order of lists."""
    n, labels = int(group_of.max()) + 1, different(gold)
    kind_of, firsts = np.zeros(n, dtype=np.int32), np.zeros(1, dtype=np.int64)
    for label in labels:
        counts = np.bincount(group_of[gold == label], minlength=n)
        kind_of, firsts = numbered(kind_of.astype(np.int64) << 32 | counts)
    # Millions of groups have only dozens of distinct label lists.
    counts = np.stack([np.bincount(group_of[gold == label], minlength=n)[firsts] for label in labels])
    lists = [np.repeat(labels, column).tolist() for column in counts.T]
    rank = np.empty(firsts.size, dtype=np.int64)
    rank[sorted(range(firsts.size), key=lists.__getitem__)] = np.arange(firsts.size)
    ordered: Ints = rank[kind_of]
    return ordered


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
