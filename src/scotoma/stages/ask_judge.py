"""Asks a server for the label of every row of a pool.

In: the pool. Out: `predictions.parquet`: id, predicted (null where the answer names no label, or several);
`asked.parquet` and `usage.json`, as of a server that writes (see `ask_endpoint`). Costs what the server
costs; needs no device.

A judge may be asked several times; each is a step of its own, so that a sixth answer does not repeat the
first five.
"""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.randomness import seed_of
from scotoma.basics.records import EXAMPLES, PREDICTIONS, read_table, write_table
from scotoma.models.endpoint import Client, Question, ask_all
from scotoma.stages.server_answers import SEEDS, record_answers
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.study.settings.base import Count
from scotoma.study.settings.judges import JudgeEndpoint
from scotoma.tasks import Task
from scotoma.tasks.reading.named_label import named_label


class AskJudge(Step):
    """One answer of a judge to every row.

    Attributes:
        pool: Rows to be judged.
        seed: With a row's id and the answer's number it names the answer's seed.
        answer: Number of the answer, from 1 on.
    """

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    task: Task
    endpoint: JudgeEndpoint
    pool: Step
    seed: int
    answer: Count

    @property
    def title(self) -> str:
        """Names the model, the server and the answer."""
        number = f", answer {self.answer}" if self.answer > 1 else ""
        return f"ask the judge {self.endpoint.model} at {self.endpoint.url}{number}, seed {self.seed}"

    def cost(self, forecast: Forecast) -> Cost:
        """Only disk space here; a note says that the server's costs are not counted."""
        rows, most = self.pool.rows(forecast), self.endpoint.sampling.max_new_tokens
        forecast.assume(
            f"What the judge {self.endpoint.model} costs at {self.endpoint.url} is not counted: up to "
            f"{rows.n:,} rows, each with an answer of up to {most} tokens."
        )
        return Cost(size=2 * rows.size)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the judge's labels, the questions and answers, and the tokens used."""
        pool = read_table(inputs(self.pool) / EXAMPLES)
        questions = [
            Question(row["id"], self._prompt(row), self._seed(row["id"]))
            for row in pool.iter_rows(named=True)
        ]
        with Client(self.endpoint, end_marker="") as client:
            answers = ask_all(client, questions, runtime.checkpoints, runtime.progress)
        labels = [named_label(answers[question.row].text, self.task.labels) for question in questions]
        write_table(
            pl.DataFrame({"id": pool["id"], "predicted": pl.Series(labels, dtype=pl.String)}),
            out / PREDICTIONS,
        )
        record_answers(questions, answers, out)

    def _prompt(self, row: dict[str, str]) -> str:
        instruction = self.endpoint.instruction.replace("{labels}", ", ".join(self.task.labels))
        return f"{instruction}\n{self.task.verbalise(row)}"

    def _seed(self, id: str) -> int:
        return seed_of(self.seed, "judge", id, self.answer) % SEEDS
