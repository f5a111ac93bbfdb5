"""Trains a generator: a language model of labelled examples, the label first.

In: a base and original examples. Out: `adapter/` in peft's format, or `model/`; `training.json`.
Only the text after the generator prompt, up to and including the end marker, counts in the loss.
Costs about three forward passes over the data, the language-model head included.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

from scotoma.records import read_table
from scotoma.settings import Adapter, Recipe
from scotoma.stages.assemble import Assemble
from scotoma.stages.prepare_base import PrepareBase
from scotoma.steps import Runtime, Step
from scotoma.tasks import Task


class TrainGenerator(Step):
    """A language model that writes examples of a label.

    Attributes:
        seed: Of the fresh adapter, the order of rows, and dropout: a stream for each.
    """

    version: ClassVar[int] = 1

    task: Task
    base: PrepareBase
    precision: Literal["bf16", "fp32"]
    adapter: Adapter
    data: Assemble
    recipe: Recipe
    seed: int

    @property
    def title(self) -> str:
        """Names the data."""
        return f"train generator on {self.data.drawn}, seed {self.seed}"

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the adapter or model, and `training.json`."""
        from scotoma.models import generator as models
        from scotoma.models.sharding import loading_device
        from scotoma.models.together import team

        base = inputs(self.base)
        table = read_table(inputs(self.data) / "examples.parquet")
        device = loading_device(runtime.device)
        model = models.new_generator(base, self.precision, self.adapter, self.seed, device)
        trained = models.train_generator(
            model,
            base,
            self.task,
            table,
            self.precision,
            self.recipe,
            self.seed,
            runtime.progress,
            runtime.checkpoints,
        )
        if team().rank:
            return  # the leader of a team keeps what came out
        models.save_generator(model, self.base.name, out)
        report = {
            "n_examples": table.height,
            "n_steps": len(trained.losses),
            "parts": trained.parts,
            "processes": trained.processes,
            "loss": trained.losses,
        }
        (out / "training.json").write_text(json.dumps(report) + "\n", encoding="utf8")
