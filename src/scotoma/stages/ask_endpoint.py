"""Asks a server for rows of every label.

In: the original examples that stand before each row's prompt or are read for it. Out: `raw.parquet`, as of a
trained generator (see `sample`); `asked.parquet`: id, prompt, seed, answer, finish_reason, and as the server
reports them model, fingerprint, prompt_tokens, completion_tokens; `usage.json`: sums of these tokens. Costs
what the server costs; needs no device.

The same answers cannot be obtained again, so they are recorded: everything after them can be made again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from scotoma.basics.randomness import seed_of
from scotoma.basics.records import EXAMPLES, read_table
from scotoma.models.endpoint import Answer, Client, Question, ask_all
from scotoma.stages.prompts import RowPrompt, check_shots, row_prompts
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_rows import RowsToWrite, read_for
from scotoma.stages.sample import Raw, Writer, ids_of, raw_size, write_raw
from scotoma.stages.server_answers import SEEDS, record_answers
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, ForeseenRows, NotForeseeable, Runtime, Step
from scotoma.study.settings.generators import Endpoint
from scotoma.study.settings.models import Sampling
from scotoma.tasks import Task


class AskEndpoint(Step):
    """Raw rows of a server, before any screen.

    Attributes:
        seed: With the label and the row's number it names the row's draw of examples, and its seed.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False
    is_asked: ClassVar[bool] = True
    """Whether a server writes the rows."""

    task: Task
    endpoint: Endpoint
    corpus: ReadExamples
    seed: int

    @property
    def title(self) -> str:
        """Names the model and the server."""
        return f"ask {self.endpoint.model} at {self.endpoint.url}, seed {self.seed}"

    @property
    def sampling(self) -> Sampling:
        """How it writes."""
        return self.endpoint.sampling

    @property
    def reads(self) -> str | None:
        """The part of a real row that is given for each row that it writes."""
        return self.endpoint.reads

    def foresee(self, see: Callable[[Step], ForeseenRows]) -> ForeseenRows:
        """Counts the examples that can be shown.

        Raises:
            ScotomaError: a label has fewer than are asked for.
            NotForeseeable: what is written is not known before.
        """
        check_shots(see(self.corpus).by_label, self.endpoint, self.task.labels)
        raise NotForeseeable("it needs a server")

    def cost(self, forecast: Forecast) -> Cost:
        """Only disk space here; a note says that the server's costs are not counted."""
        n, most = self.sampling.candidates_per_label * len(self.task.labels), self.sampling.max_new_tokens
        forecast.assume(
            f"What {self.endpoint.model} costs at {self.endpoint.url} is not counted: {n:,} rows of up to "
            f"{most} new tokens a replicate."
        )
        raw = raw_size(n, self.corpus.rows(forecast), self.task, forecast)
        return Cost(size=(2 + self.endpoint.shots + (self.endpoint.reads is not None)) * raw)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the rows, the questions and answers, and the tokens used."""
        with self.writing(inputs, runtime, out) as write:
            write_raw(write(RowsToWrite(self.task.labels, range(self.sampling.candidates_per_label))), out)

    @contextmanager
    def writing(self, inputs: Callable[[Step], Path], runtime: Runtime, out: Path) -> Iterator[Writer]:
        """What has the rows that are wanted written; in the end all that it asked is recorded."""
        corpus = read_table(inputs(self.corpus) / EXAMPLES)
        all_questions: list[Question] = []
        answers: dict[str, Answer] = {}
        with Client(self.endpoint, self.task.end_marker) as client:

            def write(rows: RowsToWrite) -> list[Raw]:
                read = read_for(self.task, corpus, self.reads, self.seed, rows)
                prompts = row_prompts(self.task, corpus, self.endpoint, self.seed, read, rows)
                rows_and_questions = [
                    (label, number, prompt, self._question(label, number, prompt))
                    for label in rows.labels
                    for number, prompt in zip(rows.numbers, prompts[label], strict=True)
                ]
                questions = [question for *_, question in rows_and_questions]
                new_answers = ask_all(client, questions, runtime.checkpoints, runtime.progress)
                all_questions.extend(questions)
                answers.update((question.row, new_answers[question.row]) for question in questions)
                return [
                    Raw(label, number, *self._text(label, new_answers[question.row], prompt.given), id)
                    for (label, number, prompt, question), id in zip(
                        rows_and_questions, ids_of(read, rows), strict=True
                    )
                ]

            yield write
        record_answers(all_questions, answers, out)

    def _question(self, label: str, row: int, prompt: RowPrompt) -> Question:
        return Question(f"{label}-{row}", prompt.whole, seed_of(self.seed, "ask", label, row) % SEEDS)

    def _text(self, label: str, answer: Answer, given: Mapping[str, str]) -> tuple[str, int | None, bool]:
        """The row's whole text, its tokens, and whether it is finished.

        A server takes the end marker off, and says of that and of an answer that ends by itself alike that
        it stopped: both count as closed.
        """
        text, marker = self.task.continued(label, answer.text, given), self.task.end_marker
        if marker not in text and answer.finish_reason == "stop":
            text = f"{text} {marker}"
        return text, answer.completion_tokens, marker in text
