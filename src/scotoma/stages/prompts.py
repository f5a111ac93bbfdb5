"""What a model that has not been trained for it is asked: an instruction, examples, the task's own prompt.

The examples are drawn for every row, not once for a label: a pool that all comes from the same few examples
shows these more than the task, and another draw of them would give another pool. A row's draw is named by
its label and number, so it is the same whoever is asked, in whatever order.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.study.settings.generators import Prompting
from scotoma.tasks import Task


def row_prompts(task: Task, corpus: pl.DataFrame, prompting: Prompting, seed: int) -> dict[str, list[str]]:
    """A prompt for each row, by label.

    Args:
        task: Task whose generator prompt ends each prompt.
        corpus: The original examples.
        prompting: Instruction, shots and rows per label.
        seed: Seed of the draws of the examples.

    Raises:
        ScotomaError: a label has fewer examples than shots.
    """
    check_shots(dict(corpus["label"].value_counts().iter_rows()), prompting, task.labels)
    return {label: _of_label(task, corpus, prompting, label, seed) for label in task.labels}


def check_shots(by_label: Mapping[str, int], prompting: Prompting, labels: Sequence[str]) -> None:
    """Refuses more examples of a label than there are.

    Args:
        by_label: Number of original examples of each label.
        prompting: Says how many examples a prompt shows.
        labels: Labels of the task.

    Raises:
        ScotomaError: a label has fewer examples than shots.
    """
    for label in labels:
        if by_label.get(label, 0) < prompting.shots:
            raise ScotomaError(
                f"{prompting.shots} shots are asked for, and {by_label.get(label, 0)} original examples are "
                f"labelled {label!r}",
                where="generator: shots",
                remedy="Ask for fewer, or give more training data.",
            )


def _of_label(task: Task, corpus: pl.DataFrame, prompting: Prompting, label: str, seed: int) -> list[str]:
    k, n = prompting.shots, prompting.sampling.candidates_per_label
    last = [task.generator_prompt(label)]
    first = [prompting.instruction.replace("{label}", label)] if prompting.instruction else []
    if not k:
        return ["\n".join([*first, *last])] * n
    of_label = corpus.filter(pl.col("label") == label).select(task.fields)
    written = [task.write(texts, label) for texts in of_label.iter_rows(named=True)]
    prompts = []
    for row in range(n):
        drawn = stream(seed, "shots", label, row).choice(len(written), k, replace=False)
        prompts.append("\n".join([*first, *(written[i] for i in drawn), *last]))
    return prompts
