"""Lets a model that was not trained for it write rows of every label, from a prompt.

In: a base, and the original examples that stand before each row's prompt or are read for it. Out:
`raw.parquet`, as of a trained generator (see `sample`); the text begins with the task's prompt, what stood
before it left out. Costs one forward pass over each row's prompt (over each label's, if it has neither
examples nor a row that is read) and over each written token.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.basics.records import EXAMPLES, read_table
from scotoma.stages.lengths import Lengths
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.prompts import check_shots, row_prompts
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_rows import RowsToWrite, read_for
from scotoma.stages.sample import Raw, Writer, ids_of, raw_size, write_raw
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step
from scotoma.study.settings.generators import Prompting
from scotoma.study.settings.models import Adapter, Sampling
from scotoma.tasks import Task

if TYPE_CHECKING:
    from scotoma.models.sampling import Sampled


class SamplePrompted(Step):
    """Raw rows of a prompted model, before any screen.

    Attributes:
        adapter: The model's; qlora holds it in 4 bits, and nothing else of it matters here.
        seed: With the label and the row's number it names the row's random streams.
    """

    version: ClassVar[int] = 2
    loads_model: ClassVar[bool] = True
    shared_by_team: ClassVar[bool] = False
    is_asked: ClassVar[bool] = False
    """Whether a server writes the rows."""

    task: Task
    base: PrepareBase
    precision: Literal["bf16", "fp32"]
    adapter: Adapter
    corpus: ReadExamples
    prompting: Prompting
    seed: int

    @property
    def title(self) -> str:
        """Names the model and the shots."""
        return f"sample from {self.base.name} with {self.prompting.shots} shots, seed {self.seed}"

    @property
    def sampling(self) -> Sampling:
        """How it writes."""
        return self.prompting.sampling

    @property
    def reads(self) -> str | None:
        """The part of a real row that is given for each row that it writes."""
        return self.prompting.reads

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Counts the examples that can be shown.

        Raises:
            ScotomaError: a label has fewer than are asked for.
            NotForeseeable: what is written is not known before.
        """
        check_shots(see(self.corpus).by_label, self.prompting, self.task.labels)
        raise NotForeseeable("it needs a model")

    def cost(self, forecast: Forecast) -> Cost:
        """A forward pass over what is read and what is written, the head for the latter alone."""
        rows, lengths = self.corpus.rows(forecast), Lengths(self.base, self.task, forecast)
        n, shots = self.sampling.candidates_per_label * len(self.task.labels), self.prompting.shots
        (prompt_tokens, written), reads = lengths.given(rows, self.prompting.reads), self.prompting.reads
        # Without examples, rows of a label have one prompt, and it is computed once a wave.
        read = n * (shots * lengths.of_generator(rows) + prompt_tokens) if shots or reads else 0.0
        written, sizes = n * written, lengths.sizes
        flops = 2.0 * sizes.blocks * (read + written) + 2.0 * sizes.embeddings * written
        return Cost(read + written, flops, raw_size(n, rows, self.task, forecast))

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes `raw.parquet`."""
        with self.writing(inputs, runtime, out) as write:
            write_raw(write(RowsToWrite(self.task.labels, range(self.sampling.candidates_per_label))), out)

    @contextmanager
    def writing(self, inputs: Callable[[Step], Path], runtime: Runtime, out: Path) -> Iterator[Writer]:
        """What writes the rows that are wanted; the model is loaded once."""
        from scotoma.models.base import load_tokenizer
        from scotoma.models.generator import load_untrained
        from scotoma.models.sampling import sample

        base = inputs(self.base)
        corpus = read_table(inputs(self.corpus) / EXAMPLES)
        check_shots(dict(corpus["label"].value_counts().iter_rows()), self.prompting, self.task.labels)
        model = load_untrained(base, self.precision, self.adapter, runtime.device)
        tokenizer = load_tokenizer(base)

        def write(rows: RowsToWrite) -> list[Raw]:
            read = read_for(self.task, corpus, self.reads, self.seed, rows)
            prompts = row_prompts(self.task, corpus, self.prompting, self.seed, read, rows)
            samples = sample(
                model,
                tokenizer,
                {label: [prompt.whole for prompt in of_label] for label, of_label in prompts.items()},
                self.task.end_marker,
                self.prompting.sampling,
                self.seed,
                runtime.progress,
                rows.numbers,
            )
            own = [prompt.own for of_label in prompts.values() for prompt in of_label]
            ids = ids_of(read, rows)
            return [
                Raw(label, row, begun + self._closed(w), w.n_tokens, w.finished, id)
                for (label, row, w), begun, id in zip(samples, own, ids, strict=True)
            ]

        yield write

    def _closed(self, written: "Sampled") -> str:
        """What was added; a model that was never shown the end marker may end its text without it."""
        if written.finished and self.task.end_marker not in written.added:
            return f"{written.added} {self.task.end_marker}"
        return written.added
