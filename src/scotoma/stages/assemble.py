"""Draws the data of one arm, or of a start: label-balanced, nested, and an error when there is too little.

In: the original examples, and for the synthetic arms the screened pool. Out: `examples.parquet` in
a fixed order, with a column `origin`. Costs seconds.
"""

from typing import ClassVar

from scotoma.settings import Arm, Heuristic
from scotoma.stages.read_examples import ReadExamples
from scotoma.store import Step


class Assemble(Step):
    """The rows of one arm (being written)."""

    version: ClassVar[int] = 1
