"""Draws the data of one arm, or of a start: label-balanced, nested, and an error when there is too little.

In: the original examples and, for arms that the generator wrote, the screened pool. Out: `examples.parquet`
with a column `origin` (original, synthetic, counter, file). Costs seconds.

Every row has a rank of its own, drawn from the seed and its id. An arm takes the lowest ranks of
each label, so the 18k draw lies inside the 36k draw. The originals of an arm come after those
kept for the starts, so they are new to the start model (a start on `all` leaves none that are new).
Of several disjoint samples, each takes the ranks that come after those of the samples before it.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import Field

from scotoma.arms.arm import RELABELLED, SAMPLE_MARK, Arm
from scotoma.arms.selection.causes import noise_matched, rates, reweighted, unknown_rate
from scotoma.arms.selection.counter_examples import counter_shares, with_counter_examples
from scotoma.arms.selection.taking import Asked, equal_shares, take
from scotoma.arms.selection.z_filter import z_filtered
from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import seed_of
from scotoma.basics.records import read_table, write_table
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.blindspots.predicates.rules import ask
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.costs import Cost, Rows
from scotoma.store.steps import Forecast, Runtime, Seen, Step
from scotoma.study.settings.base import Grown
from scotoma.tasks import Task
from scotoma.tasks.labellers import LABELLERS

_Kind = Literal["original", "written", "counter", "file"]


class Assemble(Grown, Step):
    """The rows of one arm, or of a start (an `original` arm that leaves nothing out).

    Attributes:
        arm: What to draw; "all" takes the corpus as it is, unbalanced.
        corpus: The original examples, the user's own file for arm `file`, or the counter-examples.
        kept_for_starts: Originals that arms must leave to the starts; none for a start itself.
        pool: The `Screen` step, for arms that the generator wrote.
        labels: A `Predict` step over the pool, for arms with other labels and without an exact rule.
        marks: Generator and round of the pool, for a person; its key tells them, so no part of the identity.
        role: What the rows are for, where they are no arm's, such as `start 180`; for messages alone.
        sample: Which of the arm's disjoint samples; the first takes the lowest ranks.
        of_samples: How many there are, so that too few rows for all of them are told at once.
    """

    version: ClassVar[int] = 2
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False
    later: ClassVar[tuple[str, ...]] = ("sample",)

    task: Task
    arm: Arm | Literal["all"]
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
        """As messages call whatever takes the rows."""
        return self.role or f"arm {self.drawn_from}"

    def cost(self, forecast: Forecast) -> Cost:
        """Its table on the disk."""
        return Cost(size=self.rows(forecast).size)

    def rows(self, forecast: Forecast) -> Rows:
        """As many as the arm has, of the source's kind."""
        corpus = self.corpus.rows(forecast)
        n = None if self.arm == "all" else self.arm.n
        return corpus if n is None else Rows(n, corpus.source, corpus.some)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `examples.parquet`."""
        corpus = read_table(inputs(self.corpus) / "examples.parquet")
        if self.arm == "all" or (self.arm.kind == "file" and self.arm.n is None):
            origin = "original" if self.arm == "all" else "file"
            write_table(corpus.with_columns(origin=pl.lit(origin)), out / "examples.parquet")
            return
        rows = self._beside(self.arm, corpus)
        pool = self._written(self.arm, inputs) if self.pool is not None else rows.clear()
        drawn = self._drawn(self.arm, corpus, rows, pool, inputs)
        write_table(drawn.sort("rank").drop("rank"), out / "examples.parquet")

    def foresee(self, see: Callable[[Step], Seen]) -> Seen:
        """Counts what the arm may have; of what a generator will write, the most that it can.

        Raises:
            ScotomaError: there are too few rows, whatever the generator writes.
            Unseen: the rows are drawn by the run.
        """
        arm = self.arm
        if arm != "all" and self.pool is not None:
            self._refuse_unwritten(arm, see(self.pool))
        seen = see(self.corpus)
        if arm == "all" or (arm.kind == "file" and arm.n is None):
            return seen
        self._refuse_lacking(arm, seen)
        return Seen(pl.DataFrame({"label": self._labels_drawn(arm)}), has_texts=False)

    def _labels_drawn(self, arm: Arm) -> list[str]:
        return [label for label, n, _ in self._shares(arm) for _ in range(n)]

    def _refuse_unwritten(self, arm: Arm, most: Seen) -> None:
        """Refuses an arm that asks for more than the generator can write."""
        asked = replace(self._asked("written", of=self.of_samples), at_most=True)
        if arm.kind in RELABELLED or arm.kind == "counter_examples":
            # How many of each label it takes, only the rows will tell.
            n_beside = round((arm.n or 0) * (arm.share or 0)) if arm.kind != "noise_matched" else arm.n or 0
            asked.check((arm.n or 0) - n_beside, "", most.table.height, most.table.height)
            return
        for label, _, n in self._shares(arm):
            asked.check(n, label, most.by_label.get(label, 0), most.table.height)

    def _refuse_lacking(self, arm: Arm, seen: Seen) -> None:
        """Refuses an arm that asks for more than its source has, beside what a generator writes.

        Where the heuristic cannot be asked, or is code, which planning does not run, all rows may obey it.
        """
        labels, n = self.task.labels, arm.n or 0
        can_ask = seen.has_texts and (self.heuristic is None or self.heuristic.predicate.code is None)
        if arm.kind == "counter_examples":
            rows = self._counter_examples(arm, seen.table, obeying=not can_ask)
            counter_shares(rows, labels, n, arm.share or 0, self._asked("counter", of=self.of_samples))
            return
        kind: _Kind = "file" if arm.kind == "file" else "original"
        asked, there = self._asked(kind, of=self.of_samples), dict(seen.by_label)
        if arm.kind != "file":
            kept = zip(labels, equal_shares(self.kept_for_starts, len(labels)), strict=True)
            there = {label: max(0, there.get(label, 0) - n_kept) for label, n_kept in kept}
        if arm.kind == "original_biased" and can_ask:
            there = dict(self._beside(arm, seen.table)["label"].value_counts().iter_rows())
        if arm.kind == "noise_matched":
            asked.check(n, "", sum(there.values()), sum(there.values()))
        for label, n_label, n_written in self._shares(arm):
            if arm.kind in ("reweighted", "repaired") and label not in seen.by_label:
                raise unknown_rate(label, self._asked("written"))
            asked.check(n_label - n_written, label, there.get(label, 0), sum(there.values()))

    def _drawn(
        self,
        arm: Arm,
        corpus: pl.DataFrame,
        rows: pl.DataFrame,
        pool: pl.DataFrame,
        inputs: Callable[[Step], Path],
    ) -> pl.DataFrame:
        """The arm's rows, from what it may have beside the generator's rows and from these."""
        n, labels, written = arm.n or 0, self.task.labels, self._asked("written")
        match arm.kind:
            case "reweighted" | "repaired":
                wanted = rates(corpus["label"], self._holds(corpus))
                return reweighted(pool, self._holds(pool), wanted, labels, n, written)
            case "noise_matched":
                confused = self._confused(pool, inputs)
                return noise_matched(rows, confused, labels, n, self._asked("original"))
            case "z_filtered":
                return z_filtered(pool, self.task.fields, labels, n, arm.threshold or 0, written)
            case "counter_examples":
                asked = (self._asked("counter"), written)
                return with_counter_examples(rows, pool, labels, n, arm.share or 0, asked)
        beside = self._asked("file" if arm.kind == "file" else "original")
        parts = [
            (take(pool, label, n_written, written), take(rows, label, n_label - n_written, beside))
            for label, n_label, n_written in self._shares(arm)
        ]
        return pl.concat([*(part for part, _ in parts), *(part for _, part in parts)])

    def _shares(self, arm: Arm) -> list[tuple[str, int, int]]:
        """Each label, the arm's rows with it, and how many of these a generator writes.

        Both parts together are balanced, whatever is left over in each.
        """
        n, labels = arm.n or 0, self.task.labels
        share = arm.dose if arm.synthetic is None else arm.synthetic
        n_written = 0 if self.pool is None else n if share is None else round(n * share)
        shares = equal_shares(n, len(labels)), equal_shares(n_written, len(labels))
        return list(zip(labels, *shares, strict=True))

    def _asked(self, kind: _Kind, of: int | None = None) -> Asked:
        """Who asks for rows of a kind; of so many samples, or of those up to this one."""
        what, more = _WHAT[kind]
        samples = self.sample if of is None else of
        size = "the arm's size" if samples == 1 else "the arm's size or its number of samples"
        return Asked(self.called, what, f"Lower {size}, or give more {more}", samples=samples)

    def _beside(self, arm: Arm, corpus: pl.DataFrame) -> pl.DataFrame:
        """What the arm may have that the generator did not write, ranked."""
        if arm.kind == "counter_examples":
            return self._counter_examples(arm, corpus)
        if arm.kind == "file":
            return ranked(corpus, self.seed, "file")
        rows = ranked(corpus, self.seed, "original")
        rows = self._in_turn(rows.filter(~self._kept(rows)))
        return rows.filter(self._obeys(rows)) if arm.kind == "original_biased" else rows

    def _counter_examples(self, arm: Arm, corpus: pl.DataFrame, obeying: bool = False) -> pl.DataFrame:
        """The rows of the arm's source that defy the heuristic (or all), with labels of the task."""
        rows = corpus.with_columns(pl.col("label").replace(arm.labels))
        strange = sorted(set(rows["label"]) - set(self.task.labels))
        if strange:
            raise ScotomaError(
                f"{self.called}: counter-examples are labelled {', '.join(map(repr, strange))}, which task "
                f"{self.task.name} does not have",
                remedy=f"Say what it counts as, with `labels: {{{strange[0]}: LABEL}}` in the arm.",
            )
        return rows if obeying else ranked(rows.filter(~self._obeys(rows)), self.seed, "counter")

    def _in_turn(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The originals an arm may have, ranked by whose turn it is."""
        return rows

    def _written(self, arm: Arm, inputs: Callable[[Step], Path]) -> pl.DataFrame:
        """The part of the pool that the arm draws from."""
        assert self.pool is not None
        pool = ranked(read_table(inputs(self.pool) / "examples.parquet"), self.seed, "synthetic")
        if arm.kind in ("relabelled", "repaired"):
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

    def _confused(self, pool: pl.DataFrame, inputs: Callable[[Step], Path]) -> pl.DataFrame:
        """The pool's labels as they were written and as they should be."""
        true = self._relabelled(pool, inputs).select("id", true="label")
        return pool.select("id", written="label").join(true, on="id", maintain_order="left")

    def _obeys(self, rows: pl.DataFrame) -> pl.Series:
        """Whether the heuristic's predicate holds exactly where its label stands."""
        assert self.heuristic is not None
        return self._holds(rows) == (rows["label"] == self.heuristic.label)

    def _holds(self, rows: pl.DataFrame) -> pl.Series:
        """Whether the heuristic's predicate holds."""
        assert self.heuristic is not None
        rule = self.heuristic.predicate.rule(self.task.fields)
        return pl.Series(ask(rule, rows, self.task.fields, "rows"), dtype=pl.Boolean)

    def _kept(self, rows: pl.DataFrame) -> pl.Series:
        """Whether a row is among those kept for the starts."""
        shares = dict(
            zip(self.task.labels, equal_shares(self.kept_for_starts, len(self.task.labels)), strict=True)
        )
        place = rows.select(pl.col("rank").rank("ordinal").over("label")).to_series()
        limit = rows["label"].replace_strict(shares, return_dtype=pl.Int64)
        return place <= limit


#: Kinds of rows that are asked for, and what to give more of where there are too few.
_WHAT = {
    "original": ("original examples", "training data, or smaller starts."),
    "written": ("screened synthetic rows", "candidates_per_label."),
    "counter": ("counter-examples", "of them in its source."),
    "file": ("rows of its file", "rows in it."),
}


class Redraw(Assemble):
    """The same arm from another draw of the originals; what is kept for the starts stays kept."""

    version: ClassVar[int] = 1

    @property
    def title(self) -> str:
        """Names the arm and the seed."""
        return f"assemble {self.drawn} from another draw, seed {self.seed}"

    def _in_turn(self, rows: pl.DataFrame) -> pl.DataFrame:
        return ranked(rows, seed_of(self.seed, "redraw"), "original")


def ranked(rows: pl.DataFrame, seed: int, origin: str) -> pl.DataFrame:
    """The rows with their origin, and a rank that depends on the seed and the row's id alone."""
    ranks = [seed_of(seed, "assemble", origin, id) for id in rows["id"]]
    return rows.with_columns(origin=pl.lit(origin), rank=pl.Series(ranks, dtype=pl.Int64))
