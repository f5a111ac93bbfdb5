"""What a generator is given of a real row before it writes: some of its texts, or all of it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from scotoma.tasks.task import Task

if TYPE_CHECKING:  # a study file is read without it
    import numpy as np

#: The whole row is given, to be rewritten; any other name gives the row up to and including that field.
ROW = "row"


def fields_given(task: Task, reads: str | None) -> tuple[str, ...]:
    """The fields whose texts are given and copied to the written row; none for a rewrite."""
    return task.fields[: task.fields.index(reads) + 1] if reads not in (None, ROW) else ()


def prompt_for(task: Task, label: str, reads: str | None, row: Mapping[str, str]) -> tuple[str, str]:
    """The text before a row that is to be written, and the beginning of the row itself.

    Args:
        task: Task whose generator prompt it is.
        label: Label of the row to be written.
        reads: The last field that is given, `ROW`, or None for nothing but the label.
        row: Texts of the row that is read, by field; with a rewrite its label is `label`.
    """
    if reads == ROW:
        return task.write(row, label) + "\n", task.generator_prompt(label)
    return "", task.generator_prompt(label, {field: row[field] for field in fields_given(task, reads)})


def with_hidden(texts: Mapping[str, str], share: float, rng: "np.random.Generator") -> dict[str, str]:
    """The texts without a share of their words, each left out by a draw of its own.

    A model that has learned to restore rows from the rest writes something else where a word was hidden.

    Source: Ng, Cho and Ghassemi 2020 (SSMBA), who hide with a mark; here a tokenizer needs none.
    """
    visible = {}
    for field, text in texts.items():
        words = text.split()
        shown = rng.random(len(words)) >= share
        visible[field] = " ".join(word for word, is_shown in zip(words, shown, strict=True) if is_shown)
    return visible
