"""Counts of the rows without an answer, by cell and by label."""

from collections.abc import Iterator

import polars as pl

from scotoma.basics.words import counted
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.record import UnansweredCell


def by_cell(unanswered: pl.DataFrame, blindspot: BlindSpot) -> list[UnansweredCell]:
    """How many rows of each heuristic and label have no answer: `all` first, cells without any left out.

    Args:
        unanswered: Columns heuristic and gold.
        blindspot: Gives the order of heuristics and labels.
    """
    return [
        {"heuristic": heuristic, "label": label, "n": n}
        for heuristic in ("all", *blindspot.heuristics)
        for label in blindspot.labels
        if (n := n_unanswered(unanswered, label, heuristic=heuristic))
    ]


def n_unanswered(unanswered: pl.DataFrame, label: str, *, heuristic: str = "all", subcase: str = "") -> int:
    """How many rows of a cell have no answer."""
    if not unanswered.height:
        return 0
    of_cell = pl.col("gold") == label
    if heuristic != "all":
        of_cell &= pl.col("heuristic") == heuristic
    if subcase:
        of_cell &= pl.col("subcase") == subcase
    return unanswered.filter(of_cell).height


def by_label(unanswered: pl.DataFrame, blindspot: BlindSpot) -> dict[str, int]:
    """How many rows of each gold label have no answer; labels without any left out."""
    counts = {label: n_unanswered(unanswered, label) for label in blindspot.labels}
    return {label: n for label, n in counts.items() if n}


def note(predictions: Predictions, blindspot: BlindSpot) -> Iterator[str]:
    """A sentence on the rows of a file that have no answer, if there are any."""
    n = predictions.unanswered.height
    if not n:
        return
    cells = [
        f"{cell['heuristic']}/{cell['label']} {cell['n']:,}"
        for cell in by_cell(predictions.unanswered, blindspot)
    ]
    total = counted(n + predictions.table.height, "row")
    have = "has" if n == 1 else "have"
    yield f"{n:,} of {total} {have} no answer and {'is' if n == 1 else 'are'} left out: {', '.join(cells)}."
