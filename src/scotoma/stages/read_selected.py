"""Reads a test set whose rows do not say which heuristic they test, and lets predicates say it.

In: a source, and a predicate for each heuristic. Out: as of `read_examples`. A row belongs to the first
heuristic whose predicate holds on it; a row on which none holds tests no shortcut: it is left out, and
counted in `reading.json`. Costs seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import BlindSpot
from scotoma.blindspots.predicates.heuristic import RowPredicate
from scotoma.blindspots.predicates.tagging import tagged
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import ForeseenRows, NotForeseeable, Step
from scotoma.study.settings.sources import Source
from scotoma.tasks.reading.examples import Reading

UNSELECTED = "no heuristic's predicate holds"


class ReadSelected(ReadExamples):
    """The rows of one source on which a predicate holds, tagged with the heuristic it stands for.

    Attributes:
        select: Each heuristic's name and its predicate, in order.
    """

    version: ClassVar[int] = 1

    select: tuple[tuple[str, RowPredicate], ...]

    @property
    def runs_code(self) -> bool:
        """Whether a predicate is code of the user's own."""
        return any(predicate.code is not None for _, predicate in self.select)

    @property
    def _rows_named(self) -> tuple[object, ...]:
        return (*super()._rows_named, self.select)

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """The rows; of a grammar, only what it writes tells where a predicate holds.

        Raises:
            ScotomaError: as of `read`.
            NotForeseeable: as of `ReadExamples`, or the rows are for the user's own code to choose.
        """
        if self.runs_code:
            self.check((reading := self.whole()).table, reading.codes)
            raise NotForeseeable("rows are chosen by the study's own code, which planning does not run")
        foreseen = super().foresee(see)
        return ForeseenRows(foreseen.rows, notes=foreseen.notes, dropped=foreseen.dropped)

    def _heuristics(self, table: pl.DataFrame) -> list[str]:
        # What a predicate says of a row is not what the row says.
        return [""] * table.height

    def read(self) -> Reading:
        """The rows, and what was dropped.

        Raises:
            ScotomaError: rows say their heuristic themselves, or no predicate holds on any row.
        """
        reading = super().read()
        table = reading.table
        if (table["heuristic"] != "").any():
            raise ScotomaError(
                "rows say which heuristic they test, and the blind spot has predicates for it",
                where=f"{self.title}, column heuristic",
                remedy="Leave out `select`, or the column with columns heuristic: ''.",
            )
        selected = tagged(table, dict(self.select), self.fields, self.title)
        if not selected.height:
            raise ScotomaError(
                f"of {table.height} rows, none obeys a predicate of the blind spot",
                where=f"{self.title}, select",
                remedy="Correct the predicates, or give a test set with such rows.",
            )
        n_left_out = table.height - selected.height
        dropped = {**reading.dropped, **({UNSELECTED: n_left_out} if n_left_out else {})}
        return replace(reading, table=selected, dropped=dropped)


def read_blindspot(
    spot: BlindSpot, source: Source, fields: Sequence[str], task_labels: Iterable[str], seed: int
) -> ReadExamples:
    """The step that reads a blind spot's rows, from its own source or a smaller one."""
    stage = partial(ReadSelected, select=tuple(spot.select.items())) if spot.select else ReadExamples
    return stage(
        source=spot.read_by_name(source),
        fields=tuple(fields),
        labels=spot.in_order(task_labels),
        repeated_pairs="keep",
        seed=seed,
        spot=spot,
    )
