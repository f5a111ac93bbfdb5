"""Several samples of an arm in a replicate: the mean of a measure over them is the replicate's value.

So the replicate stays the unit of every interval, whose start and generator are drawn anew; what a single
sample, and the order it was trained in, add to its value is averaged out.
"""

import polars as pl

from scotoma.results.contrasts import STUDY_SCHEMA
from scotoma.study.study import Study

#: Columns of the measures of single models: `sample` is one of `of_samples` disjoint samples of the arm.
SAMPLED_SCHEMA: dict[str, type[pl.DataType]] = {**STUDY_SCHEMA, "sample": pl.Int64, "of_samples": pl.Int64}

_KEYS = [name for name in STUDY_SCHEMA if name not in ("value", "n", "reason")]


def over_samples(measures: pl.DataFrame) -> pl.DataFrame:
    """One value for each replicate, arm, cell and measure: the mean over the arm's samples.

    Args:
        measures: Columns of `SAMPLED_SCHEMA`.

    Returns:
        The columns of `STUDY_SCHEMA`, ordered by first appearance. The value is null, and `reason` says why,
        where a sample has none, or has not been evaluated yet: a mean of fewer would vary more than others.
    """
    several = pl.col("of_samples") > 1
    if measures.filter(several).is_empty():
        return measures.select(*STUDY_SCHEMA)
    n_evaluated = pl.col("value").len()
    reason = pl.format("{} of {} samples evaluated", n_evaluated, pl.col("of_samples").first())
    is_null = pl.col("value").is_null()
    return (
        measures.group_by(_KEYS, maintain_order=True)
        .agg(
            pl.when((n_evaluated == pl.col("of_samples").first()) & ~is_null.any())
            .then(pl.col("value").mean())
            .alias("value"),
            pl.col("n").first(),
            pl.when(n_evaluated < pl.col("of_samples").first())
            .then(reason)
            .otherwise(pl.col("reason").filter(is_null).first().fill_null(pl.col("reason").first()))
            .alias("reason"),
        )
        .select(*STUDY_SCHEMA)
    )


def of_first_samples(measures: pl.DataFrame) -> pl.DataFrame:
    """The measures of each arm's first sample alone, which is what repetitions repeat.

    Args:
        measures: Columns of `SAMPLED_SCHEMA`.
    """
    return measures.filter(pl.col("sample") == 1).select(*STUDY_SCHEMA)


def first_alone(study: Study) -> str:
    """A sentence for what single answers are shown of; empty where every arm has one sample."""
    return " Of arms with several samples, the first alone." if any(a.samples > 1 for a in study.arms) else ""
