"""Refuses a study whose training data and test sets share rows.

In: the training data and every test set. Out: `splits.json` with what was compared. Costs seconds.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import EXAMPLES, read_table
from scotoma.basics.words import counted
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step
from scotoma.study.settings.base import Grown
from scotoma.tasks.reading.same_row import in_one_order, normalised

_N_SHOWN = 3
_REMEDY = (
    "A test on rows that were trained on shows nothing: remove them from one of the two, or "
    "leave them out of the training data with `test_rows_in_train: drop` under `data`."
)


class CheckSplits(Step, Grown):
    """No test row, up to case and spacing, is in the training data.

    Attributes:
        symmetric: Whether a pair is the same row as its mirror.
    """

    later: ClassVar[tuple[str, ...]] = ("symmetric",)

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    train: ReadExamples
    tests: tuple[tuple[str, ReadExamples], ...]
    fields: tuple[str, ...]
    symmetric: bool = False

    def cost(self, forecast: Forecast) -> Cost:
        """Seconds, and a few numbers on the disk."""
        return Cost()

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `splits.json`.

        Raises:
            ScotomaError: a test set shares rows with the training data; names the first few.
        """
        compared = self._compare(lambda step: read_table(inputs(step) / EXAMPLES))
        (out / "splits.json").write_text(json.dumps(compared, indent=1) + "\n", encoding="utf8")

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Compares what can be seen of them; test sets that cannot be seen yet are left out.

        Raises:
            ScotomaError: as of `run`.
            NotForeseeable: they share no row.
        """

        def rows_of(step: Step) -> pl.DataFrame | None:
            try:
                return see(step).rows
            except NotForeseeable:
                return None

        see(self.train)
        self._compare(rows_of)
        raise NotForeseeable("it leaves no rows")

    def _compare(self, rows_of: Callable[[Step], pl.DataFrame | None]) -> dict[str, int]:
        """The number of rows of each set that was compared."""
        rows = rows_of(self.train)
        if rows is None:
            return {}
        train = plain_texts(rows, self.fields, self.symmetric)
        first = train.unique(self.fields, keep="first", maintain_order=True)
        compared, overlaps = {"train": train.height}, []
        for name, test in self.tests:
            rows = rows_of(test)
            if rows is None:
                continue
            tested = plain_texts(rows, self.fields, self.symmetric)
            compared[name] = tested.height
            shared = tested.join(first, on=self.fields, suffix=" in train", maintain_order="left")
            if shared.height:
                overlaps.append(self._sentence(name, test, shared.select("id", "id in train").rows()))
        if overlaps:
            raise ScotomaError("; ".join(overlaps), where="data", remedy=_REMEDY)
        return compared

    def _sentence(self, name: str, test: ReadExamples, shared: list[tuple[str, str]]) -> str:
        """Names rows of a test set, with the rows of the training data that they equal."""
        tested, trained = test.places(), self.train.places()
        first = ", ".join(
            f"{tested.of(one) if tested else one} is {trained.of(other) if trained else other}"
            for one, other in shared[:_N_SHOWN]
        )
        verb = "stands" if len(shared) == 1 else "stand"
        more = ", ..." if len(shared) > _N_SHOWN else ""
        return (
            f"{counted(len(shared), 'row')} of test set {name!r} {verb} in the training data: {first}{more}"
        )


def plain_texts(rows: pl.DataFrame, fields: tuple[str, ...], symmetric: bool) -> pl.DataFrame:
    """The ids and texts of examples, up to case and spacing; where a mirror is the same, in one order."""
    plain = in_one_order(rows.select(normalised(field) for field in fields), fields, symmetric)
    return plain.insert_column(0, rows["id"])
