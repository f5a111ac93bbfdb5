"""Trains a generator: a language model of labelled examples, the label first.

In: a base and original examples, or the rows of a later round. Out: `adapter/` in peft's format, or `model/`;
`training.json`. The text after the generator prompt, up to and including the end marker, counts in the loss;
the prompt too where the study says so. The prompt has what the generator will read of a real row, if it does.
Costs about three forward passes over the data, the head of the language model included.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from scotoma.basics.randomness import seed_of
from scotoma.basics.records import EXAMPLES, read_table
from scotoma.stages.assemble import Assemble
from scotoma.stages.lengths import Lengths
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_rows import prompts_to_learn
from scotoma.stages.round_data import RoundData
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.base import Grown
from scotoma.study.settings.generators import Learned
from scotoma.study.settings.models import Adapter, Recipe
from scotoma.tasks import Task


class TrainGenerator(Grown, Step):
    """A language model that writes examples of a label.

    Attributes:
        seed: Seed of the new adapter, the order of rows and dropout; each has its own stream, new in each
            round.
        loss: Tokens that count in the loss.
        reads: What of a real row it is given for each row that it writes; while it learns, the same of the
            row itself.
        hidden: Share of the words that are hidden from it where it reads a whole row.
        called: Name that tells it from others of the study, for people; no part of the identity.
    """

    version: ClassVar[int] = 3
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = True
    leaves_weights: ClassVar[bool] = True
    later: ClassVar[tuple[str, ...]] = ("loss", "reads", "hidden")

    task: Task
    base: PrepareBase
    precision: Literal["bf16", "fp32"]
    adapter: Adapter
    data: Assemble | RoundData
    recipe: Recipe
    seed: int
    loss: Learned = "written"
    reads: str | None = None
    hidden: float | None = None
    called: str = Field("", exclude=True)

    @property
    def title(self) -> str:
        """Names the data."""
        return f"train generator {self.called}on {self.data.drawn}, seed {self.seed}"

    @property
    def round(self) -> int:
        """1 where it learns from original examples alone."""
        return self.data.round if isinstance(self.data, RoundData) else 1

    def seed_of_round(self, seed: int) -> int:
        """The seed itself in the first round, in every later one a seed of its own."""
        return seed if self.round == 1 else seed_of(seed, "round", self.round)

    def cost(self, forecast: Forecast) -> Cost:
        """Cost as of a classifier's training, plus the language-model head for each learned token."""
        lengths, rows = Lengths(self.base, self.task, forecast), self.data.rows(forecast)
        prompt_tokens, written = lengths.given(rows, self.reads)
        length = prompt_tokens + written
        learned = written if self.loss == "written" else length - 1
        return lengths.of_training(self.adapter, rows.n * self.recipe.epochs, length, learned)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the adapter or model, and `training.json`."""
        from scotoma.models import generator as models
        from scotoma.models.precision import computes_in
        from scotoma.models.sharding import loading_device
        from scotoma.models.together import team

        base = inputs(self.base)
        table = read_table(inputs(self.data) / EXAMPLES)
        device = loading_device(runtime.device)
        seed = self.seed_of_round(self.seed)
        prompts = prompts_to_learn(table, self.task, self.reads, self.hidden, seed)
        model = models.new_generator(base, self.precision, self.adapter, seed, device)
        trained = models.train_generator(
            model,
            base,
            self.task,
            table,
            self.precision,
            self.recipe,
            seed,
            runtime.progress,
            runtime.checkpoints,
            loss=self.loss,
            prompts=prompts,
        )
        if team().rank:
            return  # the leader of a team keeps what came out
        models.save_generator(model, self.base.name, out)
        report = {
            "n_examples": table.height,
            "computed_in": computes_in(self.precision, runtime.device),
            **trained.record(),
        }
        (out / "training.json").write_text(json.dumps(report) + "\n", encoding="utf8")
