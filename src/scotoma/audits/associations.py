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
    data: tuple[Mapping[str, Flags], pl.Series],
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
        data: Answers by predicate, and the labels of the rows.
        reference: Answers by predicate and labels of the reference's rows; None without a reference.
        labels: All labels of the task.
        level: Two-sided coverage of the intervals.
    """
    associations = []
    for predicate in data[0]:
        for label in labels:
            counts, odds = _counts_and_odds(data, predicate, label, level)
            if reference is None:
                reference_counts, reference_odds = None, undefined("there is no reference")
                ratio = undefined("there is no reference")
            else:
                reference_counts, reference_odds = _counts_and_odds(reference, predicate, label, level)
                ratio = amplification(odds, reference_odds, level=level)
            z = z_statistic(counts) if counts else None
            associations.append(
                Association(
                    predicate, label, counts, odds, None, z, reference_counts, reference_odds, ratio, None
                )
            )
    p_values = _adjusted([row.odds for row in associations])
    amplified = _adjusted([row.amplification for row in associations])
    return tuple(
        replace(row, p_holm=p, amplification_p_holm=q)
        for row, p, q in zip(associations, p_values, amplified, strict=True)
    )


def _counts_and_odds(
    answered: tuple[Mapping[str, Flags], pl.Series], predicate: str, label: str, level: float
) -> tuple[Counts | None, Ratio]:
    flags, labels = answered[0][predicate], answered[1]
    if isinstance(flags, str):
        return None, undefined(flags)
    counts = count(flags, np.asarray(labels == label, dtype=np.bool_))
    return counts, odds_ratio(counts, level=level)


def _adjusted(ratios: Sequence[Ratio]) -> list[float | None]:
    tested = [index for index, ratio in enumerate(ratios) if ratio.p is not None]
    adjusted: list[float | None] = [None] * len(ratios)
    for index, p in zip(tested, holm([ratios[index].p for index in tested]), strict=True):
        adjusted[index] = p
    return adjusted
