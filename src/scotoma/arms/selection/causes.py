"""Draws that change one thing about data: how labels go with a predicate, or how often labels are wrong."""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.arms.selection.by_rank import RowRequest, apportioned, equal_shares, take
from scotoma.basics.errors import Unfillable


def rates(labels: pl.Series, holds: pl.Series) -> dict[str, float]:
    """Share of rows on which a predicate holds, by label.

    Args:
        labels: Label of each row.
        holds: Whether the predicate holds on each row.
    """
    table = pl.DataFrame({"label": labels, "holds": holds})
    return dict(table.group_by("label").agg(pl.col("holds").mean()).iter_rows())


def reweighted(
    rows: pl.DataFrame,
    holds: pl.Series,
    target_rates: Mapping[str, float],
    labels: Sequence[str],
    n: int,
    request: RowRequest,
) -> pl.DataFrame:
    """Rows in which a predicate goes with the labels as it does elsewhere.

    Within each label it holds in the required share of rows, to the nearest row. The lowest ranks are taken.

    Args:
        rows: Ranked rows.
        holds: Whether the predicate holds on them.
        target_rates: Required share of rows on which it holds, by label.
        labels: Over which n is shared out equally.
        n: Number of rows.
        request: Names the arm and its rows in messages.

    Raises:
        Unfillable: too few rows of a kind, or a label whose share is not known.
    """
    rows = rows.with_columns(holds=holds)
    parts = []
    for label, n_label in zip(labels, equal_shares(n, len(labels)), strict=True):
        if label not in target_rates:
            raise unknown_rate(label, request)
        turns = apportioned({True: target_rates[label], False: 1 - target_rates[label]}, n_label)
        for kind, word in ((True, "holds"), (False, "does not hold")):
            which = f" on which the predicate {word}"
            parts.append(take(rows, label, turns.count(kind), request, pl.col("holds") == kind, which))
    return pl.concat(parts).drop("holds")


def unknown_rate(label: str, request: RowRequest) -> Unfillable:
    """The error for a label without originals, whose share cannot be kept."""
    return Unfillable(
        f"{request.arm}: no original example is labelled {label!r}, so its share is not known",
        remedy="Give training data with every label.",
    )
