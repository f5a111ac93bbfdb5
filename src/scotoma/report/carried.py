"""Whether the rows that each model was trained on carry the overlap shortcut: by arm and replicate."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from scotoma.audit.association import count, odds_ratio
from scotoma.blindspots.predicates import holds, overlaps_word
from scotoma.records import read_table
from scotoma.report.contrasts import LEVEL, MODEL_SCHEMA
from scotoma.store import Store

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan

#: Columns. `of_target` and `of_others`: share of rows with full word overlap among those with the target
#: label, and among the others. `odds_ratio` is between the two, with its interval in `low` and `high`.
SCHEMA = {
    **MODEL_SCHEMA,
    "rows": pl.Int64,
    "of_target": pl.Float64,
    "of_others": pl.Float64,
    "odds_ratio": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "reason": pl.String,
}


def carried(plan: "Plan", store: Store) -> pl.DataFrame:
    """How full word overlap goes with the target label in the rows of every arm, and of every start.

    Args:
        plan: Of the study; a task of single texts has no overlap, and no row here.
        store: Where the rows are; arms whose rows are not there are left out.
    """
    fields, target = plan.study.task.fields, plan.study.task.target
    rows: list[tuple[object, ...]] = []
    counted: dict[str, tuple[object, ...]] = {}
    for model in plan.models:
        data = model.predictions.classifier.data
        if len(fields) != 2 or model.repetition or data is None or not store.done(data):
            continue
        if data.key not in counted:  # every start of a replicate may go on with the same rows
            table = read_table(store.folder(data) / "examples.parquet")
            overlap = holds(overlaps_word, table[fields[0]], table[fields[1]]).to_numpy()
            is_target = (table["label"] == target).to_numpy()
            found = odds_ratio(count(overlap, is_target), level=LEVEL)
            shares = (_share(overlap[is_target]), _share(overlap[~is_target]))
            counted[data.key] = (table.height, *shares, found.value, found.low, found.high, found.reason)
        rows.append((model.replicate, model.start, model.name, model.arm.n, *counted[data.key]))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def over_replicates(found: pl.DataFrame) -> pl.DataFrame:
    """Means over replicates, of odds ratios the geometric one with the least and the greatest."""
    known = pl.col("odds_ratio").drop_nulls()
    return found.group_by("start", "arm", maintain_order=True).agg(
        pl.len().alias("replicates"),
        pl.col("rows", "of_target", "of_others").mean(),
        known.log().mean().exp().alias("odds_ratio"),
        known.min().alias("least"),
        known.max().alias("greatest"),
    )


def _share(flags: np.ndarray) -> float | None:
    return float(flags.mean()) if flags.size else None
