"""The values of a measure, replicate by replicate, as figures and tables take them."""

import polars as pl

from scotoma.results.models import IS_REPETITION


def main_arms(measures: pl.DataFrame) -> pl.DataFrame:
    """The rows of every model that is no repetition of another."""
    return measures.filter(~IS_REPETITION)


def values(
    measures: pl.DataFrame, test: str, cell: str, measure: str
) -> dict[tuple[str, str], dict[int, float]]:
    """By start and arm, each replicate's value in one place; undefined ones left out."""
    chosen = main_arms(measures).filter(
        pl.col("test") == test,
        pl.col("cell") == cell,
        pl.col("measure") == measure,
        pl.col("value").is_not_null(),
    )
    by_model: dict[tuple[str, str], dict[int, float]] = {}
    for start, arm, replicate, value in chosen.select("start", "arm", "replicate", "value").iter_rows():
        by_model.setdefault((start, arm), {})[replicate] = value
    return by_model
