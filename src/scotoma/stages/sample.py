"""Lets a generator write rows of every label.

In: a generator. Out: `raw.parquet`: id (`LABEL-ROW`), label (as requested), row, text (prompt
included), n_tokens (new ones), finished (the end marker or the end-of-text token was reached). Costs one
forward pass over each written token, the language-model head included.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.records import write_table
from scotoma.stages.lengths import Lengths
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.costs import Cost, Rows, size_of_texts
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.models import Sampling
from scotoma.tasks import Task

#: The file of rows as they were written, before any screen.
RAW = "raw.parquet"

_COLUMNS = {
    "id": pl.String,
    "label": pl.String,
    "row": pl.Int64,
    "text": pl.String,
    "n_tokens": pl.Int64,
    "finished": pl.Boolean,
}


class Sample(Step):
    """Raw rows, before any screen.

    Attributes:
        seed: With the label and the row's number it names the row's random stream; from the second round on
            the round does, too.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False

    task: Task
    generator: TrainGenerator
    sampling: Sampling
    seed: int

    @property
    def round(self) -> int:
        """The round of its generator."""
        return self.generator.round

    @property
    def title(self) -> str:
        """Names the generator's data."""
        g = self.generator
        return f"sample from the generator {g.called}of {g.data.drawn}, seed {self.seed}"

    def cost(self, forecast: Forecast) -> Cost:
        """A forward pass over each written token, the language-model head included."""
        generator, rows = self.generator, self.generator.data.rows(forecast)
        lengths = Lengths(generator.base, self.task, forecast)
        n = self.sampling.candidates_per_label * len(self.task.labels)
        tokens, sizes = n * (lengths.of_generator(rows) - lengths.of_prompt), lengths.sizes
        weights = sizes.blocks + sizes.embeddings + lengths.updates(generator.adapter)
        return Cost(tokens, 2.0 * weights * tokens, raw_size(n, rows, self.task, forecast))

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `raw.parquet`."""
        from scotoma.models.base import load_tokenizer
        from scotoma.models.generator import load_generator
        from scotoma.models.sampling import sample

        g = self.generator
        base = inputs(g.base)
        model = load_generator(base, inputs(g), g.precision, g.adapter, runtime.device)
        prompts = {label: self.task.generator_prompt(label) for label in self.task.labels}
        rows = sample(
            model,
            load_tokenizer(base),
            prompts,
            self.task.end_marker,
            self.sampling,
            g.seed_of_round(self.seed),
            runtime.progress,
        )
        write_raw([(label, row, w.text, w.n_tokens, w.finished) for label, row, w in rows], out)


def raw_size(n: int, rows: Rows, task: Task, forecast: Forecast) -> float:
    """Bytes of `raw.parquet`.

    Args:
        n: Number of rows to be written.
        rows: Rows that look as the written ones will.
        task: Task whose markers appear in every row.
        forecast: Collects the assumptions that the estimate makes.
    """
    forecast.assume("Sampled rows are as long as original ones.")
    return size_of_texts(n, rows.characters + len(task.generator_text))


def write_raw(rows: Sequence[tuple[str, int, str, int | None, bool]], out: Path) -> None:
    """Writes `raw.parquet`: of every row its label, number, text, new tokens, and whether it is finished."""
    table = [(f"{label}-{number}", label, number, *rest) for label, number, *rest in rows]
    write_table(pl.DataFrame(table, schema=_COLUMNS, orient="row"), out / RAW)
