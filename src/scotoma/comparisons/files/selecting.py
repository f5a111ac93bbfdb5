"""Rows that do not say which heuristic they test: a blind spot's own predicates say it, as in a study."""

from collections.abc import Sequence

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.blindspots.predicates.rules import EVERY_ROW
from scotoma.blindspots.predicates.tagging import tagged
from scotoma.tasks.reading.faults import Faults


def select_rows(
    table: pl.DataFrame, blindspot: BlindSpot, fields: Sequence[str], faults: Faults, notes: list[str]
) -> pl.DataFrame:
    """The rows with their heuristics; those on which no predicate holds test none and are left out.

    Rows stay as they are where one says its heuristic, the blind spot has no predicates, or the file lacks a
    text.

    Args:
        table: Columns heuristic and the texts that the file has.
        blindspot: Gives the predicates.
        fields: Names of the texts.
        faults: Says where the file is.
        notes: Gets a sentence on what was done.

    Raises:
        ScotomaError: a predicate fails on a row, or none holds on any.
    """
    if not blindspot.select or (table["heuristic"] != "").any():
        return table
    if all(predicate.built_in == EVERY_ROW for predicate in blindspot.select.values()):
        return table.with_columns(heuristic=pl.lit(next(iter(blindspot.select))))
    if not set(fields) <= set(table.columns):
        return table
    selected = tagged(table, blindspot.select, fields, faults.source)
    if not selected.height:
        faults.fail(
            f"of {table.height} rows, none obeys a predicate of blind spot {blindspot.name!r}",
            "Score its own test set, or give a heuristic column.",
        )
    n_left_out = table.height - selected.height
    left_out = f"; on {n_left_out:,} of {table.height:,} rows none does, and they are left out"
    notes.append(
        f"Heuristics are those whose predicates of blind spot {blindspot.name} hold"
        f"{left_out if n_left_out else ''}."
    )
    return selected
