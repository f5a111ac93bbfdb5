"""Rows that repeat within a table, and rows that also occur in another one.

Two grades. **Exact**: the same texts up to case, spacing and what looks alike, see `folded`. **Near**: not
exact, but much alike in every field, see `scotoma.audits.similarity`; words only, so punctuation makes no
difference.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.audits.bare import Bare
from scotoma.audits.similarity import NearPairs, components, near_pairs
from scotoma.audits.texts import Hashes, Numbers, Texts, different, numbered
from scotoma.basics.progress import Progress, no_progress

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
    """Rows of the table that also occur in another one.

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
        by_table: Copies in each other table, by its name.
        anywhere: Copies in any of the tables counted as test sets.
    """

    duplicates: Duplicates
    by_table: dict[str, Found]
    anywhere: Found


def find_copies(
    labels: pl.Series,
    texts: Texts,
    others: Mapping[str, slice],
    tests: Sequence[str],
    *,
    symmetric: bool = False,
    progress: Progress = no_progress,
) -> Copies:
    """Duplicates within a table and its copies in others.

    Args:
        labels: Label of each row of the table.
        texts: Texts of the table's rows, and below them those of the others.
        others: Rows of `texts` that are those of each other table, by its name.
        tests: Names of those of the others that are test sets.
        symmetric: Whether a pair is the same with its two texts swapped.
        progress: Called with (steps done, steps in all).
    """
    own = slice(0, len(labels))
    exact = _exact(texts, symmetric)
    bare = Bare.of(texts)
    rows = _in_one_order([bare.numbers[field] for field in texts.fields], symmetric)
    node_of, nodes = _nodes(rows)
    in_data = np.zeros(nodes[0].size, dtype=np.bool_)
    in_data[node_of[own]] = True
    pairs = _near(bare, nodes, in_data, symmetric, progress)
    search = _CopySearch(exact[own], node_of[own], bare, nodes, in_data, pairs)
    keys_of = {name: (exact[rows], node_of[rows]) for name, rows in others.items()}
    none = [np.zeros(0, dtype=np.int32)]
    tested = tuple(np.concatenate(none + [keys_of[name][part] for name in tests]) for part in (0, 1))
    return Copies(
        search.duplicates(labels),
        {name: search.copies_in(*keys) for name, keys in keys_of.items()},
        search.copies_in(*tested),
    )


def _exact(texts: Texts, symmetric: bool) -> Numbers:
    """A number for each row, the same for exact copies."""
    fields = _in_one_order([texts.exact[field] for field in texts.fields], symmetric)
    whole: Hashes = fields[0]
    for field in fields[1:]:
        # Fields are hashed in turn, so that the order of a row's texts matters.
        whole = whole * np.uint64(0x9E3779B97F4A7C15) ^ field
    return numbered(whole)[0]


def _in_one_order(texts: Sequence[NDArray[Any]], symmetric: bool) -> Sequence[NDArray[Any]]:
    """The texts of every row by field; of a symmetric task each row's two in one order."""
    return [np.minimum(*texts), np.maximum(*texts)] if symmetric else texts


def _nodes(rows: Sequence[Numbers]) -> tuple[Numbers, list[Numbers]]:
    """The number of each row among the different ones, and these in order, by field."""
    numbers, firsts = numbered(rows[0])
    for field in rows[1:]:
        numbers, firsts = numbered(numbers.astype(np.int64) << 32 | field)
    return numbers, [field[firsts] for field in rows]


def _near(
    bare: Bare, nodes: Sequence[Numbers], in_data: NDArray[np.bool_], symmetric: bool, progress: Progress
) -> NearPairs:
    """The near copies among rows; where a pair may be swapped, also a row and the mirror of another."""
    if not symmetric:
        return near_pairs(bare, nodes, in_data, progress)
    # A changed first letter may change the order of two texts, so both orders are compared.
    first, second = nodes
    swapped = np.flatnonzero(first != second)
    node_of = np.concatenate((np.arange(first.size), swapped))
    both = np.concatenate((first, second[swapped])), np.concatenate((second, first[swapped]))
    order = np.lexsort((node_of, both[1], both[0]))
    node_of = node_of[order]
    near = near_pairs(bare, [texts[order] for texts in both], in_data[node_of], progress)
    left, right = node_of[near.left], node_of[near.right]
    pairs = np.unique(np.sort(np.column_stack((left, right)), axis=1), axis=0)
    left, right = pairs[pairs[:, 0] != pairs[:, 1]].T
    return NearPairs(left, right, near.complete)


@dataclass(frozen=True, slots=True)
class _CopySearch:
    """Answers from the near pairs among the distinct rows (nodes) of all tables.

    Attributes:
        exact: Number of each row of the table, the same for exact copies.
        node_of: Node of each row of the table.
        bare: Texts of the nodes.
        nodes: Number of each node's text among these, by field.
        in_data: Whether a node occurs in the audited data.
        pairs: Near pairs of nodes.
    """

    exact: Numbers
    node_of: Numbers
    bare: Bare
    nodes: Sequence[Numbers]
    in_data: NDArray[np.bool_]
    pairs: NearPairs

    def duplicates(self, labels: pl.Series) -> Duplicates:
        n_distinct = different(self.exact).size
        label_of = numbered(labels.hash().to_numpy())[0]
        kinds = different(self.exact.astype(np.int64) << 32 | label_of) >> 32
        inside = self.in_data[self.pairs.left] & self.in_data[self.pairs.right]
        own = NearPairs(self.pairs.left[inside], self.pairs.right[inside], self.pairs.complete)
        n_groups = different(components(self.in_data.size, self._with_exact(own))[self.in_data]).size
        shown = zip(own.left[:_N_SHOWN], own.right[:_N_SHOWN], strict=True)
        return Duplicates(
            exact=len(labels) - n_distinct,
            near=n_distinct - n_groups,
            conflicting=int(np.count_nonzero(np.bincount(kinds) > 1)),
            complete=self.pairs.complete,
            examples=tuple((self._texts(one), self._texts(other)) for one, other in shown),
        )

    def _with_exact(self, pairs: NearPairs) -> NearPairs:
        """The pairs, and those of nodes whose rows are exact copies: of letters in other forms, two words."""
        numbers, firsts = numbered(self.exact)
        one, other = self.node_of[firsts][numbers], self.node_of
        apart = one != other
        left, right = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
        return NearPairs(
            np.concatenate((pairs.left, left)), np.concatenate((pairs.right, right)), pairs.complete
        )

    def copies_in(self, exact: Numbers, node_of: Numbers) -> Found:
        """Copies in another table, given by the numbers of its rows."""
        in_other = np.zeros(self.in_data.size, dtype=np.bool_)
        in_other[node_of] = True
        is_copied = self.in_data & in_other
        shown: list[tuple[Key, Key]] = []
        for one, other in ((self.pairs.left, self.pairs.right), (self.pairs.right, self.pairs.left)):
            hits = np.flatnonzero(self.in_data[one] & in_other[other])
            is_copied[one[hits]] = True
            shown += [(self._texts(one[hit]), self._texts(other[hit])) for hit in hits[:_N_SHOWN]]
        is_exact = np.isin(self.exact, exact)
        n_near = int(np.count_nonzero(is_copied[self.node_of] & ~is_exact))
        examples = tuple(sorted(shown)[:_N_SHOWN])
        return Found(int(np.count_nonzero(is_exact)), n_near, self.pairs.complete, examples)

    def _texts(self, node: np.int64) -> Key:
        return tuple(self.bare.text(int(texts[node])) for texts in self.nodes)
