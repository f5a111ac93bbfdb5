"""Traits of rows that go with lost answers: a blind spot that has no name yet.

Traits are every word of every text, the built-in predicates (overlap, negation, length), and the user's own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.audits.rules import answers, built_in_rules, tertiles
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Ints, Texts, different
from scotoma.basics.randomness import stream
from scotoma.blindspots.predicates.rules import Rule

if TYPE_CHECKING:
    from scipy import sparse

Floats = NDArray[np.float64]

#: Fewest rows with a trait, and without it, for it to be tested.
FEWEST = 20
_PERMUTATIONS = 1000
#: Permutations that are held at a time: of 30,000 rows 24 MB.
_AT_A_TIME = 100
#: Most traits that are reported.
_MOST = 20


@dataclass(frozen=True, slots=True)
class Trait:
    """Rows that have something in common, and how answers to them changed, compared with the others.

    Rows with a trait that was found before are left out.

    Attributes:
        name: What they have in common, such as `negation`, or a word and the field it stands in.
        n: Number of rows with it, of labels that have rows without it.
        change: Mean change in accuracy on these rows.
        elsewhere: Mean change on rows of the same labels without it; labels weigh as among those with it.
        p: Chance that any trait would stand out as much, if changes fell on the rows of a label by lot.
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
        standing_out: Traits whose p is below alpha, the most significant first.
    """

    n_looked_at: int
    standing_out: tuple[Trait, ...]


def traits(
    table: pl.DataFrame,
    change: Floats,
    fields: Sequence[str],
    *,
    predicates: Sequence[Rule] = (),
    alpha: float = 0.05,
    seed: int = 0,
) -> Traits:
    """Traits of rows on which accuracy changed otherwise than on rows of the same label without them.

    Answers: "on which unforeseen kind of row do these models do worse than on others?" The unit
    is the row: another sample of rows like these, for the same models. The changes are dealt out anew among
    the rows of each gold label, so that a trait is not found for the label alone, and the largest of all
    traits' statistics counts, so that many may be looked at, however few rows they have. The surest trait is
    found first; its rows are then left out and the rest is looked at again, so that what goes with it is not
    found a second time. What is found was looked for; confirm it on rows that were not looked at.

    Args:
        table: Rows with the fields and `gold`.
        change: Change in accuracy on each row, from -1 (lost) to 1 (gained); of replicates the mean.
        fields: Columns of text.
        predicates: The user's own, beside the built-in ones.
        alpha: Rate at which a trait is found wrongly, over all that were looked at.
        seed: Seed of the permutations.

    Source: Westfall and Young 1993, the largest statistic over permutations within strata.
    """
    names, holds = _looked_at(table, Texts.of(table, fields), predicates)
    gold = table["gold"].to_numpy()
    remaining, standing_out, n_looked_at = np.arange(table.height), list[Trait](), 0
    while len(standing_out) < _MOST:
        statistics = _TraitStatistics.at(holds[remaining], change[remaining], gold[remaining])
        n_looked_at = max(n_looked_at, int(np.count_nonzero(statistics.usable)))
        index = statistics.strongest
        if index is None or (p := statistics.p(stream(seed, "traits", len(standing_out)))) >= alpha:
            break
        standing_out.append(statistics.trait(index, names[index], p))
        remaining = remaining[holds[remaining][:, [index]].toarray()[:, 0] == 0]
    return Traits(n_looked_at, tuple(standing_out))


def _looked_at(
    table: pl.DataFrame, texts: Texts, predicates: Sequence[Rule]
) -> tuple[list[str], "sparse.csr_array"]:
    """Names of the traits that enough rows have, and whether each row has them, shape (rows, traits)."""
    from scipy import sparse

    rows_of: dict[bytes, tuple[str, Ints]] = {}  # of two with the same rows the first
    for name, rows in (*_by_predicate(table, texts, predicates), *_by_word(texts)):
        if FEWEST <= rows.size <= table.height - FEWEST:
            rows_of.setdefault(rows.tobytes(), (name, rows))
    names, places = [name for name, _ in rows_of.values()], [rows for _, rows in rows_of.values()]
    ends = np.cumsum([0, *(rows.size for rows in places)])
    positions = np.concatenate([np.zeros(0, dtype=np.int64), *places])
    shape = (table.height, len(names))
    return names, sparse.csc_array((np.ones(positions.size), positions, ends), shape=shape).tocsr()


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
    for field in texts.fields if size else ():
        words = texts.words[field]
        # Each word of a row once, those of a word one after another.
        pairs = different(words.numbers.astype(np.int64) * words.counts.size + words.rows)
        ends = np.searchsorted(pairs, np.arange(1, size) * words.counts.size)
        where = f" in {field}" if len(texts.fields) > 1 else ""
        for word, rows in zip(texts.vocabulary, np.split(pairs % words.counts.size, ends), strict=True):
            yield f'"{word}"{where}', rows


@dataclass(frozen=True, eq=False)
class _TraitStatistics:
    """Rows that are looked at, and every trait's statistic over them.

    Attributes:
        holds: Whether each row has each trait, shape (rows, traits).
        change: Change on each row, shape (rows,).
        labels: The rows of each label.
        beyond: Change on each row less the mean of its label, shape (rows,).
        spread: Standard deviation, over permutations within labels, of each trait's sum of `beyond`.
    """

    holds: "sparse.csr_array"
    change: Floats
    labels: tuple[Ints, ...]
    beyond: Floats
    spread: Floats

    @classmethod
    def at(cls, holds: "sparse.csr_array", change: Floats, gold: NDArray[np.object_]) -> "_TraitStatistics":
        labels = tuple(np.flatnonzero(gold == label) for label in sorted(set(gold.tolist())))
        beyond, variance = change.copy(), np.zeros(holds.shape[1])
        for rows in labels:
            beyond[rows] -= change[rows].mean()
            n, n_with = rows.size, holds[rows].sum(axis=0)
            variance += n_with * (n - n_with) / max(n - 1, 1) * beyond[rows].var()
        return cls(holds, change, labels, beyond, np.sqrt(variance))

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Whether a trait has enough rows with it and without it, and could have come out otherwise."""
        n_with = self.holds.sum(axis=0)
        enough = (n_with >= FEWEST) & (n_with <= self.change.size - FEWEST)
        usable: NDArray[np.bool_] = enough & (self.spread > 1e-9)
        return usable

    @cached_property
    def statistics(self) -> Floats:
        """Each trait's sum in standard deviations from its expectation under permutation; 0 if not usable."""
        return self._standardized(self.holds.T @ self.beyond)

    @property
    def strongest(self) -> int | None:
        """The trait that stands out most; None where none can be looked at."""
        return int(np.argmax(np.abs(self.statistics))) if self.usable.any() else None

    def p(self, rng: np.random.Generator) -> float:
        """Chance that any trait stands out as much as the surest, by permutations within labels."""
        least, n_as_large = np.abs(self.statistics).max() - 1e-9, 0
        dealt = np.empty((self.change.size, _AT_A_TIME))
        for _ in range(_PERMUTATIONS // _AT_A_TIME):
            for rows in self.labels:
                dealt[rows] = rng.permuted(np.tile(self.beyond[rows][:, None], _AT_A_TIME), axis=0)
            largest = np.abs(self._standardized(self.holds.T @ dealt)).max(axis=0)
            n_as_large += int(np.count_nonzero(largest >= least))
        return (1 + n_as_large) / (1 + _PERMUTATIONS)

    def trait(self, index: int, name: str, p: float) -> Trait:
        """A trait with its mean change, and that of rows of the same labels without it."""
        has_it = self.holds[:, [index]].toarray()[:, 0] > 0
        sides = [(rows[has_it[rows]], rows[~has_it[rows]]) for rows in self.labels]
        both = [(with_trait, others) for with_trait, others in sides if with_trait.size and others.size]
        n = sum(with_trait.size for with_trait, _ in both)
        change = sum(float(self.change[with_trait].sum()) for with_trait, _ in both) / n
        elsewhere = (
            sum(with_trait.size * float(self.change[others].mean()) for with_trait, others in both) / n
        )
        return Trait(name, n, change, elsewhere, p)

    def _standardized(self, sums: Floats) -> Floats:
        """Sums by trait, shape (traits, ...), in standard deviations."""
        scale = np.where(self.usable, self.spread, np.inf)
        standardized: Floats = sums / scale.reshape(-1, *[1] * (sums.ndim - 1))
        return standardized
