"""What a verdict must know of a measure's scale beside the differences."""

import statistics
from collections.abc import Sequence

from scotoma.statistics.verdict import Scale

_WITHIN_0_AND_1 = frozenset(
    ("accuracy", "accuracy_sum", "accuracy_2way", "accuracy_2way_sum", "auc", "hit_rate", "false_alarm_rate")
)


def scale_of(measure: str, reference: Sequence[float], other: Sequence[float], n_rows: int) -> Scale:
    """The scale of a measure in one cell.

    Args:
        measure: Its name.
        reference: Its value in each replicate before the change.
        other: The same after the change, in the order of `reference`.
        n_rows: Rows of the cell.

    Returns:
        Nothing known of a measure without ends, such as d'. One within 0 and 1 has the mean of its reference,
        and the step of one row where all replicates are at an end, or differ from each other and from their
        reference. Else equal differences are those of one model, counted several times.
    """
    if measure not in _WITHIN_0_AND_1 or not reference:
        return Scale()
    at_an_end = all(value in (0.0, 1.0) for value in (*reference, *other))
    drawn_anew = len({*reference}) > 1 and list(reference) != list(other)
    return Scale(statistics.fmean(reference), 1 / n_rows if at_an_end or drawn_anew else None)
