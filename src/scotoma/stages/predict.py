"""Predicts every test set with one classifier, in one pass.

In: a classifier; named steps whose folders hold `examples.parquet`. Out: `predictions.parquet`: test,
id, gold, predicted, p_LABEL for each label, heuristic, subcase, template; in the order of the tests
and of their rows. And `prediction.json`: the batches as they fitted into memory, and whether the
prompt's beginning was computed once for all rows. Costs one forward pass over each row.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.records import read_table, write_table
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.store.steps import Runtime, Step
from scotoma.study.settings.base import Count
from scotoma.tasks import Task

_TAGS = ("heuristic", "subcase", "template")


class Predict(Step):
    """A prediction for every row of every test set.

    Attributes:
        tests: Name and step of each test set.
        batch_tokens: Most padded tokens in a batch.
    """

    version: ClassVar[int] = 1

    task: Task
    classifier: TrainClassifier
    tests: tuple[tuple[str, Step], ...]
    batch_tokens: Count

    @property
    def title(self) -> str:
        """Names the model."""
        return f"predict with {self.classifier.name}, seed {self.classifier.seed}"

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `predictions.parquet` and `prediction.json`."""
        from scotoma.models import classifier_training as training
        from scotoma.models import prediction

        table = pl.concat([_read(name, inputs(step), self.task.fields) for name, step in self.tests])
        base = inputs(self.classifier.base)
        rows = training.prompts(base, self.task, table)
        classifier = self.classifier.load(base, inputs(self.classifier), runtime)
        training.check_padding(classifier, rows, self.classifier.precision)
        found = prediction.predict_logits(classifier, rows, self.batch_tokens, runtime.progress)
        predictions = prediction.as_table(table, self.task.labels, found.logits)
        write_table(predictions, out / "predictions.parquet")
        how = {"batch_tokens": found.batch_tokens, "shared_prefix": classifier.shares}
        (out / "prediction.json").write_text(json.dumps(how) + "\n", encoding="utf8")


def _read(name: str, folder: Path, fields: tuple[str, ...]) -> pl.DataFrame:
    """A test set's rows, named; tags it does not have are empty."""
    table = read_table(folder / "examples.parquet")
    empty = [pl.lit("").alias(tag) for tag in _TAGS if tag not in table.columns]
    return table.with_columns(pl.lit(name).alias("test"), *empty).select(
        "test", "id", *fields, "label", *_TAGS
    )
