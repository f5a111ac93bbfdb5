"""Lets a generator write rows of every label.

In: a generator, and the real rows that it reads if it does. Out: `raw.parquet`: id (`LABEL-ROW`), label (as
requested), row, text (prompt included), n_tokens (new ones), finished (the end marker or the end-of-text
token was reached), and where rows are read `read_row`, the id of the one that was. Costs one forward pass
over each written token, the language-model head included, and over what is read.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.records import EXAMPLES, read_table, write_table
from scotoma.stages.assemble import Assemble
from scotoma.stages.lengths import Lengths
from scotoma.stages.read_rows import READ_ROW, ReadByLabel, prompts_to_write, rows_to_read
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.costs import Cost, Rows, size_of_texts
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.base import Grown
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


class Sample(Grown, Step):
    """Raw rows, before any screen.

    Attributes:
        originals: The real rows that it reads, which are those that it learned from in its first round; None
            where it reads none.
        seed: With the label and the row's number it names the row's random stream; from the second round on
            the round does, too.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False
    later: ClassVar[tuple[str, ...]] = ("originals",)

    task: Task
    generator: TrainGenerator
    sampling: Sampling
    seed: int
    originals: Assemble | None = None

    @property
    def reads(self) -> str | None:
        """What of a real row is given for each row that it writes."""
        return self.generator.reads

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
        """A forward pass over each written token, the language-model head included, and what is read."""
        generator, rows = self.generator, self.generator.data.rows(forecast)
        lengths = Lengths(generator.base, self.task, forecast)
        n, sizes = self.sampling.candidates_per_label * len(self.task.labels), lengths.sizes
        given, written = lengths.given(rows, self.reads)
        # Rows of a label that read nothing have one prompt, and it is computed once a wave.
        read, tokens = (n * given if self.reads else 0.0), n * written
        layers = sizes.blocks + lengths.updates(generator.adapter)
        flops = 2.0 * layers * (read + tokens) + 2.0 * sizes.embeddings * tokens
        return Cost(read + tokens, flops, raw_size(n, rows, self.task, forecast))

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `raw.parquet`."""
        from scotoma.models.base import load_tokenizer
        from scotoma.models.generator import load_generator
        from scotoma.models.sampling import sample

        g = self.generator
        base = inputs(g.base)
        model = load_generator(base, inputs(g), g.precision, g.adapter, runtime.device)
        read = self._read(inputs)
        prompts = {label: self._prompts(label, read.get(label)) for label in self.task.labels}
        rows = sample(
            model,
            load_tokenizer(base),
            {label: [before + begun for before, begun in of_label] for label, of_label in prompts.items()},
            self.task.end_marker,
            self.sampling,
            g.seed_of_round(self.seed),
            runtime.progress,
        )
        # Of a row that was read, the text is what was given, not what a tokenizer makes of it.
        texts = [prompts[label][row][1] + w.added if read else w.text for label, row, w in rows]
        found = [
            (label, row, text, w.n_tokens, w.finished)
            for (label, row, w), text in zip(rows, texts, strict=True)
        ]
        write_raw(found, out, read)

    def _read(self, inputs: Callable[[Step], Path]) -> ReadByLabel:
        """The real row that is read for each row of a label; nothing where none is."""
        if self.originals is None or self.reads is None:
            return {}
        rows, n = read_table(inputs(self.originals) / EXAMPLES), self.sampling.candidates_per_label
        seed = self.generator.seed_of_round(self.seed)
        return {
            label: rows_to_read(rows, self.task, label, self.reads, n, seed) for label in self.task.labels
        }

    def _prompts(self, label: str, read: list[dict[str, str]] | None) -> list[tuple[str, str]]:
        """What stands before each row of a label, and the beginning of the row itself."""
        g, task = self.generator, self.task
        if read is None or g.reads is None:
            return [("", task.generator_prompt(label))] * self.sampling.candidates_per_label
        return prompts_to_write(read, task, label, g.reads, g.hidden, g.seed_of_round(self.seed))


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


def write_raw(
    rows: Sequence[tuple[str, int, str, int | None, bool]], out: Path, read: ReadByLabel | None = None
) -> None:
    """Writes `raw.parquet`: of every row its label, number, text, new tokens, and whether it is finished.

    Args:
        rows: These, for each.
        out: Folder for the file.
        read: The real row that was read for each row of a label, by the row's number.
    """
    table = [(f"{label}-{number}", label, number, *rest) for label, number, *rest in rows]
    raw = pl.DataFrame(table, schema=_COLUMNS, orient="row")
    if read:
        ids = [read[label][number]["id"] for label, number, *_ in rows]
        raw = raw.with_columns(pl.Series(READ_ROW, ids, dtype=pl.String))
    write_table(raw, out / RAW)
