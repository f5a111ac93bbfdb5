"""Rows taken by rank, evenly over labels; too few rows are an error."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import polars as pl

from scotoma.basics.errors import Unfillable

Kind = TypeVar("Kind", bound=Hashable)


@dataclass(frozen=True)
class RowRequest:
    """A request for rows of one kind, as error messages describe it.

    Attributes:
        arm: Name of the arm in messages, such as `arm original-180`.
        what: The rows, in words.
        remedy: Advice where there are too few rows.
        at_most: Whether the rows have yet to be written, so that their number is the largest that can be.
        samples: Number of disjoint samples to take, each of the requested size.
    """

    arm: str
    what: str
    remedy: str
    at_most: bool = False
    samples: int = 1

    def check(self, n: int, label: str, available: int, of: int, which: str = "") -> None:
        """Refuses a request for more rows than there are.

        Args:
            n: Number of rows to take, for each sample.
            label: The rows' label; empty for rows of any.
            available: Number of rows of this kind.
            of: Number of rows of any label that there are.
            which: Further condition on the rows, in words, such as ` on which overlap_word holds`.

        Raises:
            Unfillable: there are fewer.
        """
        if available >= n * self.samples:
            return
        labelled = f" labelled {label!r}" if label else ""
        samples = f"{self.samples} disjoint samples of " if self.samples > 1 else ""
        raise Unfillable(
            f"{self.arm} asks for {samples}{n} {self.what}{labelled}{which}; there are "
            f"{'at most ' if self.at_most else ''}{available}",
            where=f"of {of} that may be drawn from",
            remedy=self.remedy,
        )


def equal_shares(n: int, n_labels: int) -> list[int]:
    """n shared out equally; the first labels take what is left over."""
    return [n // n_labels + (position < n % n_labels) for position in range(n_labels)]


def take(
    rows: pl.DataFrame, label: str, n: int, request: RowRequest, where: pl.Expr | None = None, which: str = ""
) -> pl.DataFrame:
    """The n lowest ranks of a label; where several samples are asked for, those of the last one.

    Args:
        rows: Ranked rows, with a column `label`.
        label: Label of the rows to take.
        n: Number of rows.
        request: Names the arm and its rows in the message.
        where: Further condition on the rows; None for none.
        which: `where` in words, such as ` on which overlap_word holds`.

    Raises:
        Unfillable: there are fewer.
    """
    fitting = rows.filter(pl.col("label") == label, *([] if where is None else [where]))
    request.check(n, label, fitting.height, rows.height, which)
    return fitting.sort("rank").slice(n * (request.samples - 1), n)


def apportioned(shares: Mapping[Kind, float], n: int) -> list[Kind]:
    """n places assigned to kinds in proportion to their shares, as is every prefix of the list.

    The next place goes to the kind that is furthest behind, or to the first of several. So what a smaller n
    gives to a kind, a larger n gives it too.

    Args:
        shares: Share of each kind, at least 0; only the proportions matter.
        n: Number of places.
    """
    total = sum(shares.values())
    n_given = dict.fromkeys(shares, 0)
    turns = []
    for place in range(1, n + 1):
        kind = max(shares, key=lambda one: place * shares[one] / total - n_given[one])
        n_given[kind] += 1
        turns.append(kind)
    return turns
