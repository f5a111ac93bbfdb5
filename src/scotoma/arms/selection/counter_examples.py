"""Counter-examples put among synthetic rows, the arm as a whole balanced over labels.

Source: Min et al. 2020, Syntactic Data Augmentation Increases Robustness to Inference Heuristics: a few
hundred such rows among many.
"""

from collections.abc import Sequence

import polars as pl

from scotoma.arms.selection.by_rank import RowRequest, equal_shares, take
from scotoma.basics.errors import Unfillable


def with_counter_examples(
    counter: pl.DataFrame,
    pool: pl.DataFrame,
    labels: Sequence[str],
    n: int,
    share: float,
    requests: tuple[RowRequest, RowRequest],
) -> pl.DataFrame:
    """n rows, balanced over labels, of which a share are counter-examples.

    The counter-examples are shared out equally over the labels they have; synthetic rows fill up every label.

    Args:
        counter: Ranked counter-examples, with labels of the task.
        pool: Ranked synthetic rows.
        labels: Labels of the task.
        n: Number of rows.
        share: Share of the n rows that are counter-examples, to the nearest row.
        requests: For messages, of counter-examples and of synthetic rows.

    Raises:
        Unfillable: too few rows of a label, or more counter-examples of a label than the arm has room for.
    """
    parts = []
    for label, n_counter, n_label in counter_shares(counter, labels, n, share, requests[0]):
        parts += [
            take(counter, label, n_counter, requests[0]),
            take(pool, label, n_label - n_counter, requests[1]),
        ]
    return pl.concat(parts)


def counter_shares(
    counter: pl.DataFrame, labels: Sequence[str], n: int, share: float, request: RowRequest
) -> list[tuple[str, int, int]]:
    """Each label, its counter-examples, and its rows in all.

    Raises:
        Unfillable: too few counter-examples of a label, or more than the arm has room for.
    """
    present = [label for label in labels if label in set(counter["label"])]
    n_counter = round(n * share)
    n_by_label = dict(zip(present, equal_shares(n_counter, len(present)) if present else (), strict=True))
    if n_counter and not present:
        request.check(n_counter, labels[-1], 0, counter.height)
    shares = []
    for label, n_label in zip(labels, equal_shares(n, len(labels)), strict=True):
        n_due = n_by_label.get(label, 0)
        if n_due > n_label:
            raise Unfillable(
                f"{request.arm} has room for {n_label} rows labelled {label!r}, and {n_due} of the "
                "counter-examples have that label",
                remedy=f"Lower the share to {len(present)}/{len(labels)} or less, so that the arm can be "
                "balanced.",
            )
        request.check(n_due, label, counter.filter(pl.col("label") == label).height, counter.height)
        shares.append((label, n_due, n_label))
    return shares
