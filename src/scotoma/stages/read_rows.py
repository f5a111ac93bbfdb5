"""Which real rows a generator reads, one for each row that it writes.

Rows are read in the order of a rank that depends on seed, label and id alone, the first again once all have
been read: as many times each, give or take one, and more candidates leave those before them as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.basics.errors import Unfillable
from scotoma.basics.randomness import seed_of, stream
from scotoma.tasks import Task
from scotoma.tasks.read_row import ROW, prompt_for, with_hidden

#: Column of raw rows and of pools: the id of the original row that was read.
READ_ROW = "read_row"

#: The real rows that are read, for each label one for each of its rows in their order; empty where none are.
ReadByLabel = Mapping[str, list[dict[str, str]]]


@dataclass(frozen=True)
class RowsToWrite:
    """Rows that are to be written.

    Attributes:
        labels: Their labels.
        numbers: Their numbers, the same of each label.
    """

    labels: Sequence[str]
    numbers: range


def read_for(
    task: Task, corpus: pl.DataFrame, reads: str | None, seed: int, rows: RowsToWrite
) -> ReadByLabel:
    """The real row that is read for each of these rows, in the order of their numbers; nothing where none is.

    Raises:
        ScotomaError: a label has no row that could be read.
    """
    if reads is None:
        return {}
    first, n = rows.numbers.start, rows.numbers.stop
    return {label: rows_to_read(corpus, task, label, reads, n, seed)[first:] for label in rows.labels}


def rows_to_read(
    rows: pl.DataFrame, task: Task, label: str, reads: str, n: int, seed: int
) -> list[dict[str, str]]:
    """The row that is read for each of a label's n rows: its id and its texts.

    Args:
        rows: The original rows that may be read.
        task: Task that they are of.
        label: Label of the rows that will be written; a rewrite reads rows that have it, too.
        reads: What is given of a row.
        n: Number of rows to be written.
        seed: Seed of the ranks.

    Raises:
        Unfillable: there is none.
    """
    fitting = rows.filter(pl.col("label") == label) if reads == ROW else rows
    if fitting.is_empty():
        raise Unfillable(
            f"there is no original row labelled {label!r} to be read",
            where=f"generator: reads: {reads}",
            remedy="Give training data of every label, or leave `reads` out.",
        )
    ranks = [seed_of(seed, "read", label, id) for id in fitting["id"]]
    ranked = fitting.with_columns(rank=pl.Series(ranks, dtype=pl.Int64)).sort("rank")
    texts = ranked.select("id", *task.fields).to_dicts()
    return [texts[number % len(texts)] for number in range(n)]


def prompts_to_learn(
    rows: pl.DataFrame, task: Task, reads: str | None, hidden: float | None, seed: int
) -> list[tuple[str, str]]:
    """What stands before each row that a generator learns from, and the beginning of the row itself.

    Args:
        rows: The rows that it learns from; in a rewrite each is read with words hidden.
        task: Task that they are of.
        reads: What is given of a row; None for the label alone.
        hidden: Share of hidden words, of a rewrite.
        seed: Seed of the draws of hidden words, named by the row's id.
    """
    prompts = []
    for row in rows.select("id", "label", *task.fields).iter_rows(named=True):
        texts = _shown({field: row[field] for field in task.fields}, hidden, seed, "learn", row["id"])
        prompts.append(prompt_for(task, row["label"], reads, texts))
    return prompts


def prompts_to_write(
    read: list[dict[str, str]],
    task: Task,
    label: str,
    reads: str,
    hidden: float | None,
    seed: int,
    first: int = 0,
) -> list[tuple[str, str]]:
    """What stands before each row that is to be written, and the beginning of the row itself.

    Args:
        read: The row that is read for each, in the order of their numbers.
        task: Task that they are of.
        label: Label of the rows to be written.
        reads: What is given of a row.
        hidden: Share of hidden words, of a rewrite by a generator that was trained for it.
        seed: Seed of the draws of hidden words, named by the label and the number of the row.
        first: Number of the first row.
    """
    return [
        prompt_for(
            task,
            label,
            reads,
            _shown({field: row[field] for field in task.fields}, hidden, seed, "write", label, number),
        )
        for number, row in enumerate(read, first)
    ]


def _shown(texts: dict[str, str], hidden: float | None, seed: int, *names: str | int) -> dict[str, str]:
    return texts if hidden is None else with_hidden(texts, hidden, stream(seed, "hidden", *names))
