"""Draws the data of one arm, or of a start: label-balanced, nested, and an error when there is too little.

In: the original examples and, for arms that the generator wrote, the screened pool; where the arm needs them,
its rows' labels by another labeller or a judge, or their embeddings. Out: `examples.parquet` with a column
`origin` (original, synthetic, counter, file), and what the arm records of its draw. Costs seconds; minutes
for arm `coverage` of tens of thousands of rows. Which rows an arm takes is said in `scotoma/arms/`, a file
for each kind.

A start on `all` leaves no originals that are new to it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray
from pydantic import Field

from scotoma.arms import AnyArm
from scotoma.arms.arm import SAMPLE_MARK
from scotoma.arms.supply import Supply, shares
from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import seed_of
from scotoma.basics.records import EXAMPLES, PREDICTIONS, read_table, write_table
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.stages.embed import Embed
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.costs import Cost, Rows
from scotoma.store.steps import Forecast, ForeseenRows, Runtime, Step
from scotoma.study.settings.base import Grown
from scotoma.tasks import Task


class Assemble(Grown, Step):
    """The rows of one arm, or of a start (an `original` arm that leaves nothing out).

    Attributes:
        arm: Arm whose rows to draw; "all" takes the corpus as it is, unbalanced.
        corpus: The original examples, the user's own file for arm `file`, or the counter-examples.
        kept_for_starts: Originals that arms must leave to the starts; none for a start itself.
        pool: The `Screen` step, for arms that the generator wrote.
        labels: A `Predict` step over the pool, for arms with other labels and without an exact rule.
        embeddings: Embeddings of the pool, for arms that need them.
        judged: Steps that leave the judge's labels of the pool, one for each answer, for arms that need them.
        marks: Generator and round of the pool, for a person; its key tells them, so no part of the identity.
        role: Purpose of the rows if they are not an arm's, such as `start 180`; for messages alone.
        sample: Number of the arm's disjoint sample; the first takes the lowest ranks.
        of_samples: Number of samples, so that too few rows for all of them are reported at once.
    """

    version: ClassVar[int] = 2
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False
    later: ClassVar[tuple[str, ...]] = ("sample", "embeddings", "judged")

    task: Task
    arm: AnyArm | Literal["all"]
    corpus: ReadExamples
    kept_for_starts: int
    pool: Step | None
    labels: Step | None
    heuristic: Heuristic | None
    seed: int
    marks: str = Field("", exclude=True)
    role: str = Field("", exclude=True)
    sample: Annotated[int, Field(ge=1)] = 1
    of_samples: int = Field(1, exclude=True)
    embeddings: Embed | None = None
    judged: tuple[Step, ...] = ()

    @property
    def title(self) -> str:
        """Names the arm and the seed."""
        return f"assemble {self.drawn}, seed {self.seed}"

    @property
    def drawn(self) -> str:
        """The arm's name, from the second sample on with its number; or `all originals`."""
        sample = f"{SAMPLE_MARK}{self.sample}" if self.sample > 1 else ""
        return f"{self.drawn_from}{sample}"

    @property
    def drawn_from(self) -> str:
        """The arm's name, whichever sample of it this is; or `all originals`."""
        return "all originals" if self.arm == "all" else f"{self.arm.name}{self.marks}"

    @property
    def called(self) -> str:
        """Name of the arm or start in messages."""
        return self.role or f"arm {self.drawn_from}"

    def cost(self, forecast: Forecast) -> Cost:
        """Size of its table on disk."""
        return Cost(size=self.rows(forecast).size)

    def rows(self, forecast: Forecast) -> Rows:
        """Number of rows of the arm, and rows of the source's kind."""
        corpus = self.corpus.rows(forecast)
        n = None if self.arm == "all" else self.arm.n
        return corpus if n is None else Rows(n, corpus.source, corpus.sample)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet`, and what the arm records of its draw."""
        corpus = read_table(inputs(self.corpus) / EXAMPLES)
        if self.arm == "all":
            write_table(corpus.with_columns(origin=pl.lit("original")), out / EXAMPLES)
            return
        written = None if self.pool is None else read_table(inputs(self.pool) / EXAMPLES)
        supply = self._supply(
            corpus,
            written=written,
            relabelled=self.labels and read_table(inputs(self.labels) / PREDICTIONS),
            judged=tuple(read_table(inputs(step) / PREDICTIONS) for step in self.judged),
            vectors=self._vectors(inputs, written),
            record=lambda name, found: _write_json(out / name, found),
        )
        rows = self.arm.draw(supply)
        write_table(rows.sort("rank").drop("rank"), out / EXAMPLES)

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Counts what the arm may have; of what a generator will write, the most that it can.

        Raises:
            ScotomaError: there are too few rows, whatever the generator writes.
            NotForeseeable: the rows are drawn by the run.
        """
        arm, labels = self.arm, self.task.labels
        if arm == "all":
            return see(self.corpus)
        if self.pool is not None:
            nothing_seen = self._supply(pl.DataFrame(), sample=self.of_samples)
            arm.check_written(see(self.pool).table, labels, nothing_seen.request("written", at_most=True))
        foreseen = see(self.corpus)
        if arm.n is None:
            return foreseen
        # Where the heuristic is code, which planning does not run, all rows may obey it.
        can_ask = foreseen.has_texts and (self.heuristic is None or self.heuristic.predicate.code is None)
        arm.check_other_rows(self._supply(foreseen.table, sample=self.of_samples, has_texts=can_ask))
        drawn_labels = [label for label, n, _ in shares(labels, arm.n, 0) for _ in range(n)]
        return ForeseenRows(pl.DataFrame({"label": drawn_labels}), has_texts=False)

    @property
    def seed_of_originals(self) -> int | None:
        """What the originals' ranks derive from, if not from the seed."""
        return None

    def _supply(self, corpus: pl.DataFrame, sample: int | None = None, **more: Any) -> Supply:
        return Supply(
            task=self.task,
            heuristic=self.heuristic,
            seed=self.seed,
            called=self.called,
            kept_for_starts=self.kept_for_starts,
            sample=sample or self.sample,
            corpus=corpus,
            seed_of_originals=self.seed_of_originals,
            **more,
        )

    def _vectors(
        self, inputs: Callable[[Step], Path], written: pl.DataFrame | None
    ) -> NDArray[np.float32] | None:
        if self.embeddings is None or written is None:
            return None
        vectors: NDArray[np.float32] = np.load(inputs(self.embeddings) / "embeddings.npy", allow_pickle=False)
        if len(vectors) != written.height:
            raise ScotomaError(
                f"there are {len(vectors)} embeddings for {written.height} rows",
                where=self.embeddings.key,
                remedy="Make them again, with `scotoma run STUDY --remake`.",
            )
        return vectors


class AssembleCovering(Assemble):
    """The rows of an arm that needs embeddings."""

    version: ClassVar[int] = 1


class Redraw(Assemble):
    """The same arm from another draw of the originals; what is kept for the starts stays kept."""

    version: ClassVar[int] = 1

    @property
    def title(self) -> str:
        """Names the arm and the seed."""
        return f"assemble {self.drawn} from another draw, seed {self.seed}"

    @property
    def seed_of_originals(self) -> int:
        """Another than the arm's own."""
        return seed_of(self.seed, "redraw")


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf8")
