"""Whether the rows that each model was trained on carry the shortcut: by arm and replicate."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from scotoma.results.models import MODEL_SCHEMA, row_of
from scotoma.results.reader import Reader
from scotoma.results.shortcut import Shortcut
from scotoma.statistics.association import count, odds_ratio
from scotoma.statistics.intervals import LEVEL
from scotoma.store.steps import Step

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan

#: Columns; `scotoma.report.columns` says what each is.
SCHEMA: dict[str, type[pl.DataType]] = {
    **MODEL_SCHEMA,
    "rows": pl.Int64,
    "of_target": pl.Float64,
    "of_others": pl.Float64,
    "odds_ratio": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reason": pl.String,
}


def carried(plan: "Plan", shortcut: Shortcut | None, reader: Reader) -> pl.DataFrame:
    """The association of the shortcut's predicate with its label in the rows of every arm and start.

    The samples of an arm are counted together.

    Args:
        plan: Plan of the study.
        shortcut: The shortcut to look for; None gives no rows.
        reader: Reader of the rows; arms whose rows are missing are left out.

    Raises:
        ScotomaError: the study's own predicate fails on a row.
    """
    if shortcut is None:
        return pl.DataFrame(schema=SCHEMA)
    trained_on: dict[tuple[object, ...], list[Step]] = {}
    for model in plan.models:
        data = model.predictions.classifier.data
        if not model.repetition and data is not None and reader.done(data):
            trained_on.setdefault(row_of(model, plan.study), []).append(data)
    counted: dict[tuple[str, ...], tuple[object, ...]] = {}
    rows: list[tuple[object, ...]] = []
    for model_of, samples in trained_on.items():
        keys = tuple(data.key for data in samples)
        if keys not in counted:  # several starts of a replicate may be trained on the same rows
            tables = [reader.examples(data) for data in samples]
            counted[keys] = _count(pl.concat(tables), shortcut)
        rows.append((*model_of, *counted[keys]))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _count(table: pl.DataFrame, shortcut: Shortcut) -> tuple[object, ...]:
    obeys = shortcut.holds(table)
    is_target = (table["label"] == shortcut.label).to_numpy()
    ratio = odds_ratio(count(obeys, is_target), level=LEVEL)
    shares = (_share(obeys[is_target]), _share(obeys[~is_target]))
    return table.height, *shares, ratio.value, ratio.low, ratio.high, ratio.reason


def over_replicates(values: pl.DataFrame) -> pl.DataFrame:
    """Means over replicates, of odds ratios the geometric one with the least and the greatest.

    `infinite` counts the replicates in which no row contradicts the rule, so that only the correction by half
    a row gives a number.
    """
    perfect = (pl.col("of_target") == 1) | (pl.col("of_others") == 0)
    known = pl.col("odds_ratio").drop_nulls()
    return values.group_by("start", "arm", maintain_order=True).agg(
        pl.len().alias("replicates"),
        pl.col("rows", "of_target", "of_others").mean(),
        known.log().mean().exp().alias("odds_ratio"),
        (perfect & pl.col("odds_ratio").is_not_null()).sum().alias("infinite"),
        known.min().alias("least"),
        known.max().alias("greatest"),
    )


def _share(flags: np.ndarray) -> float | None:
    return float(flags.mean()) if flags.size else None
