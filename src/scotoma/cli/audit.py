"""`scotoma audit`: what a data set holds, before anything is trained on it."""

import json
from typing import Annotated

import typer

from scotoma.cli.bar import progress_bar
from scotoma.cli.options import AsJson, Columns, Device, Labels, as_pairs
from scotoma.cli.printing import PlainConsole


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
            help="Task that gives the labels and fields; or a study file, for its task and predicates."
        ),
    ],
    reference: Annotated[
        str | None,
        typer.Option(
            help="Data to compare with, usually the original data: a file, bundled:NAME or hub:NAME:SPLIT."
        ),
    ] = None,
    test: Annotated[
        list[str] | None, typer.Option(help="A test set to look for in the rows; repeatable.")
    ] = None,
    columns: Columns = "",
    labels: Labels = "",
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
        typer.Option(help="A classifier (folder or hub name) that labels every row, to measure agreement."),
    ] = None,
    model_labels: Annotated[
        str, typer.Option(help="Meaning of the model's outputs, in order: label,label,...")
    ] = "",
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Say whether a data set carries the shortcut, before anything is trained on it."""
    from scotoma.api.audit import audit
    from scotoma.api.words import in_shell
    from scotoma.audits import render
    from scotoma.run.watch import PlainWatch

    with progress_bar("rows") as parts:
        result = in_shell(audit)(
            file,
            task=task,
            reference=reference,
            tests=test or [],
            columns=as_pairs(columns, "--columns", "premise=sentence1"),
            labels=as_pairs(labels, "--labels", "e=entailment,n=neutral"),
            predicates=predicate or [],
            other_labels=other_labels,
            model=model,
            model_labels=[label.strip() for label in model_labels.split(",") if label.strip()],
            device=device,
            progress=PlainWatch().progress,
            parts=parts,
        )
    if as_json:
        typer.echo(json.dumps(result.record(), allow_nan=False))
    else:
        PlainConsole().print(*render(result.found), sep="\n")
