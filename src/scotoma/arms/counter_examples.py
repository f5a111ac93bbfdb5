"""The arm `counter_examples`: rows of another source that defy the heuristic, among synthetic ones."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Need, Size, Sourced
from scotoma.basics.errors import Unfillable
from scotoma.study.settings.base import Share
from scotoma.study.settings.sources import Source
from scotoma.tasks import Task

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class CounterExamples(Sourced):
    """`counter_examples: {share: 0.1, source: SOURCE, n: 18000}`: synthetic rows with counter-examples.

    These are rows of another source that defy the heuristic.
    """

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "heuristic"))
    sentence: ClassVar[str] = (
        "a share of rows that defy the heuristic from another source, the rest synthetic (Min et al. 2020)"
    )
    named_by: ClassVar[tuple[str, ...]] = ("share",)
    stream: ClassVar[str] = "counter-examples"
    never_tested: ClassVar[bool] = True

    kind: Literal["counter_examples"] = "counter_examples"
    n: Size
    share: Share = Field(description="Share of counter-examples in the arm.")
    source: Source = Field(description="Source of the counter-examples.")
    labels: dict[str, str] = Field({}, description="Labels of the source to labels of the task.")

    @property
    def labels_besides(self) -> tuple[str, ...]:
        """Those that are mapped."""
        return tuple(self.labels)

    @property
    def n_written(self) -> int:
        """All but the share, to the nearest row."""
        return self.n - round(self.n * self.share)

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the source that defy, and rows of the pool."""
        from scotoma.arms.selection.counter_examples import with_counter_examples
        from scotoma.arms.supply import ranked

        rows = self._in_labels_of_the_task(supply)
        defying = ranked(rows.filter(~supply.obeys(rows)), supply.seed, "counter")
        requests = supply.request("counter"), supply.request("written")
        return with_counter_examples(defying, supply.pool(), supply.labels, self.n, self.share, requests)

    def takes_written(self, labels: Sequence[str]) -> list[tuple[str, int]]:
        """All but the share; how many of each label, the counter-examples will tell."""
        return [("", self.n_written)]

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses too few counter-examples; where the heuristic cannot be asked yet, all rows may be some."""
        from scotoma.arms.selection.counter_examples import counter_shares

        rows = self._in_labels_of_the_task(supply)
        defying = rows.filter(~supply.obeys(rows)) if supply.has_texts else rows
        counter_shares(defying, supply.labels, self.n, self.share, supply.request("counter"))

    def misfits(self, task: Task) -> Iterator[str]:
        """Labels that are mapped to what is no label of the task."""
        for label in sorted(set(self.labels.values()) - set(task.labels)):
            yield f"{label!r} is not a label of task {task.name}"

    def _in_labels_of_the_task(self, supply: "Supply") -> "pl.DataFrame":
        import polars as pl

        rows = supply.corpus.with_columns(pl.col("label").replace(self.labels))
        unknown = sorted(set(rows["label"]) - set(supply.labels))
        if unknown:
            raise Unfillable(
                f"{supply.called}: counter-examples are labelled {', '.join(map(repr, unknown))}, which task "
                f"{supply.task.name} does not have",
                remedy=f"Say what it counts as, with `labels: {{{unknown[0]}: LABEL}}` in the arm.",
            )
        return rows
