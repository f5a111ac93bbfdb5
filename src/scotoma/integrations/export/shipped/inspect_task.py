"""A blind spot of Scotoma for inspect_ai: `inspect eval FILE --model MODEL`.

The rows lie beside it, one JSON object a line. This file is the same for every blind spot.
"""

from pathlib import Path
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import Sample, json_dataset
from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, grouped, scorer, stderr
from inspect_ai.solver import TaskState, multiple_choice

#: What is not metadata of a row.
_QUESTION = ("id", "prompt", "choices", "right")


@task
def blindspot() -> Task:
    """Every row as a multiple-choice question with the task's labels."""
    file = Path(__file__).with_suffix(".jsonl")
    return Task(
        name=file.stem,
        dataset=json_dataset(str(file), sample, name=file.stem),
        solver=multiple_choice(),
        scorer=merged_choice(),
    )


def sample(row: dict[str, Any]) -> Sample:
    """One row as the tool wants it."""
    return Sample(
        id=row["id"],
        input=row["prompt"],
        choices=row["choices"],
        target=[row["choices"][place] for place in row["right"]],
        metadata={name: value for name, value in row.items() if name not in _QUESTION},
    )


@scorer(metrics=[accuracy(), stderr(), grouped(accuracy(), "cell", all=False)])
def merged_choice() -> Scorer:
    """Whether the choice is one of those that are right: the blind spot merges some into one label.

    The answer is the choice's text; empty where the model named none, which counts as wrong.
    """

    async def score(state: TaskState, target: Target) -> Score:
        chosen = [choice.value for choice in state.choices if choice.correct]
        answer = chosen[0] if len(chosen) == 1 else ""
        value = CORRECT if answer in target.target else INCORRECT
        return Score(value=value, answer=answer, explanation=state.output.completion)

    return score
