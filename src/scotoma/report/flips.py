"""Which answers an arm lost and which it gained, by replicate and cell, each with its id."""

from collections.abc import Iterable

import polars as pl

from scotoma.compare.flipping import cell_flips
from scotoma.report.paired import Compared

#: Columns of the counts: right or wrong before, crossed with right or wrong after.
COUNTS = {
    "replicate": pl.Int64,
    "start": pl.String,
    "arm": pl.String,
    "reference": pl.String,
    "test": pl.String,
    "cell": pl.String,
    "kept": pl.Int64,
    "lost": pl.Int64,
    "gained": pl.Int64,
    "missed": pl.Int64,
    "negative_flip_rate": pl.Float64,
    "churn": pl.Float64,
}

#: Columns of the flipped rows; `turned` is `lost` (right before, wrong after) or `gained`.
ROWS = {
    "replicate": pl.Int64,
    "start": pl.String,
    "arm": pl.String,
    "reference": pl.String,
    "test": pl.String,
    "id": pl.String,
    "turned": pl.String,
}


def flips(compared: Iterable[Compared]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts in every heuristic x label cell (columns of `COUNTS`), and the rows (columns of `ROWS`)."""
    counts: list[tuple[object, ...]] = []
    rows: list[tuple[object, ...]] = []
    for one in compared:
        whole = [f"all/{label}" for label in one.blindspot.labels]
        for found in cell_flips(one.pairs, [], one.blindspot):
            model = (int(found.replicate), one.start, one.arm, one.reference, one.blindspot.name)
            n = found.counts
            counts.append((*model, n.cell, n.kept, n.lost, n.gained, n.missed, n.negative_flip_rate, n.churn))
            if n.cell in whole:
                rows += [(*model, id, "lost") for id in found.lost_ids]
                rows += [(*model, id, "gained") for id in found.gained_ids]
    return (
        pl.DataFrame(counts, schema=COUNTS, orient="row"),
        pl.DataFrame(rows, schema=ROWS, orient="row"),
    )
