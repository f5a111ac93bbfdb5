"""Every predicate with every label: the table at the heart of an audit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from scotoma.audits.rules import Flags
from scotoma.statistics.association import (
    Counts,
    Ratio,
    amplification,
    count,
    odds_ratio,
    undefined,
    z_statistic,
)
from scotoma.statistics.multiplicity import holm


@dataclass(frozen=True, slots=True)
class Association:
    """A predicate and a label, here and in the reference.

    Attributes:
        predicate: Name of the predicate.
        label: The label, against all others together.
        counts: Counts in this table; None where the predicate is not available.
        odds: The odds ratio in this table.
        p_holm: p of the odds ratio, adjusted for all odds ratios of the table; None where there is none.
        z: The published z statistic; None where there is none.
        reference_counts: Counts in the reference; None where the predicate is not available or there is no
            reference.
        reference_odds: The odds ratio in the reference.
        amplification: The first odds ratio over the second.
        amplification_p_holm: p of the amplification, adjusted for all amplifications of the table.
    """

    predicate: str
    label: str
    counts: Counts | None
    odds: Ratio
    p_holm: float | None
    z: float | None
    reference_counts: Counts | None
    reference_odds: Ratio
    amplification: Ratio
    amplification_p_holm: float | None


def associate(
    ours: tuple[Mapping[str, Flags], pl.Series],
    reference: tuple[Mapping[str, Flags], pl.Series] | None,
    labels: Sequence[str],
    *,
    level: float,
) -> tuple[Association, ...]:
    """The association of every predicate with every label, predicate by predicate.

    p values are adjusted by Holm's rule within two families: all odds ratios of the table, and all
    amplifications. What is not defined is no test and no member of a family. Intervals are not
    adjusted.

    Args:
        ours: Answers by predicate, and the labels of the rows.
        reference: Answers by predicate and labels of the reference's rows; None without a reference.
        labels: All labels of the task.
        level: Two-sided coverage of the intervals.
    """
    found = []
    for predicate in ours[0]:
        for label in labels:
            counts, odds = _one(ours, predicate, label, level)
            if reference is None:
                theirs, reference_odds = None, undefined("there is no reference")
                ratio = undefined("there is no reference")
            else:
                theirs, reference_odds = _one(reference, predicate, label, level)
                ratio = amplification(odds, reference_odds, level=level)
            z = z_statistic(counts) if counts else None
            found.append(
                Association(predicate, label, counts, odds, None, z, theirs, reference_odds, ratio, None)
            )
    p_values = _adjusted([row.odds for row in found])
    amplified = _adjusted([row.amplification for row in found])
    return tuple(
        replace(row, p_holm=p, amplification_p_holm=q)
        for row, p, q in zip(found, p_values, amplified, strict=True)
    )


def _one(
    answered: tuple[Mapping[str, Flags], pl.Series], predicate: str, label: str, level: float
) -> tuple[Counts | None, Ratio]:
    flags, labels = answered[0][predicate], answered[1]
    if isinstance(flags, str):
        return None, undefined(flags)
    counts = count(flags, np.asarray(labels == label, dtype=np.bool_))
    return counts, odds_ratio(counts, level=level)


def _adjusted(ratios: Sequence[Ratio]) -> list[float | None]:
    tested = [place for place, ratio in enumerate(ratios) if ratio.p is not None]
    adjusted: list[float | None] = [None] * len(ratios)
    for place, p in zip(tested, holm([ratios[place].p for place in tested]), strict=True):
        adjusted[place] = p
    return adjusted
