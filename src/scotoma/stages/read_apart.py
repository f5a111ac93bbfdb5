"""Reads one source of examples and leaves out what stands in a test set.

In: a source, and the test sets. Out: as of `read_examples`; `reading.json` counts what was left out. Costs
seconds.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import polars as pl

from scotoma.stages.check_splits import plain_texts
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Step
from scotoma.tasks.reading.examples import Reading


class ReadApart(ReadExamples):
    """The rows of a grammar or file that no test set has, up to case and spacing.

    A grammar that wrote a test set writes some of its rows again from any seed.
    """

    version: ClassVar[int] = 1

    tests: tuple[ReadExamples, ...]

    def _apart(self, reading: Reading, rows_of: Callable[[Step], pl.DataFrame]) -> Reading:
        tested = pl.concat([plain_texts(rows_of(test), self.fields, self.symmetric) for test in self.tests])
        remaining = reading.table.join(
            plain_texts(reading.table, self.fields, self.symmetric)
            .join(tested, on=self.fields, how="anti")
            .select("id"),
            on="id",
            how="semi",
            maintain_order="left",
        )
        n_dropped = reading.table.height - remaining.height
        return replace(reading, table=remaining, dropped={**reading.dropped, "in a test set": n_dropped})
