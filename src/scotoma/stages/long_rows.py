"""Rows that are longer than a base reads, found before anything runs where the base is on this machine."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.models.sizes import find_config, model_folder
from scotoma.stages.prepare_base import PrepareBase
from scotoma.tasks import Task

#: What configurations call the number of positions.
_POSITIONS = ("max_position_embeddings", "n_positions")
#: Tokens that a tokenizer may add to a row's own; those have a byte each at the least.
_ADDED = 16


def check_long_rows(base: PrepareBase, task: Task, rows: pl.DataFrame, where: str) -> None:
    """Refuses rows that a classifier on this base could not read; by the rule of its training.

    Only rows that may be too long, by their bytes, are given to the tokenizer.

    Args:
        base: Base model of the classifier.
        task: Task whose texts the rows have.
        rows: Rows with the texts and ids.
        where: Source of the rows, for the message.

    Raises:
        ScotomaError: there are such rows.
    """
    folder, config = model_folder(base.name, base.revision, None), find_config(base.name, base.revision)
    limit = next((config[name] for name in _POSITIONS if name in config), None) if config else None
    if folder is None or not isinstance(limit, int) or limit <= 0:
        return
    n_bytes = pl.sum_horizontal(pl.col(field).str.len_bytes() for field in task.fields)
    long = rows.filter(n_bytes + len(task.classifier_prompt.encode()) + _ADDED > limit)
    if long.is_empty():
        return
    from scotoma.models import classifier_training as training
    from scotoma.models.base import POINTER

    with TemporaryDirectory() as prepared:
        pointer = {"name": str(folder), "revision": None}
        (Path(prepared) / POINTER).write_text(json.dumps(pointer), encoding="utf8")
        try:
            training.prompts(Path(prepared), task, long)
        except ScotomaError as error:
            raise ScotomaError(error.what, where=where, remedy=error.remedy) from error
