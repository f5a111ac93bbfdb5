"""One row of a blind spot on which the shortcut is wrong, for a reader who has never seen the test set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.basics.randomness import stream
from scotoma.results.paired import PairedModels
from scotoma.study.study import Study


@dataclass(frozen=True)
class Example:
    """A row drawn at random, whatever the models answered, and how many of them were right.

    Attributes:
        texts: Texts of the row, by the task's field.
        gold: Its label, of the blind spot's two.
        shortcut_says: The label that the shortcut says.
        shortcut: The shortcut in a sentence.
        right: By model, the reference first: number of trained models that were right, and number of all.
    """

    texts: Mapping[str, str]
    gold: str
    shortcut_says: str
    shortcut: str
    right: Mapping[str, tuple[int, int]]


def example_of(
    study: Study, compared: Sequence[PairedModels], test_rows: pl.DataFrame, arm: tuple[str, str, str] | None
) -> Example | None:
    """An example from the first blind spot; None where nothing was compared or no text is at hand.

    Args:
        study: Study as it was read.
        compared: Arms with their references, with the answers of both.
        test_rows: Columns `test`, `id` and the task's fields: the rows of the blind spots.
        arm: Start, name and reference of the arm to show; None for the first.
    """
    chosen = [one for one in compared if arm in (None, (one.start, one.arm, one.reference))]
    if not chosen:
        return None
    one, table = chosen[0], chosen[0].pairs[0].table
    spot = one.blindspot
    misled = np.flatnonzero((table["gold"] != spot.target) & table["heuristic"].is_in(list(spot.heuristics)))
    if not misled.size:
        return None
    at = int(stream(study.seed, "report", "example", spot.name).choice(misled))
    fields = study.task.fields
    predicted_row = test_rows.filter(pl.col("test") == spot.name, pl.col("id") == table["id"][at])
    if not predicted_row.height or not set(fields) <= set(predicted_row.columns):
        return None
    row = predicted_row.row(0, named=True)
    answers_before = [rows.correct for pair in one.pairs for rows in (pair.before, *pair.more_before)]
    answers_after = [rows.correct for pair in one.pairs for rows in (pair.after, *pair.more_after)]
    return Example(
        texts={field: str(row[field]) for field in fields},
        gold=str(table["gold"][at]),
        shortcut_says=spot.target,
        shortcut=spot.heuristics[table["heuristic"][at]],
        right={one.reference: _right(answers_before, at), one.arm: _right(answers_after, at)},
    )


def _right(answers: Sequence[NDArray[np.bool_]], at: int) -> tuple[int, int]:
    return sum(bool(one[at]) for one in answers), len(answers)
