"""Rows that a side did not answer: how many there are, and accuracy if they count as wrong."""

import statistics
from collections.abc import Iterator, Sequence

from scotoma.basics.words import number, signed
from scotoma.comparisons.record import UnansweredReplicate
from scotoma.study.claims import Claim
from scotoma.verdicts.pairs import Pair


def unanswered(pairs: Sequence[Pair]) -> Iterator[UnansweredReplicate]:
    """For each replicate with rows that a side did not answer: how many were compared and left out."""
    for pair in pairs:
        if pair.all_rows is not None:
            yield {
                "replicate": pair.name,
                "compared": pair.table.height,
                "before": dict(pair.all_rows.unanswered_before),
                "after": dict(pair.all_rows.unanswered_after),
            }


def if_wrong(claim: Claim, pairs: Sequence[Pair]) -> tuple[float, float] | None:
    """Mean accuracy before and after over all rows of a cell, unanswered ones counted as wrong.

    None of other measures, and where both sides answered every row of the cell.
    """
    if claim.measure != "accuracy":
        return None
    before, after, n_left_out = [], [], 0
    for pair in pairs:
        all_rows = pair.all_rows
        at = (all_rows or pair).cells[claim.cell].at
        n_left_out += at.size - pair.cells[claim.cell].at.size
        before.append(float((all_rows.before if all_rows else pair.before.correct)[at].mean()))
        after.append(float((all_rows.after if all_rows else pair.after.correct)[at].mean()))
    return (statistics.fmean(before), statistics.fmean(after)) if n_left_out else None


def bound(accuracies: tuple[float, float] | None) -> str:
    """The result of `if_wrong` in a sentence; empty for None."""
    if accuracies is None:
        return ""
    before, after = accuracies
    return (
        f"If rows without an answer count as wrong, accuracy moved from {number(before)} to {number(after)}, "
        f"by {signed(after - before)}."
    )
