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
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy import sparse

from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Ints, Texts
from scotoma.statistics.proportions import wilson

FOLDS = 5
#: Below this a fifth of the rows is too few to measure.
MIN_ROWS = 50


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
        return cls(places.to_numpy(), _parts(together, places), len(labels))


def hypothesis_only(texts: Texts, folds: Folds, *, level: float) -> Baseline:
    """Naive Bayes on the words and word pairs of one text, which never sees the other.

    Answers: "how much of the label does this text give away by itself?" Features are the presence of
    words and of pairs of neighbours; add-one smoothing.

    Source: Poliak et al. 2018 and Gururangan et al. 2018 (the test); McCallum and Nigam 1998 (the
    model, multinomial, with presence for counts).
    """
    return _cross_validate(folds, level, lambda: _NaiveBayes(_ngrams(texts), folds))


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
    """Multinomial naive Bayes over rows of a binary matrix."""

    def __init__(self, features: "sparse.csr_array", folds: Folds) -> None:
        self._features, self._folds = features, folds
        # Counted once by part, so that a training set's counts are those of all less those of the part.
        kind = folds.parts * folds.n_labels + folds.gold
        member = sparse.csr_array(
            (np.ones(kind.size), (np.arange(kind.size), kind)), shape=(kind.size, FOLDS * folds.n_labels)
        )
        counts = (features.T @ member).toarray()
        self._counts = counts.reshape(-1, FOLDS, folds.n_labels).transpose(1, 2, 0)
        self._n = np.bincount(kind, minlength=FOLDS * folds.n_labels).reshape(FOLDS, -1)

    def predict(self, part: int) -> Ints:
        # Counts are whole numbers, so sums do not depend on the order of rows.
        counts = self._counts.sum(axis=0) - self._counts[part] + 1.0
        log_likelihood = np.log(counts / counts.sum(axis=1, keepdims=True))
        seen = self._n.sum(axis=0) - self._n[part]
        log_prior = np.log((seen + 1) / (seen.sum() + seen.size))
        scores = self._features[self._folds.parts == part] @ log_likelihood.T + log_prior
        best: Ints = np.argmax(scores, axis=1)
        return best


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


def _cross_validate(folds: Folds, level: float, make: Callable[[], _NaiveBayes | _Lookup]) -> Baseline:
    n = folds.gold.size
    if n < MIN_ROWS:
        return not_measured(n, f"{n} rows; at least {MIN_ROWS} are needed")
    there = np.unique(folds.parts).tolist()
    if len(there) == 1:
        return not_measured(n, "the premises are too few to keep some rows apart")
    model = make()
    n_right = sum(
        int(np.count_nonzero(model.predict(part) == folds.gold[folds.parts == part])) for part in there
    )
    majority = int(np.bincount(folds.gold).max()) / n
    share = wilson(n_right, n, level=level)
    return Baseline(share.value, share.low, share.high, majority, n)


def _parts(together: pl.Series, gold: pl.Series) -> Ints:
    """Each row's part: groups with the same labels are dealt out evenly, in the order of their hashes."""
    rows = pl.DataFrame({"text": together, "gold": gold})
    groups = rows.group_by("text").agg(pl.col("gold").sort())
    digests = pl.Series("digest", [_digest(text) for text in groups["text"]], dtype=pl.Binary)
    # By labels, then by digest: a list of small numbers sorts as their characters do.
    labels = groups["gold"].list.eval(pl.element().cast(pl.String).str.zfill(9)).list.join("")
    dealt = groups.select("text", labels.alias("labels"), digests).sort("labels", "digest")
    dealt = dealt.select("text", part=pl.int_range(pl.len()) % FOLDS)
    found: Ints = rows.join(dealt, on="text", how="left", maintain_order="left")["part"].to_numpy()
    return found


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf8", "surrogatepass"), digest_size=8).digest()


def _ngrams(texts: Texts) -> "sparse.csr_array":
    """Presence of every word and pair of neighbours of the last text, in order; shape (rows, features)."""
    found = texts.words[texts.fields[-1]]
    size, row_of = len(texts.vocabulary) + 1, found.rows
    flat = found.numbers.astype(np.int64) + 1
    neighbours = row_of[1:] == row_of[:-1]
    features = np.concatenate((flat, (flat[:-1] * size + flat[1:])[neighbours]))
    rows = np.concatenate((row_of, row_of[:-1][neighbours]))
    known, columns = np.unique(features, return_inverse=True)
    matrix = sparse.csr_array(
        (np.ones(features.size), (rows, columns)), shape=(found.counts.size, max(known.size, 1))
    )
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
