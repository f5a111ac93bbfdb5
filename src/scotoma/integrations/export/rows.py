"""A blind spot's test set as both harnesses read it: one JSON object a row.

id, prompt           the prompt is the task's own, as Scotoma's classifiers read it
choices, right       the words of the task's labels in its order; the places of those that count as right
gold, cell           one of the blind spot's two labels; heuristic/gold
heuristic, subcase, template, and the task's texts
"""

from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import round_robin
from scotoma.blindspots import BlindSpot
from scotoma.measures import Tags
from scotoma.stages.read_selected import read_blindspot
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.tasks import Task

#: Columns of ours that a task's text could be called as well.
_OURS = ("prompt", "choices", "right")


def blindspot_rows(
    spot: BlindSpot, task: Task, n: int | None, seed: int, words: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """Rows of the test set that a study with this seed has, a row of every subcase before the second of any.

    Args:
        spot: Blind spot whose test set to write.
        task: Gives the prompt and the choices.
        n: Number of rows; None for all.
        seed: Seed of the rows, where a grammar draws them.
        words: What stands for a label among the choices; None for the label itself.

    Raises:
        ScotomaError: the task's labels are not those of the blind spot's label map, a text is called as a
            column of ours, the rows cannot be read, or there are fewer.
    """
    _check_fields(task.fields)
    table = rows_of_test_set(spot, task, n, seed)
    choices = [(words or {}).get(label, label) for label in task.labels]
    return [_row(row, spot, task, choices) for row in table.iter_rows(named=True)]


def rows_of_test_set(spot: BlindSpot, task: Task, n: int | None, seed: int) -> pl.DataFrame:
    """Rows of the test set that a study with this seed has, a row of every subcase before the second of any.

    Columns id, the task's texts, label, heuristic, subcase, template.

    Args:
        spot: Blind spot whose test set it is.
        task: Gives the names of the texts, and the labels.
        n: Number of rows; None for all.
        seed: Seed of the rows, where a grammar draws them.

    Raises:
        ScotomaError: the task's labels are not those of the blind spot's label map, the rows cannot be read,
            or there are fewer.
    """
    spot.check_covers(task.labels)
    if n is not None and n < 1:
        raise ScotomaError(
            f"{n:,} rows were asked for",
            where="--n",
            remedy="Ask for at least 1, or leave it out to have all.",
        )
    table = _read(spot, task, n, seed)
    if n is not None and n > table.height:
        raise ScotomaError(
            f"blind spot {spot.name!r} has {table.height:,} rows; {n:,} were asked for",
            where="--n",
            remedy="Ask for fewer, or leave it out to have all.",
        )
    return round_robin(table, "heuristic", "subcase", "label").head(table.height if n is None else n)


def _check_fields(fields: Iterable[str]) -> None:
    taken = [name for name in fields if name in _OURS]
    if taken:
        raise ScotomaError(
            f"the task's text {taken[0]!r} has the name of a column of the exported rows",
            where=f"columns {', '.join(_OURS)}",
            remedy="Export from a study that names it differently in `fields`, and maps that to the file's "
            "name in `columns`.",
        )


def _read(spot: BlindSpot, task: Task, n: int | None, seed: int) -> pl.DataFrame:
    return read_blindspot(spot, _enough(spot.source, n), task.fields, task.labels, seed).read().table


def _enough(source: Source, n: int | None) -> Source:
    """The source, or a smaller draw of its grammar, whose rows are among those of the larger one."""
    if n is not None and source.hans is not None:
        fewer = {"n_per_subcase": min(n, source.hans.n_per_subcase)}
        return source.model_copy(update={"hans": source.hans.model_copy(update=fewer)})
    for grammar in ("microworld", "sentiment"):
        draw: MicroworldDraw | None = getattr(source, grammar)
        if n is not None and draw is not None:
            return source.model_copy(update={grammar: draw.model_copy(update={"n": min(n, draw.n)})})
    return source


def _row(row: dict[str, str], spot: BlindSpot, task: Task, choices: list[str]) -> dict[str, Any]:
    texts = {field: row[field] for field in task.fields}
    gold = row["label"]
    return {
        "id": row["id"],
        "prompt": task.verbalise(texts),
        "choices": choices,
        "right": [place for place, label in enumerate(task.labels) if spot.label_map[label] == gold],
        "gold": gold,
        "cell": Tags(row["heuristic"] or "all", gold).name,
        **{tag: row[tag] for tag in ("heuristic", "subcase", "template")},
        **texts,
    }
