"""Reads a test set whose rows do not say which heuristic they test, and lets predicates say it.

In: a source, and a predicate for each heuristic. Out: as of `read_examples`. A row belongs to the first
heuristic whose predicate holds on it; a row on which none holds tests no shortcut: it is left out, and
counted in `reading.json`. Costs seconds.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from scotoma.blindspots import BlindSpot
from scotoma.blindspots.heuristic import RowPredicate
from scotoma.blindspots.tagging import tagged
from scotoma.errors import ScotomaError
from scotoma.settings import Source
from scotoma.stages.read_examples import ReadExamples
from scotoma.tasks.readers import Reading

UNSELECTED = "no heuristic's predicate holds"


class ReadSelected(ReadExamples):
    """The rows of one source on which a predicate holds, tagged with the heuristic it stands for.

    Attributes:
        select: Each heuristic's name and its predicate, in order.
    """

    version: ClassVar[int] = 1

    select: tuple[tuple[str, RowPredicate], ...]

    def read(self) -> Reading:
        """The rows, and what was dropped.

        Raises:
            ScotomaError: rows say their heuristic themselves, or no predicate holds on any row.
        """
        whole = super().read()
        table = whole.table
        if (table["heuristic"] != "").any():
            raise ScotomaError(
                "rows say which heuristic they test, and the blind spot has predicates for it",
                where=f"{self.title}, column heuristic",
                remedy="Leave out `select`, or the column with columns heuristic: ''.",
            )
        selected = tagged(table, dict(self.select), self.fields, self.title)
        if not selected.height:
            raise ScotomaError(
                f"of {table.height} rows none obeys a predicate of the blind spot",
                where=f"{self.title}, select",
                remedy="Mend the predicates, or give a test set with such rows.",
            )
        n_left_out = table.height - selected.height
        return Reading(selected, {**whole.dropped, **({UNSELECTED: n_left_out} if n_left_out else {})})


def read_blindspot(
    spot: BlindSpot, source: Source, fields: Sequence[str], task_labels: Iterable[str], seed: int
) -> ReadExamples:
    """The step that reads a blind spot's rows, from its own source or a smaller one."""
    labels = spot.in_order(task_labels)
    step = ReadExamples(source=source, fields=tuple(fields), labels=labels, repeated_pairs="keep", seed=seed)
    return ReadSelected(**dict(step), select=tuple(spot.select.items())) if spot.select else step
