"""What a verdict must know of a measure's scale beside the differences."""

import statistics
from collections.abc import Sequence

from scipy.special import ndtri

from scotoma.statistics.verdict import Scale

_WITHIN_0_AND_1 = frozenset(
    ("accuracy", "accuracy_sum", "accuracy_2way", "accuracy_2way_sum", "auc", "hit_rate", "false_alarm_rate")
)

#: What d' is made of, in the same cell.
RATES = ("hit_rate", "false_alarm_rate")


def scale_of(
    measure: str,
    reference: Sequence[float],
    other: Sequence[float],
    n_rows: int,
    rates: Sequence[float] = (),
) -> Scale:
    """The scale of a measure in one cell.

    Args:
        measure: Its name.
        reference: Its value in each replicate before the change.
        other: The same after the change, in the order of `reference`.
        n_rows: Rows of the cell.
        rates: Of d', the `RATES` in each replicate, before and after.

    Returns:
        Nothing known of a measure without ends, such as the entailment log-odds. One within 0 and 1 has the
        mean of its reference. And where all replicates are at an end, or differ from each other and from
        their reference, there is the step of one row; else equal differences are those of one model, counted
        several times.
    """
    if not reference or not (measure in _WITHIN_0_AND_1 or measure == "d_prime"):
        return Scale()
    ends = rates if measure == "d_prime" else (*reference, *other)
    at_an_end = bool(ends) and all(value in (0.0, 1.0) for value in ends)
    drawn_anew = len({*reference}) > 1 and list(reference) != list(other)
    step = _step_of_d_prime(n_rows) if measure == "d_prime" else 1 / n_rows
    mean = None if measure == "d_prime" else statistics.fmean(reference)
    return Scale(mean, step if at_an_end or drawn_anew else None)


def _step_of_d_prime(n_rows: int) -> float:
    """How far one row moves d' at the end of a rate, if half of the rows are of each kind."""
    half = n_rows / 2
    return float(ndtri((half + 0.5) / (half + 1)) - ndtri((half - 0.5) / (half + 1)))
