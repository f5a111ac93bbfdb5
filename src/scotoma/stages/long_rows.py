"""Rows that are longer than a base reads, found before anything runs where the base is on this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.models.sizes import find_config, model_folder
from scotoma.stages.prepare_base import PrepareBase
from scotoma.study.settings.answers import Answers
from scotoma.tasks import Task

#: What configurations call the number of positions.
_POSITIONS = ("max_position_embeddings", "n_positions")
#: Tokens that a tokenizer may add to a row's own; those have a byte each at the least.
_ADDED = 16


def check_long_rows(
    base: PrepareBase, task: Task, rows: pl.DataFrame, where: str, answers: Answers | None = None
) -> None:
    """Refuses rows that a classifier on this base could not read; by the rule of its training.

    Only rows that may be too long, by their bytes, are given to the tokenizer.

    Args:
        base: Base model of the classifier.
        task: Task whose texts the rows have.
        rows: Rows with the texts and ids.
        where: Source of the rows, for the message.
        answers: Words that follow the prompt, where the classifier has no head.

    Raises:
        ScotomaError: there are such rows.
    """
    folder, config = model_folder(base.name, base.revision, None), find_config(base.name, base.revision)
    limit = next((config[name] for name in _POSITIONS if name in config), None) if config else None
    if folder is None or not isinstance(limit, int) or limit <= 0:
        return
    n_bytes = pl.sum_horizontal(pl.col(field).str.len_bytes() for field in task.fields)
    around = [task.classifier_prompt, *([max(answers.words.values(), key=_n_bytes)] if answers else [])]
    long = rows.filter(n_bytes + sum(map(_n_bytes, around)) + _ADDED > limit)
    if long.is_empty():
        return
    from scotoma.models import classifier_training as training

    try:
        with _prepared(folder) as prepared:
            training.prompts(prepared, task, long, answers)
    except ScotomaError as error:
        raise ScotomaError(error.what, where=where, remedy=error.remedy) from error


def check_words(base: PrepareBase, task: Task, answers: Answers) -> None:
    """Refuses words of labels that a base's tokenizer cannot tell apart, where the base is on this machine.

    Raises:
        ScotomaError: the words of a label are no token, or begin those of another.
    """
    folder = model_folder(base.name, base.revision, None)
    if folder is None:
        return
    from scotoma.models import classifier_training as training

    with _prepared(folder) as prepared:
        training.probes(prepared, task, answers)


def _n_bytes(text: str) -> int:
    return len(text.encode())


@contextmanager
def _prepared(folder: Path) -> Iterator[Path]:
    """A model's folder as a prepared base."""
    from scotoma.models.base import POINTER

    with TemporaryDirectory() as prepared:
        pointer = {"name": str(folder), "revision": None}
        (Path(prepared) / POINTER).write_text(json.dumps(pointer), encoding="utf8")
        yield Path(prepared)
