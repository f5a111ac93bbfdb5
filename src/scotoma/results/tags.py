"""Which rows of the general test sets obey the shortcut: predictions alone do not hold the texts."""

from collections.abc import Sequence

import polars as pl

from scotoma.blindspots.predicates.overlap import has_low_overlap, holds
from scotoma.measures.rows import FULL_OVERLAP, LOW_OVERLAP, SHORTCUT
from scotoma.results.reader import Reader
from scotoma.results.shortcut import Shortcut, shortcut_of
from scotoma.store.steps import Step
from scotoma.study.study import Study

_SCHEMA = {"test": pl.String, "id": pl.String, "tag": pl.String}


def general_tags(study: Study, tests: Sequence[tuple[str, Step]], reader: Reader) -> pl.DataFrame:
    """Columns test, id, tag: how a report tags the rows of a study's general test sets.

    Args:
        study: Says what its shortcut is.
        tests: Name and step of each general test set; one that is not in the store has no rows here.
        reader: Reader of the texts.

    Raises:
        ScotomaError: the study's own predicate fails on a row.
    """
    shortcut = shortcut_of(study)
    # `shortcut_effect` is how far a model is moved towards the target, so it is reported for no other label.
    to_target = shortcut if shortcut is not None and shortcut.label == study.task.target else None
    return shortcut_tags(tests, to_target, reader)


def shortcut_tags(
    tests: Sequence[tuple[str, Step]], shortcut: Shortcut | None, reader: Reader
) -> pl.DataFrame:
    """Columns test, id, tag: `full_overlap`, `low_overlap` or empty; of a study's own shortcut, `shortcut`.

    Args:
        tests: Name and step of each general test set; one that is not in the store has no rows here.
        shortcut: What is looked for; without it, no row.
        reader: Reader of the texts.
    """
    parts = [pl.DataFrame(schema=_SCHEMA)]
    for name, step in tests:
        if shortcut is not None and reader.done(step):
            rows = reader.examples(step)
            obeys = pl.Series(shortcut.holds(rows), dtype=pl.Boolean)
            tag: pl.Expr = pl.lit("")
            if shortcut.is_overlap:
                low = holds(has_low_overlap, *(rows[field] for field in shortcut.fields))
                tag = pl.when(low).then(pl.lit(LOW_OVERLAP)).otherwise(tag)
            tag = (
                pl.when(obeys).then(pl.lit(FULL_OVERLAP if shortcut.is_overlap else SHORTCUT)).otherwise(tag)
            )
            parts.append(rows.select(pl.lit(name).alias("test"), "id", tag.alias("tag")))
    return pl.concat(parts)


def tagged(predictions: pl.DataFrame, tags: pl.DataFrame) -> pl.DataFrame:
    """Predictions with the tag in the column `heuristic` of rows that have none of their own."""
    return (
        predictions.join(tags, on=["test", "id"], how="left", maintain_order="left")
        .with_columns(
            heuristic=pl.when(pl.col("heuristic") == "")
            .then(pl.col("tag").fill_null(""))
            .otherwise("heuristic")
        )
        .drop("tag")
    )
