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
from scotoma.audits.texts import Ints, Texts, different
from scotoma.tasks.reading.same_row import in_one_order

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
    texts: Texts,
    others: Mapping[str, Texts],
    tests: Sequence[str],
    *,
    symmetric: bool = False,
) -> Copies:
    """Duplicates within a table and its copies in others.

    Args:
        table: Rows with `label`.
        texts: Their texts.
        others: Texts of other tables, by name, of the same fields.
        tests: Names of those of the others that are test sets.
        symmetric: Whether a pair is the same with its two texts swapped.
    """
    every = [texts, *others.values()]
    exact, _ = _numbered([one.exact for one in every], symmetric)
    bare, nodes = _numbered([one.bare for one in every], symmetric)
    ours = np.zeros(nodes.height, dtype=np.bool_)
    ours[bare[0]] = True
    look = _Look(exact[0], bare[0], nodes, ours, _near(nodes, ours, symmetric=symmetric))
    held = {name: (exact[place], bare[place]) for place, name in enumerate(others, 1)}
    none = [np.zeros(0, dtype=np.int64)]
    tested = tuple(np.concatenate(none + [held[name][part] for name in tests]) for part in (0, 1))
    return Copies(
        look.duplicates(table["label"]),
        {name: look.found(*keys) for name, keys in held.items()},
        look.found(*tested),
    )


def _numbered(tables: Sequence[pl.DataFrame], symmetric: bool) -> tuple[list[Ints], pl.DataFrame]:
    """Each row's number among the different rows of all tables, and these in order of text."""
    fields = tables[0].columns
    rows = [in_one_order(table, fields, symmetric) for table in tables]
    every = pl.concat(rows)
    different = every.unique().sort(fields)
    found = every.join(different.with_row_index("number"), on=fields, how="left", maintain_order="left")
    numbers = found["number"].to_numpy().astype(np.int64)
    ends = np.cumsum([table.height for table in rows])
    return np.split(numbers, ends[:-1]), different


def _near(nodes: pl.DataFrame, ours: NDArray[np.bool_], *, symmetric: bool) -> NearPairs:
    """The near copies among rows; where a pair may be swapped, also a row and the mirror of another."""
    fields = nodes.columns
    both = nodes.with_row_index("node")
    if symmetric:
        # What changes a first letter may change the order of two texts, so that both orders are looked at.
        first, second = fields
        turned = both.filter(pl.col(first) != pl.col(second))
        both = pl.concat([both, turned.rename({first: second, second: first}).select(both.columns)])
        both = both.sort(*fields, "node")
    node_of = both["node"].to_numpy().astype(np.int64)
    found = near_pairs([both[field] for field in fields], ours[node_of])
    left, right = node_of[found.left], node_of[found.right]
    if symmetric:
        pairs = np.unique(np.sort(np.column_stack((left, right)), axis=1), axis=0)
        left, right = pairs[pairs[:, 0] != pairs[:, 1]].T
    return NearPairs(left, right, found.complete)


@dataclass(frozen=True, slots=True)
class _Look:
    """Answers from the near pairs among the distinct rows (nodes) of all tables.

    Attributes:
        exact: Number of each row of the table, the same for exact copies.
        bare: Node of each row of the table.
        nodes: Texts of the nodes.
        ours: Whether a node stands in the table.
        pairs: Near pairs of nodes.
    """

    exact: Ints
    bare: Ints
    nodes: pl.DataFrame
    ours: NDArray[np.bool_]
    pairs: NearPairs

    def duplicates(self, labels: pl.Series) -> Duplicates:
        n_distinct = different(self.exact).size
        kinds = pl.DataFrame({"row": self.exact, "label": labels}).unique()
        inside = self.ours[self.pairs.left] & self.ours[self.pairs.right]
        own = NearPairs(self.pairs.left[inside], self.pairs.right[inside], self.pairs.complete)
        n_groups = different(components(self.nodes.height, own)[self.ours]).size
        shown = zip(own.left[:_N_SHOWN], own.right[:_N_SHOWN], strict=True)
        return Duplicates(
            exact=len(labels) - n_distinct,
            near=n_distinct - n_groups,
            conflicting=int(np.count_nonzero(np.bincount(kinds["row"]) > 1)),
            complete=self.pairs.complete,
            examples=tuple((self._texts(one), self._texts(other)) for one, other in shown),
        )

    def found(self, exact: Ints, bare: Ints) -> Found:
        """Copies in another table, given by the numbers of its rows."""
        theirs = np.zeros(self.ours.size, dtype=np.bool_)
        theirs[bare] = True
        like = self.ours & theirs
        shown: list[tuple[Key, Key]] = []
        for one, other in ((self.pairs.left, self.pairs.right), (self.pairs.right, self.pairs.left)):
            hits = np.flatnonzero(self.ours[one] & theirs[other])
            like[one[hits]] = True
            shown += [(self._texts(one[hit]), self._texts(other[hit])) for hit in hits[:_N_SHOWN]]
        is_exact = np.isin(self.exact, exact)
        n_near = int(np.count_nonzero(like[self.bare] & ~is_exact))
        examples = tuple(sorted(shown)[:_N_SHOWN])
        return Found(int(np.count_nonzero(is_exact)), n_near, self.pairs.complete, examples)

    def _texts(self, node: int) -> Key:
        return self.nodes.row(int(node))
