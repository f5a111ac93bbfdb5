"""Which rows of the general test sets have full or low word overlap; predictions do not keep the texts."""

from collections.abc import Sequence

import polars as pl

from scotoma.blindspots.predicates import has_low_overlap, holds, overlaps_word
from scotoma.measures import FULL_OVERLAP, LOW_OVERLAP
from scotoma.records import read_table
from scotoma.steps import Step
from scotoma.store import Store

_SCHEMA = {"test": pl.String, "id": pl.String, "overlap": pl.String}


def overlap_tags(tests: Sequence[tuple[str, Step]], fields: Sequence[str], store: Store) -> pl.DataFrame:
    """Columns test, id, overlap: `full_overlap`, `low_overlap` or empty.

    Args:
        tests: Name and step of each general test set; one that is not in the store has no rows here.
        fields: Text columns; with a single text there is no overlap, and no row.
        store: Where the texts are.
    """
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for name, step in tests:
        if len(fields) == 2 and store.done(step):
            rows = read_table(store.folder(step) / "examples.parquet")
            first, last = (rows[field] for field in fields)
            tag = (
                pl.when(holds(overlaps_word, first, last))
                .then(pl.lit(FULL_OVERLAP))
                .when(holds(has_low_overlap, first, last))
                .then(pl.lit(LOW_OVERLAP))
                .otherwise(pl.lit(""))
            )
            parts.append(rows.select(pl.lit(name).alias("test"), "id", tag.alias("overlap")))
    return pl.concat(parts)


def tagged(predictions: pl.DataFrame, tags: pl.DataFrame) -> pl.DataFrame:
    """Predictions with the tag in the column `heuristic` of rows that have none of their own."""
    return (
        predictions.join(tags, on=["test", "id"], how="left", maintain_order="left")
        .with_columns(
            heuristic=pl.when(pl.col("heuristic") == "")
            .then(pl.col("overlap").fill_null(""))
            .otherwise("heuristic")
        )
        .drop("overlap")
    )
