"""What a verdict must know of a measure's scale beside the differences."""

import statistics
from collections.abc import Sequence

from scotoma.measures.known import MEASURES
from scotoma.statistics.verdict import Scale


def scale_of(
    measure: str,
    reference: Sequence[float],
    other: Sequence[float],
    n_rows: int,
    rates: Sequence[float] = (),
) -> Scale:
    """The scale of a measure in one cell.

    Args:
        measure: Name of the measure.
        reference: Value in each replicate before the change.
        other: Value in each replicate after the change, in the order of `reference`.
        n_rows: Number of rows in the cell.
        rates: For d': the rates it is made of (`Measure.rates`) in each replicate, before and after.

    Returns:
        Nothing known of a measure without ends, such as the entailment log-odds. One within 0 and 1 has the
        mean of its reference. And where all replicates are at an end, or differ from each other and from
        their reference, there is the step of one row; else equal differences are those of one model, counted
        several times.
    """
    ends: Sequence[float]
    mean: float | None
    match MEASURES[measure].scale:
        case "share" if reference:
            ends, mean, step = (*reference, *other), statistics.fmean(reference), 1 / n_rows
        case "z" if reference:
            ends, mean, step = rates, None, _step_of_z(n_rows)
        case _:
            return Scale()
    at_an_end = bool(ends) and all(value in (0.0, 1.0) for value in ends)
    drawn_anew = len({*reference}) > 1 and list(reference) != list(other)
    return Scale(mean, step if at_an_end or drawn_anew else None)


def _step_of_z(n_rows: int) -> float:
    """How far one row moves d' at the end of a rate, if half of the rows are of each kind."""
    half, z = n_rows / 2, statistics.NormalDist().inv_cdf
    return z((half + 0.5) / (half + 1)) - z((half - 0.5) / (half + 1))
