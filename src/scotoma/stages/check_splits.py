"""Refuses a study whose training data and test sets share rows.

In: the training data and every test set. Out: `splits.json` with what was compared. Costs seconds.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.errors import ScotomaError
from scotoma.records import read_table
from scotoma.stages.read_examples import ReadExamples
from scotoma.steps import Runtime, Step
from scotoma.tasks.same_row import normalised


class CheckSplits(Step):
    """No test row, up to case and spacing, stands in the training data."""

    version: ClassVar[int] = 1

    train: ReadExamples
    tests: tuple[tuple[str, ReadExamples], ...]
    fields: tuple[str, ...]

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `splits.json`.

        Raises:
            ScotomaError: a test set shares rows with the training data; names the first few.
        """
        train = plain_texts(inputs(self.train), self.fields)
        compared = {"train": train.height}
        for name, test in self.tests:
            rows = plain_texts(inputs(test), self.fields)
            shared = rows.join(train, on=self.fields, how="semi")
            if shared.height:
                raise ScotomaError(
                    f"{shared.height} rows of test set {name!r} stand in the training data, such as "
                    f"{', '.join(shared['id'].head(3))}",
                    where="data",
                    remedy="Remove them from one of the two: a test on trained rows says nothing.",
                )
            compared[name] = rows.height
        (out / "splits.json").write_text(json.dumps(compared, indent=1) + "\n", encoding="utf8")


def plain_texts(folder: Path, fields: tuple[str, ...]) -> pl.DataFrame:
    """The ids and texts of a step's examples, texts up to case and spacing."""
    return read_table(folder / "examples.parquet").select("id", *(normalised(field) for field in fields))
