"""One replicate: what two models answered to the same rows."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.measures.cells import Cell
from scotoma.measures.rows import Rows


@dataclass(frozen=True, eq=False)
class AllRows:
    """All rows of a replicate, with those that a side left unanswered, which count as wrong there.

    Attributes:
        table: Columns id, gold, heuristic, subcase, template.
        cells: Cells by name.
        before: Whether the first model answers each row, and correctly; shape (rows,).
        after: Whether the second model answers each row, and correctly; shape (rows,).
        unanswered_before: Rows that the first model left unanswered, by gold label.
        unanswered_after: Rows that the second model left unanswered, by gold label.
    """

    table: pl.DataFrame
    cells: Mapping[str, Cell]
    before: NDArray[np.bool_]
    after: NDArray[np.bool_]
    unanswered_before: Mapping[str, int]
    unanswered_after: Mapping[str, int]


@dataclass(frozen=True, eq=False)
class Pair:
    """One replicate: two models' answers to the same rows, in the same order.

    Attributes:
        name: Name of the replicate, shared by its two files.
        table: Columns id, gold, heuristic, subcase, template; `ex2` comes before `ex10`.
        cells: Cells by name.
        before: The rows as the first model answers them.
        after: The rows as the second model answers them.
        all_rows: The rows with those that a side left unanswered; None where both answered all.
        more_before: The rows as further models of the same replicate answer them before the change; the mean
            with the first is the replicate's value.
        more_after: The rows as further models of the same replicate answer them after the change.
        texts: The texts of the rows, a column for each field; none where the files have none.
    """

    name: str
    table: pl.DataFrame
    cells: Mapping[str, Cell]
    before: Rows
    after: Rows
    all_rows: AllRows | None = None
    more_before: tuple[Rows, ...] = ()
    more_after: tuple[Rows, ...] = ()
    texts: pl.DataFrame | None = None

    @property
    def changes(self) -> NDArray[np.float64]:
        """From -1 (lost) to 1 (gained), each row's change in the mean over models, shape (rows,)."""
        before, after = (
            np.mean([rows.correct for rows in (first, *more)], axis=0, dtype=np.float64)
            for first, more in ((self.before, self.more_before), (self.after, self.more_after))
        )
        change: NDArray[np.float64] = np.asarray(after - before)
        return change

    @property
    def is_alike(self) -> bool:
        """Whether both models answered every row alike, with the same probabilities if there are any."""
        before, after = self.hashes
        return before == after and not (self.more_before or self.more_after)

    @cached_property
    def hashes(self) -> tuple[str, str]:
        """SHA-256 of what the first model answered to these rows, and of what the second did."""
        rows_hash = hashlib.sha256()
        for column in self.table.select("id", "gold").iter_columns():
            rows_hash.update(json.dumps(column.to_list()).encode())
        return _hash_of(rows_hash.copy(), self.before), _hash_of(rows_hash.copy(), self.after)


def _hash_of(digest: "hashlib._Hash", rows: Rows) -> str:
    """The digest after these answers, of a hash that was updated with the rows."""
    digest.update(rows.predicted_target.tobytes() + rows.correct.tobytes())
    if rows.probabilities is not None:
        digest.update(rows.probabilities.tobytes())
    return digest.hexdigest()
