"""`scotoma audit`: what a data set holds, before anything is trained on it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.cli.options import AsJson, Columns, Device, as_pairs
from scotoma.cli.printing import PlainConsole

if TYPE_CHECKING:
    import polars as pl

    from scotoma.audits import Rule
    from scotoma.audits.files import Labeller
    from scotoma.tasks import Task


def audit(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="Labelled rows: .jsonl, .json, .tsv, .csv, .parquet or .arrow, also .gz or .xz; a folder "
            "that save_to_disk wrote; or hub:NAME:SPLIT.",
        ),
    ],
    task: Annotated[
        str,
        typer.Option(
            help="Whose labels and fields the file has; or a study file, for its task and predicates."
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Option(help="What to compare with: the original data, a file, bundled:NAME or hub:NAME:SPLIT."),
    ] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="A test set to look for in the rows; repeatable.")
    ] = None,
    columns: Columns = "",
    labels: Annotated[
        str,
        typer.Option(
            help="THEIRS=OURS: what words or integers of label columns mean, as in e=entailment,n=neutral."
        ),
    ] = "",
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
    from scotoma.audits import audit_file, record, render

    known, rules, source = _task(task, file)
    said = as_pairs(labels, "--labels", "e=entailment,n=neutral")
    if model_labels and model is None:
        raise ScotomaError("the labels of no model are given", where="--model-labels", remedy="Add --model.")
    if device != "auto" and model is None:
        raise ScotomaError("no model is there to run on a device", where="--device", remedy="Add --model.")
    found = audit_file(
        file,
        task=known,
        reference=reference,
        tests=test or [],
        columns={**source.columns, **as_pairs(columns, "--columns", "premise=sentence1")},
        labels={**source.labels, **said},
        labels_are_assumed=not (source.is_files or said),
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


@dataclass(frozen=True)
class _AsInStudy:
    """What a study says of how the audited rows are written.

    Attributes:
        columns: Our names to the file's, where the file is one of the study's own.
        labels: Words or integers to labels: the file's own, or those of the training data.
        is_files: Whether they are the file's own.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    is_files: bool = False


def _task(name: str, file: str) -> "tuple[Task, list[Rule], _AsInStudy]":
    """The task of this name or of a study, with what the study asks of rows and says of the file."""
    from scotoma.study.file import bundled_studies, load_study
    from scotoma.tasks import TASKS

    if name in TASKS:
        return TASKS[name], [], _AsInStudy()
    if not (os.path.isfile(name) or name in bundled_studies()):
        raise ScotomaError(
            f"task {name!r} is not known, and there is no such study",
            where="--task",
            remedy=nearest(name, TASKS),
        )
    study = load_study(name)
    data = study.data
    for source in (data.train, *data.tests.values(), *study.sources_of_arms):
        if source.file is not None and os.path.exists(file) and os.path.samefile(source.file, file):
            return study.task, study.own_rules(), _AsInStudy(source.columns, source.labels, is_files=True)
    return study.task, study.own_rules(), _AsInStudy(labels=data.train.labels)


def _labeller(model: str, order: str, task: "Task", device: str) -> "Labeller":
    def labels(table: "pl.DataFrame") -> list[str]:
        from scotoma.models.labelling import label_with
        from scotoma.run.watch import PlainWatch

        return label_with(
            model,
            list(table.select(task.fields).iter_rows()),
            task.labels,
            order=[label.strip() for label in order.split(",") if label.strip()],
            device=device,
            progress=PlainWatch().progress,
        )

    return labels
