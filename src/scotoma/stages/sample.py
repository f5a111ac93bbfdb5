"""Lets a generator write rows of every label.

In: a generator, and the real rows that it reads if it does. Out: `raw.parquet`: id (`LABEL-ROW`), label (as
requested), row, text (prompt included), n_tokens (new ones), finished (the end marker or the end-of-text
token was reached), and where rows are read `read_row`, the id of the one that was. Costs one forward pass
over each written token, the language-model head included, and over what is read.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar, NamedTuple

import polars as pl

from scotoma.basics.records import EXAMPLES, read_table, write_table
from scotoma.stages.assemble import Assemble
from scotoma.stages.lengths import Lengths
from scotoma.stages.read_rows import READ_ROW, ReadByLabel, RowsToWrite, prompts_to_write, read_for
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.costs import Cost, Rows, size_of_texts
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.base import Grown
from scotoma.study.settings.models import Sampling
from scotoma.tasks import Task

#: The file of rows as they were written, before any screen.
RAW = "raw.parquet"


class Raw(NamedTuple):
    """A row as it was written.

    Attributes:
        label: The label that was requested.
        row: Its number among the rows of its label.
        text: What was written, after the beginning that was given.
        n_tokens: New tokens; None where they are not known.
        finished: Whether it ends as it should.
        read_row: Id of the real row that was read; None where none was.
    """

    label: str
    row: int
    text: str
    n_tokens: int | None
    finished: bool
    read_row: str | None = None


#: Gives the rows that are wanted, in order of labels and numbers.
Writer = Callable[[RowsToWrite], list[Raw]]

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
    is_asked: ClassVar[bool] = False
    """Whether a server writes the rows."""
    later: ClassVar[tuple[str, ...]] = ("originals",)

    task: Task
    generator: TrainGenerator
    sampling: Sampling
    seed: int
    originals: Assemble | None = None

    @property
    def reads(self) -> str | None:
        """The part of a real row that is given for each row that it writes."""
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
        prompt_tokens, written = lengths.given(rows, self.reads)
        # Rows of a label that read nothing have one prompt, and it is computed once a wave.
        read, tokens = (n * prompt_tokens if self.reads else 0.0), n * written
        layers = sizes.blocks + lengths.updates(generator.adapter)
        flops = 2.0 * layers * (read + tokens) + 2.0 * sizes.embeddings * tokens
        return Cost(read + tokens, flops, raw_size(n, rows, self.task, forecast))

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `raw.parquet`."""
        with self.writing(inputs, runtime, out) as write:
            write_raw(write(RowsToWrite(self.task.labels, range(self.sampling.candidates_per_label))), out)

    @contextmanager
    def writing(self, inputs: Callable[[Step], Path], runtime: Runtime, out: Path) -> Iterator[Writer]:
        """What writes the rows that are wanted; the model is loaded once."""
        from scotoma.models.base import load_tokenizer
        from scotoma.models.generator import load_generator
        from scotoma.models.sampling import sample

        g = self.generator
        base = inputs(g.base)
        model = load_generator(base, inputs(g), g.precision, g.adapter, runtime.device)
        tokenizer, seed = load_tokenizer(base), g.seed_of_round(self.seed)
        originals = read_table(inputs(self.originals) / EXAMPLES) if self.originals else None

        def write(rows: RowsToWrite) -> list[Raw]:
            read = {} if originals is None else read_for(self.task, originals, self.reads, seed, rows)
            prompts = {label: self._prompts(label, read.get(label), rows.numbers) for label in rows.labels}
            samples = sample(
                model,
                tokenizer,
                {label: [before + own for before, own in of_label] for label, of_label in prompts.items()},
                self.task.end_marker,
                self.sampling,
                seed,
                runtime.progress,
                rows.numbers,
            )
            # Of a row that was read, the text is what was given, not what a tokenizer makes of it.
            owns = [own for of_label in prompts.values() for _, own in of_label]
            return [
                Raw(label, row, own + w.added if read else w.text, w.n_tokens, w.finished, id)
                for (label, row, w), own, id in zip(samples, owns, ids_of(read, rows), strict=True)
            ]

        yield write

    def _prompts(
        self, label: str, read: list[dict[str, str]] | None, numbers: range
    ) -> list[tuple[str, str]]:
        """What stands before each row of a label, and the beginning of the row itself."""
        g, task = self.generator, self.task
        if read is None or g.reads is None:
            return [("", task.generator_prompt(label))] * len(numbers)
        seed = g.seed_of_round(self.seed)
        return prompts_to_write(read, task, label, g.reads, g.hidden, seed, numbers.start)


def raw_size(n: int, rows: Rows, task: Task, forecast: Forecast) -> float:
    """Bytes of `raw.parquet`.

    Args:
        n: Number of rows to be written.
        rows: Rows that look as the written ones will.
        task: Task whose markers appear in every row.
        forecast: Collects the assumptions that the estimate makes.
    """
    forecast.assume("Sampled rows are assumed to be as long as original ones.")
    return size_of_texts(n, rows.characters + len(task.generator_text))


def ids_of(read: ReadByLabel, rows: RowsToWrite) -> list[str | None]:
    """The id of the real row that is read for each, in order of labels and numbers; None where none is."""
    if not read:
        return [None] * (len(rows.labels) * len(rows.numbers))
    return [row["id"] for label in rows.labels for row in read[label]]


def write_raw(rows: Sequence[Raw], out: Path) -> None:
    """Writes `raw.parquet`."""
    table = [(f"{row.label}-{row.row}", *row[:-1]) for row in rows]
    raw = pl.DataFrame(table, schema=_COLUMNS, orient="row")
    if any(row.read_row is not None for row in rows):
        raw = raw.with_columns(pl.Series(READ_ROW, [row.read_row for row in rows], dtype=pl.String))
    write_table(raw, out / RAW)
