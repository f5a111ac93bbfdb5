"""Draws the data of one arm, or of a start: label-balanced, nested, and an error when there is too little.

In: the original examples and, for synthetic arms, the screened pool. Out: `examples.parquet` with a
column `origin` (original, synthetic, file). Costs seconds.

Every row has a rank of its own, drawn from the seed and its id. An arm takes the lowest ranks of
each label, so the 18k draw lies inside the 36k draw. The originals of an arm come after those
kept for the starts, so they are new to the start model (a start on `all` leaves none that are new).
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field

from scotoma.blindspots.predicates import PREDICATES, holds
from scotoma.errors import ScotomaError
from scotoma.randomness import seed_of
from scotoma.records import read_table, write_table
from scotoma.settings import Arm, Heuristic
from scotoma.stages.read_examples import ReadExamples
from scotoma.steps import Runtime, Step
from scotoma.tasks import Task
from scotoma.tasks.labellers import LABELLERS


class Assemble(Step):
    """The rows of one arm, or of a start (an `original` arm that leaves nothing out).

    Attributes:
        arm: What to draw; "all" takes the corpus as it is, unbalanced.
        corpus: The original examples, or the user's own file for arm `file`.
        kept_for_starts: Originals that arms must leave to the starts; none for a start itself.
        pool: The `Screen` step, for arms of synthetic rows.
        labels: A `Predict` step over the pool, for arm `relabelled` without an exact rule.
        marks: Generator and round of the pool, for a person; its key tells them, so no part of the identity.
    """

    version: ClassVar[int] = 1

    task: Task
    arm: Arm | Literal["all"]
    corpus: ReadExamples
    kept_for_starts: int
    pool: Step | None
    labels: Step | None
    heuristic: Heuristic | None
    seed: int
    marks: str = Field("", exclude=True)

    @property
    def title(self) -> str:
        """Names the arm and the seed."""
        return f"assemble {self.drawn}, seed {self.seed}"

    @property
    def drawn(self) -> str:
        """The arm's name, or `all originals`."""
        return "all originals" if self.arm == "all" else f"{self.arm.name}{self.marks}"

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet`."""
        corpus = read_table(inputs(self.corpus) / "examples.parquet")
        if self.arm == "all" or self.arm.kind == "file":
            origin = "original" if self.arm == "all" else "file"
            write_table(corpus.with_columns(origin=pl.lit(origin)), out / "examples.parquet")
            return
        arm, n = self.arm, self.arm.n or 0
        rows = _ranked(corpus, self.seed, "original")
        rows = self._in_turn(rows.filter(~self._kept(rows)))
        if arm.kind == "original_biased":
            rows = rows.filter(self._obeys(rows))
        pool = self._written(arm, inputs) if self.pool is not None else rows.clear()
        n_synthetic = 0 if self.pool is None else n if arm.synthetic is None else round(n * arm.synthetic)
        drawn = pl.concat(
            [
                self._draw(arm, pool, n_synthetic, "screened synthetic rows"),
                self._draw(arm, rows, n - n_synthetic, "original examples"),
            ]
        )
        write_table(drawn.sort("rank").drop("rank"), out / "examples.parquet")

    def _in_turn(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The originals an arm may have, ranked by whose turn it is."""
        return rows

    def _written(self, arm: Arm, inputs: Callable[[Step], Path]) -> pl.DataFrame:
        """The part of the pool that the arm draws from."""
        assert self.pool is not None
        pool = _ranked(read_table(inputs(self.pool) / "examples.parquet"), self.seed, "synthetic")
        if arm.kind == "relabelled":
            return self._relabelled(pool, inputs)
        if arm.kind in ("biased", "anti_biased"):
            obeys = self._obeys(pool)
            return pool.filter(obeys if arm.kind == "biased" else ~obeys)
        return pool

    def _relabelled(self, pool: pl.DataFrame, inputs: Callable[[Step], Path]) -> pl.DataFrame:
        if self.labels is None:
            rule = LABELLERS[self.task.exact_labeller or ""]
            labels = [rule(row) for row in pool.select(self.task.fields).iter_rows(named=True)]
            return pool.with_columns(label=pl.Series(labels, dtype=pl.String)).drop_nulls("label")
        predicted = read_table(inputs(self.labels) / "predictions.parquet").select("id", label="predicted")
        return (
            pool.drop("label")
            .join(predicted, on="id", how="inner", maintain_order="left")
            .select(pool.columns)
        )

    def _obeys(self, rows: pl.DataFrame) -> pl.Series:
        """Whether the heuristic's predicate holds exactly where its label stands."""
        assert self.heuristic is not None
        predicate = PREDICATES[self.heuristic.predicate]
        found = holds(predicate, rows[self.task.fields[0]], rows[self.task.fields[-1]])
        return found == (rows["label"] == self.heuristic.label)

    def _kept(self, rows: pl.DataFrame) -> pl.Series:
        """Whether a row is among those kept for the starts."""
        shares = dict(
            zip(self.task.labels, _shares(self.kept_for_starts, len(self.task.labels)), strict=True)
        )
        place = rows.select(pl.col("rank").rank("ordinal").over("label")).to_series()
        limit = rows["label"].replace_strict(shares, return_dtype=pl.Int64)
        return place <= limit

    def _draw(self, arm: Arm, rows: pl.DataFrame, n: int, what: str) -> pl.DataFrame:
        shares = zip(self.task.labels, _shares(n, len(self.task.labels)), strict=True)
        parts = []
        for label, share in shares:
            part = rows.filter(pl.col("label") == label).sort("rank").head(share)
            if part.height < share:
                raise ScotomaError(
                    f"arm {arm.name} asks for {share} {what} labelled {label!r}; there are {part.height}",
                    where=f"of {rows.height} that the arm may draw from",
                    remedy="Lower the arm's size, or give more "
                    + (
                        "candidates_per_label."
                        if "synthetic" in what
                        else "training data, or smaller starts."
                    ),
                )
            parts.append(part)
        return pl.concat(parts)


class Redraw(Assemble):
    """The same arm from another draw of the originals; what is kept for the starts stays kept."""

    version: ClassVar[int] = 1

    @property
    def title(self) -> str:
        """Names the arm and the seed."""
        return f"assemble {self.drawn} from another draw, seed {self.seed}"

    def _in_turn(self, rows: pl.DataFrame) -> pl.DataFrame:
        return _ranked(rows, seed_of(self.seed, "redraw"), "original")


def _ranked(rows: pl.DataFrame, seed: int, origin: str) -> pl.DataFrame:
    """The rows with their origin, and a rank that depends on the seed and the row's id alone."""
    ranks = [seed_of(seed, "assemble", origin, id) for id in rows["id"]]
    return rows.with_columns(origin=pl.lit(origin), rank=pl.Series(ranks, dtype=pl.Int64))


def _shares(n: int, n_labels: int) -> list[int]:
    """n shared out equally; the first labels take what is left over."""
    return [n // n_labels + (position < n % n_labels) for position in range(n_labels)]
