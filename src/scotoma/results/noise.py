"""The noise floor of every measure: how far it moves when nothing that should matter has changed."""

from typing import Any

import polars as pl

from scotoma.basics.words import counted, number
from scotoma.measures.cells import TAGS as CELL_TAGS
from scotoma.results.models import IS_REPETITION
from scotoma.statistics.intervals import LEVEL
from scotoma.statistics.noise import NoiseFloor, noise_floor

#: Columns; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType]] = {
    "start": pl.String,
    "arm": pl.String,
    "arm_n": pl.Int64,
    "repetition": pl.String,
    "changed": pl.String,
    "test": pl.String,
    "cell": pl.String,
    **CELL_TAGS,
    "measure": pl.String,
    "sd": pl.Float64,
    "sd_high": pl.Float64,
    "mean": pl.Float64,
    "largest": pl.Float64,
    "pairs": pl.Int64,
    "reason": pl.String,
}

_KEYS = list(SCHEMA)[: list(SCHEMA).index("sd")]

#: Where a model's number and that of its repetition stand: an arm, a replicate, a cell, a measure.
_PLACE = ["replicate", "start", "kind", "arm_n", "generator", "round", "test", "cell", "measure"]


def noise_floors(measures: pl.DataFrame) -> pl.DataFrame:
    """Each repetition against the arm it repeats, in every cell, for every measure.

    Args:
        measures: All measures of a study, repetitions included.

    Returns:
        The columns of `SCHEMA`; the unit is the replicate.
    """
    once = measures.filter(~IS_REPETITION).select(*_PLACE, "arm", once="value")
    again = measures.filter(IS_REPETITION).drop("arm")
    paired = again.join(once, on=_PLACE, nulls_equal=True, maintain_order="left").with_columns(
        difference=pl.col("value") - pl.col("once")
    )
    grouped = (
        paired.filter(pl.col("difference").is_not_null())
        .group_by(_KEYS, maintain_order=True)
        .agg("difference")
    )
    rows = [
        (*(row[key] for key in _KEYS), *_floor(noise_floor(row["difference"], level=LEVEL)))
        for row in grouped.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def noise_note(noise: pl.DataFrame, row: dict[str, Any], test: str, cell: str, measure: str) -> str:
    """What the noise floor is beside one contrast; empty where none was measured."""
    floors = noise.filter(
        pl.col("start") == row["start"],
        pl.col("arm_n").eq_missing(row["arm_n"]),
        pl.col("test") == test,
        pl.col("cell") == cell,
        pl.col("measure") == measure,
    ).to_dicts()
    parts = [
        f"{number(one['sd'])} with another {_WORDS[one['changed']]} ({counted(one['pairs'], 'pair')})"
        for one in floors
    ]
    return f"Noise floor: {', '.join(parts)}." if parts else ""


_WORDS = {
    "order": "order",
    "draw": "draw of the originals",
    "batch_size": "batch size",
    "batch_tokens": "batch size of the evaluation",
}


def _floor(values: NoiseFloor) -> tuple[object, ...]:
    return values.sd, values.sd_high, values.mean, values.largest, values.n, values.reason
