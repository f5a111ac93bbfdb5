"""Reads one source of examples and leaves out what stands in a test set.

In: a source, and the test sets. Out: as of `read_examples`; `reading.json` counts what was left out. Costs
seconds.
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.stages.check_splits import plain_texts
from scotoma.stages.read_examples import ReadExamples
from scotoma.steps import Step
from scotoma.tasks.readers import Reading
from scotoma.tasks.same_row import normalised


class ReadApart(ReadExamples):
    """The rows of a grammar or file that no test set has, up to case and spacing.

    A grammar that wrote a test set writes some of its rows again from any seed.
    """

    version: ClassVar[int] = 1

    tests: tuple[ReadExamples, ...]

    def _apart(self, reading: Reading, inputs: Callable[[Step], Path]) -> Reading:
        tested = pl.concat([plain_texts(inputs(test), self.fields) for test in self.tests])
        texts = reading.table.with_columns(normalised(field).alias(f"plain {field}") for field in self.fields)
        kept = texts.join(
            tested, left_on=[f"plain {field}" for field in self.fields], right_on=self.fields, how="anti"
        ).select(reading.table.columns)
        n_dropped = reading.table.height - kept.height
        return Reading(kept, {**reading.dropped, "in a test set": n_dropped})
