"""Embeds the texts of examples with the study's own base model, as it is.

In: a base, and examples. Out: `embeddings.npy`, float32, a row for each example in their order: the mean of
the last hidden states over the tokens of its texts. Costs one forward pass over each row.
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from scotoma.basics.records import EXAMPLES, read_table
from scotoma.stages.lengths import Lengths
from scotoma.stages.prepare_base import PrepareBase
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.base import Count
from scotoma.study.settings.models import Adapter
from scotoma.tasks import Task


class Embed(Step):
    """A vector for every example of a step.

    Attributes:
        adapter: The study's; qlora holds the base in 4 bits, and nothing else of it matters here.
        examples: A step whose folder holds `examples.parquet`.
        batch_tokens: Most padded tokens in a batch.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False

    task: Task
    base: PrepareBase
    precision: Literal["bf16", "fp32"]
    adapter: Adapter
    examples: Step
    batch_tokens: Count

    @property
    def title(self) -> str:
        """Names what is embedded."""
        return f"embed what came of: {self.examples.title}"

    def cost(self, forecast: Forecast) -> Cost:
        """A forward pass over each row, and a vector of 4-byte numbers."""
        rows, lengths = self.examples.rows(forecast), Lengths(self.base, self.task, forecast)
        tokens, sizes = rows.n * lengths.of_texts(rows), lengths.sizes
        return Cost(tokens, 2.0 * sizes.blocks * tokens, 4.0 * sizes.width * rows.n)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `embeddings.npy`."""
        from scotoma.models.embedding import embed

        table = read_table(inputs(self.examples) / EXAMPLES)
        texts = [" ".join(row) for row in table.select(self.task.fields).iter_rows()]
        embeddings = embed(
            inputs(self.base),
            self.precision,
            self.adapter,
            texts,
            self.batch_tokens,
            runtime.device,
            runtime.progress,
        )
        np.save(out / "embeddings.npy", embeddings, allow_pickle=False)
