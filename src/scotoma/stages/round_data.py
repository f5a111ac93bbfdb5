"""Gathers what a generator of a later round learns from.

In: what the first round's generator learned from, and the pools that have been written since. Out:
`examples.parquet` with a column `origin` (original, synthetic); a row of a later round has it in its id.
Costs seconds.

The unit is the number of rows of the first round. Of every pool one unit is drawn, balanced over labels; then

    replace                a unit of the last pool
    accumulate             the original rows and a unit of every pool
    accumulate_subsample   one unit, balanced, drawn from these

Source: Shumailov et al. 2024 (replace); Gerstgrasser et al. 2024, arXiv 2404.01413 (accumulate); Kazdan et
al. 2024, arXiv 2410.16713 (accumulate_subsample).
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl

from scotoma.arms.arm import ROUND_MARK
from scotoma.basics.errors import Unfillable
from scotoma.basics.randomness import seed_of
from scotoma.basics.records import EXAMPLES, read_table, write_table
from scotoma.stages.assemble import Assemble
from scotoma.store.costs import Cost, Rows
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step
from scotoma.tasks import Task


class RoundData(Step):
    """The rows that the generator of round 2 or later learns from.

    Attributes:
        original: What the generator of the first round learned from.
        pools: The screened rows of the rounds before, in their order; for `replace` those of the last alone.
        round: Number of the round whose generator will learn from these rows.
        seed: Seed of the draws.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    task: Task
    original: Assemble
    pools: tuple[Step, ...]
    keep: Literal["replace", "accumulate", "accumulate_subsample"]
    round: int
    seed: int

    @property
    def title(self) -> str:
        """Names the round."""
        return f"gather {self.drawn}, last {self.pools[-1].title}"

    @property
    def drawn(self) -> str:
        """Name of these rows in titles."""
        return f"what round {self.round} learns from after {self.original.drawn}"

    def cost(self, forecast: Forecast) -> Cost:
        """Size of its table on disk."""
        return Cost(size=self.rows(forecast).size)

    def rows(self, forecast: Forecast) -> Rows:
        """A unit, or the units that have accumulated."""
        first, times = self.original.rows(forecast), len(self.pools) + 1
        n = first.n * times if self.keep == "accumulate" else first.n
        return Rows(n, first.source, first.sample)

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Counts the rows that pools can have at most.

        Raises:
            Unfillable: a pool has fewer rows than required, whatever is written.
            NotForeseeable: what is drawn is not known before it has been written.
        """
        n = see(self.original).table.height
        for written_in, pool in enumerate(self.pools, self.round - len(self.pools)):
            self._refuse_too_few(n, see(pool).by_label, written_in, "it writes at most")
        raise NotForeseeable("its rows are written by the run")

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet`.

        Raises:
            Unfillable: a pool has fewer rows than required.
        """
        original = read_table(inputs(self.original) / EXAMPLES)
        n, parts = original.height, [] if self.keep == "replace" else [original]
        for written_in, pool in enumerate(self.pools, self.round - len(self.pools)):
            rows = marked(read_table(inputs(pool) / EXAMPLES), written_in)
            rows = rows.with_columns(origin=pl.lit("synthetic")).select(original.columns)
            by_label = dict(rows["label"].value_counts().iter_rows())
            self._refuse_too_few(n, by_label, written_in, "the screen left")
            parts.append(self._draw(rows, n, ("round data", written_in)))
        table = pl.concat(parts)
        if self.keep == "accumulate_subsample":
            table = self._draw(table, n, ("round subsample", self.round))
        write_table(table, out / EXAMPLES)

    def _draw(self, rows: pl.DataFrame, n: int, role: tuple[str, int]) -> pl.DataFrame:
        """n rows, the labels in turn, each label's by a rank that depends on seed, role and id alone."""
        ranks = [seed_of(self.seed, *role, id) for id in rows["id"]]
        turn = pl.Series(ranks, dtype=pl.Int64).alias("rank")
        place = {label: at for at, label in enumerate(self.task.labels)}
        return (
            rows.with_columns(turn)
            .with_columns(pl.col("rank").rank("ordinal").over("label"))
            .sort("rank", pl.col("label").replace_strict(place, return_dtype=pl.Int64))
            .head(n)
            .drop("rank")
        )

    def _refuse_too_few(self, n: int, by_label: Mapping[str, int], written_in: int, remaining: str) -> None:
        share = n // len(self.task.labels)
        present = {label: by_label.get(label, 0) for label in self.task.labels}
        if min(present.values()) < share or sum(present.values()) < n:
            raise Unfillable(
                f"round {self.round} learns from {n} rows that round {written_in} wrote, {share} of each "
                f"label; {remaining} {', '.join(f'{count} {label}' for label, count in present.items())}",
                where=f"pool {self.pools[written_in - self.round].key}",
                remedy="Raise the generator's candidates_per_label, or let it learn from fewer rows "
                "(trained_on: start, or less training data).",
            )


def marked(rows: pl.DataFrame, written_in: int) -> pl.DataFrame:
    """Rows of a pool under ids that no other round's have; those of the first round keep theirs."""
    if written_in == 1:
        return rows
    return rows.with_columns(pl.col("id") + f"{ROUND_MARK}{written_in}")
