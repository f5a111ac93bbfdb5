"""Rows that repeat within a table, and rows that stand in another one.

Two grades. **Exact**: the same texts up to case and spacing. **Near**: not exact, but much alike in
every field, see `scotoma.audits.similarity`; words only, so punctuation makes no difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.audits.similarity import NearPairs, components, near_pairs
from scotoma.blindspots.predicates.overlap import words
from scotoma.tasks.reading.same_row import plain, settled

Key = tuple[str, ...]

_N_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Rows that repeat an earlier one.

    Attributes:
        exact: Rows beyond the first of each set of exact copies.
        near: Further rows beyond the first of each group of near copies.
        conflicting: Sets of exact copies whose labels differ.
        complete: Whether all near copies were looked for; if not, `near` is too low.
        examples: A few near copies, as pairs of rows' texts.
    """

    exact: int
    near: int
    conflicting: int
    complete: bool
    examples: tuple[tuple[Key, Key], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of the table that stand in another one.

    Attributes:
        exact: Rows with an exact copy in the other table.
        near: Other rows with a near copy in the other table.
        complete: Whether all near copies were looked for; if not, `near` is too low.
        examples: A few near copies: the texts of a row here and of one there.
    """

    exact: int
    near: int
    complete: bool
    examples: tuple[tuple[Key, Key], ...]


@dataclass(frozen=True, slots=True)
class Copies:
    """All repetition that an audit looks for.

    Attributes:
        duplicates: Within the table.
        found: Copies in each other table, by its name.
        anywhere: Copies in any of the tables counted as test sets.
    """

    duplicates: Duplicates
    found: dict[str, Found]
    anywhere: Found


def find_copies(
    table: pl.DataFrame,
    others: Mapping[str, pl.DataFrame],
    fields: Sequence[str],
    tests: Sequence[str],
    *,
    symmetric: bool = False,
) -> Copies:
    """Duplicates within a table and its copies in others.

    Args:
        table: Rows with the fields and `label`.
        others: Tables with the fields, by name.
        fields: Columns of text, in order.
        tests: Names of those of the others that are test sets.
        symmetric: Whether a pair is the same with its two texts swapped.
    """
    rows = _Rows.of(table, fields, symmetric)
    theirs = {name: _Rows.of(other, fields, symmetric) for name, other in others.items()}
    nodes = sorted({*rows.bare, *(bare for other in theirs.values() for bare in other.bare)})
    place = {node: number for number, node in enumerate(nodes)}
    ours = np.zeros(len(nodes), dtype=np.bool_)
    ours[[place[bare] for bare in rows.bare]] = True
    pairs = _near(nodes, ours, symmetric=symmetric)
    look = _Look(rows, nodes, place, ours, pairs)
    held = {name: ({*other.exact}, {*other.bare}) for name, other in theirs.items()}
    tested: tuple[set[Key], set[Key]] = (set(), set())
    for name in tests:
        tested[0].update(held[name][0])
        tested[1].update(held[name][1])
    return Copies(
        look.duplicates(table["label"].to_list()),
        {name: look.found(*keys) for name, keys in held.items()},
        look.found(*tested),
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """Every row's texts in two forms: up to case and spacing, and as bare words."""

    exact: list[Key]
    bare: list[Key]

    @classmethod
    def of(cls, table: pl.DataFrame, fields: Sequence[str], symmetric: bool) -> "_Rows":
        texts = list(zip(*(table[field] for field in fields), strict=True))
        exact = [settled(map(plain, row), symmetric=symmetric) for row in texts]
        # A text without words stays as it is, lest all such texts be taken for one.
        bare = [
            settled((" ".join(words(text)) or text for text in row), symmetric=symmetric) for row in exact
        ]
        return cls(exact, bare)


def _near(nodes: list[Key], ours: NDArray[np.bool_], *, symmetric: bool) -> NearPairs:
    """The near copies among rows; where a pair may be swapped, also a row and the mirror of another."""
    # What changes a first letter may change the order of two texts, so that both orders are looked at.
    turned = [(node[::-1], number) for number, node in enumerate(nodes) if symmetric and node != node[::-1]]
    both = sorted([*((node, number) for number, node in enumerate(nodes)), *turned])
    node_of = np.array([number for _, number in both], dtype=np.int64)
    n_fields = len(nodes[0]) if nodes else 0
    found = near_pairs([[texts[field] for texts, _ in both] for field in range(n_fields)], ours[node_of])
    left, right = node_of[found.left], node_of[found.right]
    if symmetric:
        pairs = np.unique(np.sort(np.column_stack((left, right)), axis=1), axis=0)
        left, right = pairs[pairs[:, 0] != pairs[:, 1]].T
    return NearPairs(left, right, found.complete)


@dataclass(frozen=True, slots=True)
class _Look:
    """Answers from the near pairs among the distinct rows (nodes) of all tables."""

    rows: _Rows
    nodes: list[Key]
    place: dict[Key, int]
    ours: NDArray[np.bool_]
    pairs: NearPairs

    def duplicates(self, labels: list[str]) -> Duplicates:
        labels_of: dict[Key, set[str]] = {}
        for key, label in zip(self.rows.exact, labels, strict=True):
            labels_of.setdefault(key, set()).add(label)
        n_distinct = len(labels_of)
        inside = self.ours[self.pairs.left] & self.ours[self.pairs.right]
        own = NearPairs(self.pairs.left[inside], self.pairs.right[inside], self.pairs.complete)
        n_groups = np.unique(components(len(self.nodes), own)[self.ours]).size
        shown = zip(own.left[:_N_SHOWN], own.right[:_N_SHOWN], strict=True)
        return Duplicates(
            exact=len(labels) - n_distinct,
            near=n_distinct - n_groups,
            conflicting=sum(len(given) > 1 for given in labels_of.values()),
            complete=self.pairs.complete,
            examples=tuple((self.nodes[one], self.nodes[other]) for one, other in shown),
        )

    def found(self, exact: set[Key], bare: set[Key]) -> Found:
        theirs = np.zeros(len(self.nodes), dtype=np.bool_)
        theirs[[self.place[key] for key in bare]] = True
        like = self.ours & theirs
        shown: list[tuple[Key, Key]] = []
        for one, other in ((self.pairs.left, self.pairs.right), (self.pairs.right, self.pairs.left)):
            hits = np.flatnonzero(self.ours[one] & theirs[other])
            like[one[hits]] = True
            shown += [(self.nodes[one[hit]], self.nodes[other[hit]]) for hit in hits[:_N_SHOWN]]
        n_exact = sum(key in exact for key in self.rows.exact)
        n_near = sum(
            like[self.place[key]] and full not in exact
            for key, full in zip(self.rows.bare, self.rows.exact, strict=True)
        )
        return Found(n_exact, int(n_near), self.pairs.complete, tuple(sorted(shown)[:_N_SHOWN]))
