"""Which traits of rows go with answers that were lost: the blind spot that nobody has named.

Traits are every word of every text, the built-in predicates (overlap, negation, length), and the user's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import scipy
from numpy.typing import NDArray

from scotoma.audits.rules import answers, built_in_rules, tertiles
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Ints, Texts, different
from scotoma.blindspots.predicates.rules import Rule

if TYPE_CHECKING:
    from scipy import sparse

Floats = NDArray[np.float64]

#: Rows that a label must have with a trait, and without it, for the trait to be looked at: the mean of fewer
#: is far from normal.
FEWEST = 20
#: Most traits that are found.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Trait:
    """Rows that have something in common, and how answers to them changed beside the others.

    Rows with a trait that was found before are left out.

    Attributes:
        name: What they have in common, such as `negation`, or a word and the field it stands in.
        n: Number of rows with it, of the labels that have enough rows with and without it.
        change: Mean change in accuracy on these rows.
        elsewhere: Mean change on rows of the same labels without it; labels weigh as among those with it.
        p: Two-sided p value of the difference, times the number of traits looked at (Bonferroni).
    """

    name: str
    n: int
    change: float
    elsewhere: float
    p: float

    @property
    def beyond(self) -> float:
        """By how much more accuracy changed on these rows than elsewhere; below 0 it fell further."""
        return self.change - self.elsewhere


@dataclass(frozen=True, slots=True)
class Traits:
    """What was looked at, and what stands out.

    Attributes:
        n_looked_at: Number of traits with enough rows.
        found: Traits whose corrected p is below alpha, the surest first.
    """

    n_looked_at: int
    found: tuple[Trait, ...]


def traits(
    table: pl.DataFrame,
    change: Floats,
    fields: Sequence[str],
    *,
    predicates: Sequence[Rule] = (),
    alpha: float = 0.05,
) -> Traits:
    """Traits of rows on which accuracy changed otherwise than on rows of the same label without them.

    Answers: "on which kind of row, that nobody thought of, do these models do worse than on others?" The unit
    is the row: another sample of rows like these, for the same models. Rows are compared within each gold
    label, so that a trait is not found for the label alone. The surest trait is found first; its rows are
    then left out and the rest is looked at again, so that what goes with it is not found a second time. What
    is found was looked for; confirm it on rows that were not looked at.

    Args:
        table: Rows with the fields and `gold`.
        change: Change in accuracy on each row, from -1 (lost) to 1 (gained); of replicates the mean.
        fields: Columns of text.
        predicates: The user's own, beside the built-in ones.
        alpha: Rate at which a trait is found wrongly, over all that were looked at.

    Source: Welch 1947, within strata; Bonferroni at every step.
    """
    names, holds = _looked_at(table, Texts.of(table, fields), predicates)
    labels = pl.DataFrame({"gold": table["gold"]}).to_dummies().to_numpy().astype(np.float64)
    left, found, n_looked_at = np.ones(table.height), list[Trait](), 0
    while len(found) < _MOST:
        sums = _Sums.over(holds, labels * left[:, None], change)
        at, p, n = sums.surest()
        n_looked_at = max(n_looked_at, n)
        if p >= alpha:
            break
        found.append(sums.trait(at, names[at], p))
        left[holds[:, [at]].toarray()[:, 0] > 0] = 0
    return Traits(n_looked_at, tuple(found))


def _looked_at(
    table: pl.DataFrame, texts: Texts, predicates: Sequence[Rule]
) -> tuple[list[str], "sparse.csc_array"]:
    """Names of the traits that enough rows have, and whether each row has them, shape (rows, traits)."""
    from scipy import sparse

    found: dict[bytes, tuple[str, Ints]] = {}  # of two with the same rows the first
    for name, rows in (*_by_predicate(table, texts, predicates), *_by_word(texts)):
        if FEWEST <= rows.size <= table.height - FEWEST:
            found.setdefault(rows.tobytes(), (name, rows))
    names, places = [name for name, _ in found.values()], [rows for _, rows in found.values()]
    ends = np.cumsum([0, *(rows.size for rows in places)])
    held = np.concatenate([np.zeros(0, dtype=np.int64), *places])
    shape = (table.height, len(names))
    return names, sparse.csc_array((np.ones(held.size), held, ends), shape=shape)


def _by_predicate(
    table: pl.DataFrame, texts: Texts, predicates: Sequence[Rule]
) -> Iterator[tuple[str, Ints]]:
    lengths = tertiles(texts, "data")
    rules = [*built_in_rules(lengths, texts.fields), *predicates]
    overlap = Overlap.of(texts) if len(texts.fields) > 1 else None
    for name, holds in answers(table, texts, overlap, rules, lengths, "rows").items():
        if not isinstance(holds, str):
            yield name, np.flatnonzero(holds)


def _by_word(texts: Texts) -> Iterator[tuple[str, Ints]]:
    size = len(texts.vocabulary)
    for field in texts.fields:
        words = texts.words[field]
        # Each word of a row once, those of a word one after another.
        pairs = different(words.numbers.astype(np.int64) * words.counts.size + words.rows)
        ends = np.searchsorted(pairs, np.arange(1, size) * words.counts.size)
        where = f" in {field}" if len(texts.fields) > 1 else ""
        for word, rows in zip(texts.vocabulary, np.split(pairs % words.counts.size, ends), strict=True):
            yield f'"{word}"{where}', rows


@dataclass(frozen=True, eq=False)
class _Sums:
    """Of every trait and label: rows, sum and sum of squares of the change, with the trait and without.

    Attributes:
        with_it: Shape (3, labels, traits).
        without: Shape (3, labels, traits).
    """

    with_it: Floats
    without: Floats

    @classmethod
    def over(cls, holds: "sparse.csc_array", labels: Floats, change: Floats) -> "_Sums":
        """Sums over rows of 1, the change and its square, each times the weight of a row in a label."""
        parts = [labels * part[:, None] for part in (np.ones_like(change), change, change * change)]
        whole = np.array([part.sum(axis=0) for part in parts])
        with_it = np.array([(holds.T @ part).T for part in parts])
        return cls(with_it, whole[:, :, None] - with_it)

    def surest(self) -> tuple[int, float, int]:
        """Place and corrected p of the surest trait, and how many could be looked at; p is 1 of none."""
        ratio = self._compared[1]
        usable = np.flatnonzero(np.isfinite(ratio))
        if not usable.size:
            return 0, 1.0, 0
        at = usable[np.argmax(np.abs(ratio[usable]))]
        p = 2 * float(scipy.special.ndtr(-abs(ratio[at])))
        return int(at), min(1.0, p * usable.size), usable.size

    def trait(self, at: int, name: str, p: float) -> Trait:
        """What is to be said of a trait."""
        counted = np.where(self.enough[:, at], self.with_it[0][:, at], 0)
        change = float((self.mean_with[:, at] * counted).sum() / counted.sum())
        return Trait(name, int(counted.sum()), change, change - float(self._compared[0][at]), p)

    @property
    def enough(self) -> NDArray[np.bool_]:
        """Whether a label has enough rows with a trait and without it, shape (labels, traits)."""
        enough: NDArray[np.bool_] = (self.with_it[0] >= FEWEST) & (self.without[0] >= FEWEST)
        return enough

    @property
    def mean_with(self) -> Floats:
        """Mean change with a trait, shape (labels, traits); 0 without rows."""
        found: Floats = self.with_it[1] / np.maximum(self.with_it[0], 1)
        return found

    @cached_property
    def _compared(self) -> tuple[Floats, Floats]:
        """Change with each trait beyond that without it, and its ratio to its standard error; else NaN."""
        weights = np.where(self.enough, self.with_it[0], 0.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            weights /= weights.sum(axis=0)
            difference = self.mean_with - self.without[1] / self.without[0]
            error = _variance(self.with_it) + _variance(self.without)
            beyond = np.where(self.enough, weights * difference, 0.0).sum(axis=0)
            spread = np.where(self.enough, weights**2 * error, 0.0).sum(axis=0)
            ratio = np.where(self.enough.any(axis=0) & (spread > 0), beyond / np.sqrt(spread), np.nan)
        return beyond, ratio


def _variance(sums: Floats) -> Floats:
    """Squared standard error of a mean, from number, sum and sum of squares."""
    n, total, squares = sums
    found: Floats = (squares - total**2 / n) / (n - 1) / n
    return found
