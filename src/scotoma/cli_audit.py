"""`scotoma audit`: what a data set holds, before anything is trained on it."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.cli_options import AsJson, Columns, Device, as_pairs
from scotoma.errors import ScotomaError, nearest
from scotoma.printing import PlainConsole

if TYPE_CHECKING:
    import polars as pl

    from scotoma.audit import Rule
    from scotoma.audit.files import Labeller
    from scotoma.tasks import Task


def audit(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="Labelled rows: .jsonl, .tsv, .csv or .parquet, also .gz or .xz."
        ),
    ],
    task: Annotated[
        str,
        typer.Option(
            help="Whose labels and fields the file has; or a study file, for its task and predicates."
        ),
    ],
    reference: Annotated[
        str | None, typer.Option(help="What to compare with: the original data, a file or bundled:NAME.")
    ] = None,
    test: Annotated[
        list[Path] | None, typer.Option(help="A test set to look for in the rows; repeatable.")
    ] = None,
    columns: Columns = "",
    predicate: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=KIND:VALUE",
            help="Your own predicate; repeatable. KIND is regex, words, wordfile or code "
            "(module:function, which runs that code).",
        ),
    ] = None,
    other_labels: Annotated[str | None, typer.Option(help="Column with another labeller's labels.")] = None,
    model: Annotated[
        str | None,
        typer.Option(help="A classifier, folder or hub name, to label every row: does it agree?"),
    ] = None,
    model_labels: Annotated[
        str, typer.Option(help="What the model's outputs mean, in order: label,label,...")
    ] = "",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Say whether a data set carries the shortcut, before anything is trained on it."""
    from scotoma.audit import audit_file, record, render

    known, rules = _task(task)
    if model_labels and model is None:
        raise ScotomaError("the labels of no model are given", where="--model-labels", remedy="Add --model.")
    if device != "auto" and model is None:
        raise ScotomaError("no model is there to run on a device", where="--device", remedy="Add --model.")
    found = audit_file(
        file,
        task=known,
        reference=reference,
        tests=test or [],
        columns=as_pairs(columns, "--columns", "premise=sentence1"),
        predicates=predicate or [],
        rules=rules,
        other_labels=other_labels,
        labeller=None if model is None else _labeller(model, model_labels, known, device),
        level=0.95,
    )
    if as_json:
        typer.echo(json.dumps(record(found), allow_nan=False))
    else:
        PlainConsole().print(*render(found), sep="\n")


def _task(name: str) -> "tuple[Task, list[Rule]]":
    """The task of this name or of a study, with what the study asks of rows."""
    from scotoma.study_file import bundled_studies, load_study
    from scotoma.tasks import TASKS

    if name in TASKS:
        return TASKS[name], []
    if not (os.path.isfile(name) or name in bundled_studies()):
        raise ScotomaError(
            f"task {name!r} is not known, and there is no such study",
            where="--task",
            remedy=nearest(name, TASKS),
        )
    study = load_study(name)
    return study.task, study.own_rules()


def _labeller(model: str, order: str, task: "Task", device: str) -> "Labeller":
    def labels(table: "pl.DataFrame") -> list[str]:
        from scotoma.console import PlainWatch
        from scotoma.models.labelling import label_with

        return label_with(
            model,
            list(table.select(task.fields).iter_rows()),
            task.labels,
            order=[label.strip() for label in order.split(",") if label.strip()],
            device=device,
            progress=PlainWatch().progress,
        )

    return labels
