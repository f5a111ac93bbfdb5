"""Predicts every test set with one classifier, in one pass.

In: a classifier; named steps whose folders hold `examples.parquet`. Out: `predictions.parquet`: test,
id, gold, predicted, p_LABEL for each label, heuristic, subcase, template; in the order of the tests
and of their rows. And `prediction.json`: the batches as they fitted into memory, and whether the
prompt's beginning was computed once for all rows. Costs one forward pass over each row.
"""

import contextlib
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.records import EXAMPLES, PREDICTIONS, read_table, write_table
from scotoma.stages.lengths import Lengths
from scotoma.stages.long_rows import check_long_rows
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.base import Count
from scotoma.tasks import Task

#: Of a compressed table, with three probabilities.
_BYTES_PER_PREDICTION = 30

_TAGS = ("heuristic", "subcase", "template")


class Predict(Step):
    """A prediction for every row of every test set.

    Attributes:
        tests: Name and step of each test set.
        batch_tokens: Most padded tokens in a batch.
    """

    version: ClassVar[int] = 2
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False

    task: Task
    classifier: TrainClassifier
    tests: tuple[tuple[str, Step], ...]
    batch_tokens: Count

    @property
    def title(self) -> str:
        """Names the model."""
        return f"predict with {self.classifier.name}, seed {self.classifier.seed}"

    def cost(self, forecast: Forecast) -> Cost:
        """A forward pass over each row; over the prompt's beginning once a batch."""
        lengths, tokens, n_rows = Lengths(self.classifier.base, self.task, forecast), 0.0, 0
        if self.classifier.answers is not None:
            return self._cost_of_words(self.classifier.answers, lengths, forecast)
        for _, test in self.tests:
            rows = test.rows(forecast)
            n_tokens = rows.n * lengths.of_classifier(rows)
            n_batches = math.ceil(n_tokens / self.batch_tokens)
            tokens += n_tokens - max(0, rows.n - n_batches) * lengths.of_instruction
            n_rows += rows.n
        weights = lengths.sizes.blocks + lengths.updates(self.classifier.adapter)
        return Cost(tokens, 2.0 * weights * tokens, _BYTES_PER_PREDICTION * n_rows)

    def _cost_of_words(self, answers: Answers, lengths: Lengths, forecast: Forecast) -> Cost:
        """A forward pass over each prompt for all labels of one token, and for each longer label's words."""
        words = lengths.of_words(answers.words.values())
        n_read, more = max(1, sum(n > 1 for n in words) + any(n <= 1 for n in words)), sum(words) - len(words)
        tokens, n_rows = 0.0, 0
        for _, test in self.tests:
            rows = test.rows(forecast)
            tokens += rows.n * (n_read * lengths.of_classifier(rows) + max(0.0, more))
            n_rows += rows.n
        weights = lengths.sizes.blocks + lengths.updates(self.classifier.adapter)
        flops = 2.0 * (weights * tokens + lengths.sizes.embeddings * n_rows * sum(words))
        return Cost(tokens, flops, _BYTES_PER_PREDICTION * n_rows)

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Looks whether any test row is longer than the base reads, where both are on this machine.

        Raises:
            ScotomaError: as of `run`.
            NotForeseeable: none is known to be.
        """
        base = self.classifier.base
        with contextlib.suppress(NotForeseeable):
            see(base)  # raises what is wrong with the base itself
        for name, test in self.tests:
            with contextlib.suppress(NotForeseeable):
                rows = see(test).rows
                check_long_rows(base, self.task, rows, f"test set {name!r}", self.classifier.answers)
        raise NotForeseeable("it needs a model")

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `predictions.parquet` and `prediction.json`."""
        from scotoma.models import classifier_training as training
        from scotoma.models import prediction
        from scotoma.models.precision import computes_in

        table = pl.concat([_read(name, inputs(step), self.task.fields) for name, step in self.tests])
        base = inputs(self.classifier.base)
        rows = training.prompts(base, self.task, table, self.classifier.answers)
        classifier = self.classifier.load(base, inputs(self.classifier), runtime)
        training.check_padding(classifier, rows, self.classifier.precision)
        logits = prediction.predict_logits(classifier, rows, self.batch_tokens, runtime.progress)
        predictions = prediction.as_table(table, self.task.labels, logits.logits)
        write_table(predictions, out / PREDICTIONS)
        how = {
            "batch_tokens": logits.batch_tokens,
            "shared_prefix": classifier.shares,
            "packed": classifier.packs,
            "computed_in": computes_in(self.classifier.precision, classifier.device),
        }
        (out / "prediction.json").write_text(json.dumps(how) + "\n", encoding="utf8")


def _read(name: str, folder: Path, fields: tuple[str, ...]) -> pl.DataFrame:
    """A test set's rows, named; tags it does not have are empty."""
    table = read_table(folder / EXAMPLES)
    empty = [pl.lit("").alias(tag) for tag in _TAGS if tag not in table.columns]
    return table.with_columns(pl.lit(name).alias("test"), *empty).select(
        "test", "id", *fields, "label", *_TAGS
    )
