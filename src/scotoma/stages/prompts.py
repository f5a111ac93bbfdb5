"""What a model that has not been trained for it is asked: an instruction, examples, the task's own prompt.

Where it reads a real row, the prompt ends with the row's first texts, or the whole row stands before it.

The examples are drawn for every row, not once for a label: a pool that all comes from the same few examples
shows these more than the task, and another draw of them would give another pool. A row's draw is named by
its label and number, so it is the same whoever is asked, in whatever order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.stages.read_rows import ReadByLabel, RowsToWrite
from scotoma.study.settings.generators import Prompting
from scotoma.tasks import Task
from scotoma.tasks.read_row import fields_given, prompt_for


@dataclass(frozen=True)
class RowPrompt:
    """What is asked for one row.

    Attributes:
        before: Instruction, examples and a row to rewrite, as far as there are.
        own: The task's own prompt, with which the row begins.
        given: Texts of a real row that are a part of it.
    """

    before: str
    own: str
    given: Mapping[str, str]

    @property
    def whole(self) -> str:
        """All of it."""
        return self.before + self.own


def row_prompts(
    task: Task, corpus: pl.DataFrame, prompting: Prompting, seed: int, read: ReadByLabel, rows: RowsToWrite
) -> dict[str, list[RowPrompt]]:
    """A prompt for each row, by label.

    Args:
        task: Task whose generator prompt ends each prompt.
        corpus: The original examples.
        prompting: Instruction and shots.
        seed: Seed of the draws of the examples.
        read: The real rows that are read, as `read_for` gives them.
        rows: Labels and numbers of the rows.

    Raises:
        ScotomaError: a label has fewer examples than shots.
    """
    check_shots(dict(corpus["label"].value_counts().iter_rows()), prompting, rows.labels)
    return {
        label: _of_label(task, corpus, prompting, label, seed, read.get(label), rows.numbers)
        for label in rows.labels
    }


def check_shots(by_label: Mapping[str, int], prompting: Prompting, labels: Sequence[str]) -> None:
    """Refuses more examples of a label than there are.

    Args:
        by_label: Number of original examples of each label.
        prompting: Says how many examples a prompt shows.
        labels: Labels of the task.

    Raises:
        ScotomaError: a label has fewer examples than shots.
    """
    n_read_rows = 1 if prompting.reads else 0
    for label in labels:
        if by_label.get(label, 0) < prompting.shots + n_read_rows:
            raise ScotomaError(
                f"{prompting.shots} shots are asked for{', besides a row that is read' * n_read_rows}, but "
                f"only {by_label.get(label, 0)} original examples are labelled {label!r}",
                where="generator: shots",
                remedy="Ask for fewer, or give more training data.",
            )


def _of_label(
    task: Task,
    corpus: pl.DataFrame,
    prompting: Prompting,
    label: str,
    seed: int,
    read: list[dict[str, str]] | None,
    numbers: range,
) -> list[RowPrompt]:
    k, reads = prompting.shots, prompting.reads
    first = f"{prompting.instruction.replace('{label}', label)}\n" if prompting.instruction else ""
    of_label = corpus.filter(pl.col("label") == label).select("id", *task.fields)
    written = [task.write(row, label) for row in of_label.iter_rows(named=True)] if k else []
    place = {id: i for i, id in enumerate(of_label["id"])} if k else {}
    prompts = []
    for at, number in enumerate(numbers):
        row = read[at] if read else {}
        before, own = prompt_for(task, label, reads, row)
        # The row that is read is none of the examples: it would give the answer away.
        left_out = place.get(row.get("id", ""), len(written))
        n_others = len(written) - (left_out < len(written))
        picked: Sequence[int] = (
            stream(seed, "shots", label, number).choice(n_others, k, replace=False).tolist() if k else ()
        )
        shots = "".join(f"{written[i + (i >= left_out)]}\n" for i in picked)
        texts_given = {field: row[field] for field in fields_given(task, reads)}
        prompts.append(RowPrompt(first + shots + before, own, texts_given))
    return prompts
