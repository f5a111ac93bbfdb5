"""`scotoma score` and `scotoma compare`: predictions of models that were trained elsewhere."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from scotoma.cli_options import AsJson, BlindSpotName, Columns, as_pairs, known_blindspot
from scotoma.printing import PlainConsole

Labels = Annotated[
    str, typer.Option(help="THEIRS=OURS: what words of the file mean, as in Yes=entailment,No=neutral.")
]
Partial = Annotated[
    bool,
    typer.Option("--partial", help="Take a file that lacks rows, or answers, of the published test set."),
]


def score(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Predictions: .csv, .tsv, .jsonl, .parquet, HANS text, lm-eval samples, inspect_ai logs.",
        ),
    ],
    blindspot: BlindSpotName,
    columns: Columns = "",
    labels: Labels = "",
    partial: Partial = False,
    as_json: AsJson = False,
) -> None:
    """Score one model's predictions on a blind spot, cell by cell."""
    from scotoma.compare import render_score, score_file

    found = score_file(file, **_reading(blindspot, columns, labels, partial))
    if as_json:
        typer.echo(json.dumps(found.record(), allow_nan=False))
    else:
        PlainConsole().print(*render_score(found), sep="\n")


def compare(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="A file of predictions, or a folder of replicates.")
    ],
    after: Annotated[
        Path, typer.Argument(metavar="AFTER", help="Likewise; files of two folders pair by name.")
    ],
    blindspot: BlindSpotName,
    cell: Annotated[
        list[str] | None,
        typer.Option(help="A claim's cell, such as all/non-entailment; repeatable, judged together."),
    ] = None,
    measure: Annotated[
        str, typer.Option(help="accuracy, accuracy_sum, margin, auc, d_prime, hit_rate, ...")
    ] = "accuracy",
    margin: Annotated[
        float, typer.Option(help="Smallest change that matters, in the measure's unit.")
    ] = 0.05,
    alpha: Annotated[
        float, typer.Option(help="Rate at which a false verdict is accepted, over all claims.")
    ] = 0.05,
    seed: Annotated[int, typer.Option(min=0, help="Of the resamples: same seed, same interval.")] = 0,
    columns: Columns = "",
    labels: Labels = "",
    partial: Partial = False,
    as_json: AsJson = False,
) -> None:
    """Compare two models, or two recipes by their replicates: WORSE, BETTER, EQUIVALENT?"""
    from scotoma.compare import compare_files, render_comparison

    found = compare_files(
        before,
        after,
        cells=cell or [],
        measure=measure,
        margin=margin,
        alpha=alpha,
        seed=seed,
        **_reading(blindspot, columns, labels, partial),
    )
    if as_json:
        typer.echo(json.dumps(found.record(), allow_nan=False))
    else:
        PlainConsole().print(*render_comparison(found), sep="\n")


def _reading(blindspot: str, columns: str, labels: str, partial: bool) -> dict[str, Any]:
    """The arguments of both commands that say how a file is read."""
    return {
        "blindspot": known_blindspot(blindspot),
        "columns": as_pairs(columns, "--columns", "predicted=answer"),
        "labels": as_pairs(labels, "--labels", "Yes=entailment"),
        "partial": partial,
    }
