"""Which answers an arm lost and which it gained, by replicate and cell, each with its id."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.measures.rows import Rows
from scotoma.results.paired import PairedModels
from scotoma.verdicts.flips import cell_flips
from scotoma.verdicts.pairs import Pair

Columns = Mapping[str, pl.DataType | type[pl.DataType]]

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

#: Columns of the flipped rows; `scotoma.report.columns` says what each is.
ROWS = {
    "replicate": pl.Int64,
    "start": pl.String,
    "arm": pl.String,
    "reference": pl.String,
    "test": pl.String,
    "id": pl.String,
    "turned": pl.String,
    "p_before": pl.Float64,
    "p_after": pl.Float64,
}


#: Columns of the flipped rows with few different values, which are kept as numbers: of many models there are
#: millions of such rows.
_FEW = ("start", "arm", "reference", "test", "turned")


def flips(compared: Sequence[PairedModels]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Counts in every heuristic x label cell (columns of `COUNTS`), and the rows.

    Returns:
        The rows have the columns of `ROWS`, those of names as enumerations: `in_words` writes them out.
    """
    counts: list[tuple[object, ...]] = []
    schema = _schema(compared)
    rows = [pl.DataFrame(schema=schema)]
    for one in compared:
        for flip in cell_flips(one.pairs, []):
            model = (int(flip.replicate), one.start, one.arm, one.reference, one.blindspot.name)
            n = flip.counts
            counts.append((*model, n.cell, n.kept, n.lost, n.gained, n.missed, n.negative_flip_rate, n.churn))
        rows += [_flipped(one, pair, schema) for pair in one.pairs]
    return pl.DataFrame(counts, schema=COUNTS, orient="row"), pl.concat(rows)


def in_words(flipped: pl.DataFrame) -> pl.DataFrame:
    """Flipped rows with the columns of `ROWS`, names as text."""
    return flipped.cast(ROWS)  # type: ignore[arg-type]  # polars takes any mapping of names to types


def _schema(compared: Sequence[PairedModels]) -> Columns:
    """`ROWS`, with an enumeration of its values for each column that has few."""
    if not compared:
        return ROWS
    models = [(one.start, one.arm, one.reference, one.blindspot.name) for one in compared]
    values = [*([*dict.fromkeys(names)] for names in zip(*models, strict=True)), ["lost", "gained"]]
    return {**ROWS, **{name: pl.Enum(of) for name, of in zip(_FEW, values, strict=True)}}


def _flipped(one: PairedModels, pair: Pair, schema: Columns) -> pl.DataFrame:
    before, after = pair.before, pair.after
    at = np.concatenate(
        [np.flatnonzero(before.correct & ~after.correct), np.flatnonzero(~before.correct & after.correct)]
    )
    return pl.DataFrame(
        {
            "replicate": int(pair.name),
            "start": one.start,
            "arm": one.arm,
            "reference": one.reference,
            "test": one.blindspot.name,
            "id": pair.table["id"].gather(at),
            "turned": pl.Series(np.where(before.correct[at], "lost", "gained"), dtype=pl.String),
            "p_before": _of_target(before, at),
            "p_after": _of_target(after, at),
        },
        schema=schema,
    )


def _of_target(rows: Rows, at: NDArray[np.intp]) -> pl.Series:
    if rows.probabilities is None:
        return pl.Series([None] * at.size, dtype=pl.Float64)
    return pl.Series(rows.probabilities[at, rows.target])
