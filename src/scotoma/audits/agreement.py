"""Agreement of the table's labels with another labeller's."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np
import scipy

from scotoma.basics.errors import ScotomaError, nearest, shown
from scotoma.statistics.proportions import Share, wilson


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement of two labellers on the same rows.

    Attributes:
        share: Share of rows on which they agree, with the Wilson interval.
        kappa: Cohen's kappa: agreement beyond chance, 1 at most; None where chance agreement is complete.
        kappa_low: Lower end of kappa's large-sample interval; None too where the rows show no spread.
        kappa_high: Upper end of kappa's large-sample interval.
        by_label: Agreement on the rows of each label of the table, by label.
        n_unlabelled: Rows left out because the other labeller gave none.
        reason: Why there is no kappa, or no interval; else empty.
        turned: What the other labeller's labels would have to mean for far more rows to agree; empty where
            no other order of the labels does that.
        turned_share: Share of rows that would agree then; None without such an order.
    """

    share: Share
    kappa: float | None
    kappa_low: float | None
    kappa_high: float | None
    by_label: dict[str, Share]
    n_unlabelled: int
    reason: str = ""
    turned: Mapping[str, str] = field(default_factory=dict)
    turned_share: float | None = None


def agreement(
    labels_in_table: Sequence[str], other_labels: Sequence[str | None], labels: Sequence[str], *, level: float
) -> Agreement:
    """Agreement between the table's labels and another labeller's.

    Answers: "how often would this labeller confirm the label of a row like these?" The unit is the
    row.

    Args:
        labels_in_table: The table's labels.
        other_labels: The other labeller's labels of the same rows; None where a row has none.
        labels: All labels that may occur.
        level: Two-sided coverage of the intervals.

    Raises:
        ScotomaError: the lengths differ, or a label is not known.

    Source: Cohen 1960; its standard error: Fleiss, Cohen and Everitt 1969, equation 13.
    """
    if len(labels_in_table) != len(other_labels):
        raise ScotomaError(
            f"there are {len(other_labels)} labels of the other labeller for {len(labels_in_table)} rows",
            where="label agreement",
            remedy="Give one label, or none, for every row, in the same order.",
        )
    for row, label in enumerate(other_labels, 1):
        if label is not None and label not in labels:
            raise ScotomaError(
                f"the other labeller's label {shown(label)} is not known",
                where=f"row {row}",
                remedy=nearest(str(label), labels),
            )
    pairs = [
        (one, other) for one, other in zip(labels_in_table, other_labels, strict=True) if other is not None
    ]
    by_label = {
        label: wilson(
            sum(one == other == label for one, other in pairs),
            sum(one == label for one, _ in pairs),
            level=level,
        )
        for label in labels
    }
    share = wilson(sum(one == other for one, other in pairs), len(pairs), level=level)
    kappa, half, reason = _kappa(pairs, labels, level)
    low, high = (None, None) if kappa is None or half is None else (kappa - half, min(1.0, kappa + half))
    best_order, best_share = _best_order(pairs, labels, share.high or 1.0, level)
    return Agreement(
        share, kappa, low, high, by_label, len(labels_in_table) - len(pairs), reason, best_order, best_share
    )


def _best_order(
    pairs: list[tuple[str, str]], labels: Sequence[str], most: float, level: float
) -> tuple[dict[str, str], float | None]:
    """The order of the other labels that agrees most, and how much, where that is most rows and far more."""
    index = {label: number for number, label in enumerate(labels)}
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for one, other in pairs:
        counts[index[other], index[one]] += 1
    other_indices, table_indices = scipy.optimize.linear_sum_assignment(counts, maximize=True)
    best = wilson(int(counts[other_indices, table_indices].sum()), max(len(pairs), 1), level=level)
    if best.value is None or best.value <= 0.5 or (best.low or 0.0) <= most:
        return {}, None
    return {
        labels[one]: labels[other] for one, other in zip(other_indices, table_indices, strict=True)
    }, best.value


def _kappa(
    pairs: list[tuple[str, str]], labels: Sequence[str], level: float
) -> tuple[float | None, float | None, str]:
    """Kappa, half the width of its interval, and the reason if it is not defined."""
    n = len(pairs)
    if not n:
        return None, None, "no row has both labels"
    joint = {(one, other): 0 for one in labels for other in labels}
    for pair in pairs:
        joint[pair] += 1
    table_shares = {label: sum(joint[label, other] for other in labels) / n for label in labels}
    other_shares = {label: sum(joint[one, label] for one in labels) / n for label in labels}
    observed = sum(joint[label, label] for label in labels) / n
    chance = sum(table_shares[label] * other_shares[label] for label in labels)
    if chance >= 1:
        return None, None, "both give every row the same label, so chance agreement is complete"
    kappa = (observed - chance) / (1 - chance)
    on = sum(
        joint[label, label] / n * (1 - (table_shares[label] + other_shares[label]) * (1 - kappa)) ** 2
        for label in labels
    )
    off = sum(
        joint[one, other] / n * (other_shares[one] + table_shares[other]) ** 2
        for one in labels
        for other in labels
        if one != other
    )
    variance = on + (1 - kappa) ** 2 * off - (kappa - chance * (1 - kappa)) ** 2
    error = math.sqrt(max(0.0, variance) / n) / (1 - chance)
    # In full agreement the spread is 0, up to rounding of 1e-9: that does not mean certainty.
    if error < 1e-6:
        return kappa, None, "no interval: the rows show no spread"
    return kappa, NormalDist().inv_cdf((1 + level) / 2) * error, ""
