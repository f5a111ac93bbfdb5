"""What an arm draws from: original examples, a generator's rows, or a source of its own; and how it asks.

Every row has a rank of its own, drawn from the seed and its id. An arm takes the lowest ranks of each label,
so the 18k draw lies inside the 36k draw. The originals of an arm come after those kept for the starts, so
they are new to the start model. Of several disjoint samples, each takes the ranks that come after those of
the samples before it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.arms.selection.by_rank import RowRequest, equal_shares, take
from scotoma.basics.randomness import seed_of
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.blindspots.predicates.rules import ask, check_words
from scotoma.tasks import Task
from scotoma.tasks.labellers import LABELLERS

Kind = Literal["original", "written", "counter", "file"]

#: Kinds of rows that may be requested, and what to give more of if there are too few.
_WHAT: dict[Kind, tuple[str, str]] = {
    "original": ("original examples", "training data, or smaller starts."),
    "written": ("screened synthetic rows", "candidates_per_label."),
    "counter": ("counter-examples", "of them in its source."),
    "file": ("rows of its file", "rows in it."),
}


@dataclass(frozen=True)
class Supply:
    """The ranked rows that an arm may take, and how messages describe its requests.

    Attributes:
        task: Task of the study.
        heuristic: Heuristic of the study; None where the arm needs none.
        seed: Seed of the replicate; every rank derives from it.
        called: Name of the arm in messages, such as `arm original-180`.
        kept_for_starts: Originals that the arm must leave to the starts.
        sample: Number of the arm's disjoint sample that is drawn, from 1 on.
        corpus: Original examples, or the rows of the arm's own source.
        written: Screened rows of the generator; None where the arm needs none.
        relabelled: Columns `id` and `predicted`, a labeller's label for every written row; None where
            the task's exact rule gives them, or the arm needs none.
        judged: Columns `id` and `predicted`, the label that the study's judge gives every written row, None
            where it gives none; a table for each of its answers.
        vectors: Shape (written rows, width), an embedding of every written row; None where the arm needs
            none.
        seed_of_originals: Seed of the originals' ranks; None means `seed`.
        has_texts: Whether the heuristic can be evaluated on the corpus: false while a study is planned before
            the texts exist, or if the heuristic is code, which planning does not run.
        record: Writes a JSON file of this name beside the rows: what a reader may want to know of the draw.
    """

    task: Task
    heuristic: Heuristic | None
    seed: int
    called: str
    kept_for_starts: int
    sample: int
    corpus: pl.DataFrame
    written: pl.DataFrame | None = None
    relabelled: pl.DataFrame | None = None
    judged: tuple[pl.DataFrame, ...] = ()
    vectors: NDArray[np.float32] | None = None
    seed_of_originals: int | None = None
    has_texts: bool = True
    record: Callable[[str, Any], None] = lambda name, found: None

    @property
    def labels(self) -> tuple[str, ...]:
        """The task's labels."""
        return self.task.labels

    def request(self, kind: Kind, *, at_most: bool = False) -> RowRequest:
        """A request for rows of a kind, for error messages.

        Args:
            kind: Kind of the rows.
            at_most: Whether the rows have yet to be written, so that their number is the largest possible.
        """
        what, more = _WHAT[kind]
        size = "the arm's size" if self.sample == 1 else "the arm's size or its number of samples"
        return RowRequest(self.called, what, f"Lower {size}, or give more {more}", at_most, self.sample)

    def originals(self) -> pl.DataFrame:
        """The original examples that are new to every start, ranked."""
        rows = self.own("original")
        rows = rows.filter(~self._kept(rows))
        if self.seed_of_originals is None:
            return rows
        return ranked(rows, self.seed_of_originals, "original")

    def seen(self) -> pl.DataFrame:
        """The original examples that are kept for the starts, ranked; a start has seen the lowest ranks."""
        rows = self.own("original")
        return rows.filter(self._kept(rows))

    def own(self, origin: str) -> pl.DataFrame:
        """The whole corpus, ranked, with this origin."""
        return ranked(self.corpus, self.seed, origin)

    def pool(self) -> pl.DataFrame:
        """The generator's rows with the labels that it wrote, ranked; with the columns of originals."""
        assert self.written is not None
        return ranked(self.written.drop("read_row", strict=False), self.seed, "synthetic")

    def relabelled_pool(self) -> pl.DataFrame:
        """The generator's rows with true labels, or the labeller's, without those whose truth is unknown."""
        pool = self.pool()
        if self.relabelled is None:
            rule = LABELLERS[self.task.exact_labeller or ""]
            labels = [rule(row) for row in pool.select(self.task.fields).iter_rows(named=True)]
            return pool.with_columns(label=pl.Series(labels, dtype=pl.String)).drop_nulls("label")
        predicted = self.relabelled.select("id", label="predicted")
        rows = pool.drop("label").join(predicted, on="id", how="inner", maintain_order="left")
        return rows.select(pool.columns)

    def take(
        self,
        n: int,
        *,
        written: pl.DataFrame | None = None,
        other: pl.DataFrame | None = None,
        n_written: int | None = None,
        kind: Kind = "original",
    ) -> pl.DataFrame:
        """The lowest ranks of each label, n in all, balanced over labels as a whole.

        Args:
            n: Number of rows.
            written: Ranked rows of the generator.
            other: Ranked rows that the generator did not write.
            n_written: Number of the n rows that come from `written`; None means all that there is of one of
                the two.
            kind: Kind of the rows in `other`.

        Raises:
            ScotomaError: there are too few rows of a label.
        """
        if n_written is None:
            n_written = 0 if written is None else n
        by_label = shares(self.labels, n, n_written)
        parts = []
        if written is not None:
            parts += [take(written, label, ours, self.request("written")) for label, _, ours in by_label]
        if other is not None:
            parts += [take(other, label, all_ - ours, self.request(kind)) for label, all_, ours in by_label]
        return pl.concat(parts)

    def obeys(self, rows: pl.DataFrame) -> pl.Series:
        """Whether the heuristic's predicate holds exactly where its label stands."""
        assert self.heuristic is not None
        return self.holds(rows) == (rows["label"] == self.heuristic.label)

    def holds(self, rows: pl.DataFrame) -> pl.Series:
        """Whether the heuristic's predicate holds."""
        assert self.heuristic is not None
        rule = self.heuristic.predicate.rule(self.task.fields)
        check_words(rule, rows, self.task.fields, "heuristic")
        return pl.Series(ask(rule, rows, self.task.fields, "rows"), dtype=pl.Boolean)

    def n_originals(self) -> dict[str, int]:
        """How many original examples of each label are new to every start."""
        present = by_label(self.corpus)
        return {label: max(0, present.get(label, 0) - n_kept) for label, n_kept in self.n_kept().items()}

    def n_kept(self) -> dict[str, int]:
        """How many original examples of each label are kept for the starts, if there are as many."""
        return dict(zip(self.labels, equal_shares(self.kept_for_starts, len(self.labels)), strict=True))

    def _kept(self, rows: pl.DataFrame) -> pl.Series:
        """Whether a row is among those kept for the starts."""
        position = rows.select(pl.col("rank").rank("ordinal").over("label")).to_series()
        return position <= rows["label"].replace_strict(self.n_kept(), return_dtype=pl.Int64)


def shares(labels: Sequence[str], n: int, n_written: int) -> list[tuple[str, int, int]]:
    """Each label, the rows with it among n, and how many of these a generator writes.

    Both parts together are balanced, whatever is left over in each.
    """
    return list(zip(labels, equal_shares(n, len(labels)), equal_shares(n_written, len(labels)), strict=True))


def by_label(rows: pl.DataFrame) -> dict[str, int]:
    """How many rows have each label."""
    return dict(rows["label"].value_counts().iter_rows())


def ranked(rows: pl.DataFrame, seed: int, origin: str) -> pl.DataFrame:
    """The rows with their origin, and a rank that depends on the seed and the row's id alone."""
    ranks = [seed_of(seed, "assemble", origin, id) for id in rows["id"]]
    return rows.with_columns(origin=pl.lit(origin), rank=pl.Series(ranks, dtype=pl.Int64))
