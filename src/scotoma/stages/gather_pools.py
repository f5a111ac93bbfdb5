"""Joins the pools of several rounds, for arms of a study in which data accumulate.

In: the pools of the first rounds. Out: `examples.parquet`, one pool; a row of a later round has it in its id.
Where the screening drops duplicates within a pool, it drops them within this one. Costs seconds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl

from scotoma.basics.records import EXAMPLES, read_table, write_table
from scotoma.stages.round_data import marked
from scotoma.stages.screen import Screen
from scotoma.store.costs import Cost, Rows
from scotoma.store.steps import Forecast, ForeseenRows, Runtime, Step
from scotoma.tasks import Task
from scotoma.tasks.reading.same_row import same_row


class GatherPools(Step):
    """What a generator has written up to a round.

    Attributes:
        pools: Screened rows of every round, in the order of the rounds.
        duplicates: Whether a row that an earlier round wrote, too, is kept.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    task: Task
    pools: tuple[Screen, ...]
    duplicates: Literal["keep", "drop"]

    @property
    def title(self) -> str:
        """Names the last pool."""
        return f"gather {len(self.pools)} pools: {self.pools[-1].title} and before"

    def cost(self, forecast: Forecast) -> Cost:
        """Size of its table on disk."""
        return Cost(size=self.rows(forecast).size)

    def rows(self, forecast: Forecast) -> Rows:
        """The most that can be in all pools together."""
        pools = [pool.rows(forecast) for pool in self.pools]
        return Rows(sum(pool.n for pool in pools), pools[0].source, pools[0].sample)

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """The most that can be in all pools together."""
        return ForeseenRows(pl.concat([see(pool).table for pool in self.pools]), has_texts=False)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet`."""
        tables = [
            marked(read_table(inputs(pool) / EXAMPLES), written_in)
            for written_in, pool in enumerate(self.pools, 1)
        ]
        rows = pl.concat(tables)
        if self.duplicates == "drop":
            seen: set[tuple[str, ...]] = set()
            is_new = []
            for row in rows.select(self.task.fields).iter_rows(named=True):
                key = same_row(row, self.task.fields, symmetric=self.task.symmetric)
                is_new.append(key not in seen)
                seen.add(key)
            rows = rows.filter(pl.Series(is_new, dtype=pl.Boolean))
        write_table(rows, out / EXAMPLES)
