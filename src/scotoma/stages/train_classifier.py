"""Trains a task model, from its base or from an earlier task model.

In: a base; a start, whose adapter and head are trained on with a new learning-rate cycle; examples.
Out: `adapter/` in peft's format, the head in it, or `model/`; `head.json`; `training.json`: losses, in
how many parts and processes, and whether the prompt's beginning was computed once for all rows of a batch.
A task model that answers by likelihood has no head: it learns the words of the label after each prompt, and
`words.json` takes the place of `head.json`.
Without data the fresh head and adapter are saved as they are drawn: the start that saw nothing.
Costs about three forward passes over the data.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from scotoma.basics.records import EXAMPLES, read_table
from scotoma.stages.assemble import Assemble
from scotoma.stages.lengths import BYTES_OF_CHECKPOINTS, Lengths
from scotoma.stages.prepare_base import PrepareBase
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.answers import Answers
from scotoma.study.settings.base import Grown
from scotoma.study.settings.models import Adapter, Recipe
from scotoma.tasks import Task

if TYPE_CHECKING:
    from scotoma.models.task_model import TaskModel


class TrainClassifier(Grown, Step):
    """A classifier over the task's labels.

    Attributes:
        start: An earlier classifier to train on; none for a fresh one.
        data: What to train on; none to save the fresh classifier as it is.
        seed: Seed of the new head and adapter, the order of rows and dropout; each has its own stream.
        answers: How it answers without a head, with the words of every label; None with a head.
        called: Name that tells its base from others of the study, for people; no part of the identity.
    """

    version: ClassVar[int] = 3
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = True
    leaves_weights: ClassVar[bool] = True
    later: ClassVar[tuple[str, ...]] = ("answers",)

    task: Task
    base: PrepareBase
    precision: Literal["bf16", "fp32"]
    adapter: Adapter
    start: "TrainClassifier | None"
    data: Assemble | None
    recipe: Recipe | None
    seed: int
    answers: Answers | None = None
    called: str = Field("", exclude=True)

    @model_validator(mode="after")
    def _data_have_a_recipe(self) -> Self:
        if (self.data is None) != (self.recipe is None):
            raise ValueError("data and recipe are given together, or neither")
        return self

    @property
    def name(self) -> str:
        """What it was trained on, in order: `original-4000 + synthetic-1500`."""
        own = self.data.drawn if self.data else "untrained"
        return f"{self.start.name} + {own}" if self.start else f"{self.called}{own}"

    @property
    def title(self) -> str:
        """Names the start and the data."""
        return f"train classifier on {self.name}, seed {self.seed}"

    def cost(self, forecast: Forecast) -> Cost:
        """Six operations for each weight and token where the base trains; less with an adapter."""
        lengths, adapter = Lengths(self.base, self.task, forecast), self.adapter
        if self.answers is not None:
            return self._cost_of_words(self.answers, lengths, forecast)
        sizes = lengths.sizes
        trained = len(self.task.labels) * sizes.width
        if adapter.kind == "full":
            trained += sizes.blocks + sizes.embeddings
        else:
            trained += lengths.updates(adapter)
        if self.data is None or self.recipe is None:
            return Cost(size=4.0 * trained)
        rows = self.data.rows(forecast)
        n = rows.n * self.recipe.epochs
        tokens = n * lengths.of_classifier(rows)
        if adapter.kind == "full" or not adapter.dropout:
            tokens -= (n - n / self.recipe.batch_size) * lengths.of_instruction
        flops = tokens * lengths.training_flops(adapter)
        return Cost(tokens, flops, size=4.0 * trained, transient=BYTES_OF_CHECKPOINTS * trained)

    def _cost_of_words(self, answers: Answers, lengths: Lengths, forecast: Forecast) -> Cost:
        """Cost as of a generator's training: every row is a prompt and its label's words."""
        if self.data is None or self.recipe is None:
            return Cost(size=4.0 * lengths.trained(self.adapter))
        rows = self.data.rows(forecast)
        n_words = fmean(lengths.of_words(answers.words.values()))
        length = lengths.of_classifier(rows) + n_words
        learned = n_words if answers.loss == "answer" else length - 1
        return lengths.of_training(self.adapter, rows.n * self.recipe.epochs, length, learned)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the adapter or model, `head.json` and `training.json`."""
        from scotoma.models import classifier_training as training
        from scotoma.models.classifier import save_classifier
        from scotoma.models.headless import save_headless
        from scotoma.models.precision import computes_in
        from scotoma.models.sharding import gather, loading_device
        from scotoma.models.together import team
        from scotoma.models.training import Trained

        base = inputs(self.base)
        classifier = self._first(base, inputs, replace(runtime, device=loading_device(runtime.device)))
        training.shard_over_team(classifier)
        rows, trained = training.probes(base, self.task, self.answers), Trained([], 1, 1, packed=False)
        if self.data is not None and self.recipe is not None:
            table = read_table(inputs(self.data) / EXAMPLES)
            rows = training.prompts(base, self.task, table, self.answers)
            labels = [self.task.labels.index(label) for label in table["label"]]
            training.check_padding(classifier, rows, self.precision)
            trained = training.train_classifier(
                classifier, rows, labels, self.recipe, self.seed, runtime.progress, runtime.checkpoints
            )
        before = training.seen(classifier, rows)
        gather(classifier)
        if team().rank:
            return  # the leader of a team keeps what came out
        if self.answers is None:
            save_classifier(classifier, self.task.labels, self.base.name, out)
        else:
            save_headless(classifier.model, base, self.base.name, self.answers, out)
        report = {
            "n_examples": len(rows) if trained.losses else 0,
            "shared_prefix": classifier.shares_in_training,
            "computed_in": computes_in(self.precision, runtime.device),
            **trained.record(),
        }
        (out / "training.json").write_text(json.dumps(report) + "\n", encoding="utf8")
        training.check_saved(before, lambda: self.load(base, out, runtime), rows, self.precision)

    def load(self, base: Path, folder: Path, runtime: Runtime, **how: Any) -> "TaskModel":
        """The classifier that this step's folder holds, to predict with or to train on."""
        from scotoma.models.classifier import load_classifier

        return load_classifier(
            base,
            folder,
            self.precision,
            self.adapter,
            self.task.labels,
            runtime.device,
            answers=self.answers,
            **how,
        )

    def _first(self, base: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> "TaskModel":
        from scotoma.models.classifier import new_classifier

        if self.start is not None:
            return self.load(base, inputs(self.start), runtime, trainable=True)
        return new_classifier(
            base,
            self.precision,
            self.adapter,
            self.task.labels,
            self.seed,
            runtime.device,
            self.answers,
        )
