"""`scotoma score` and `scotoma compare`: predictions of models that were trained elsewhere."""

import json
from pathlib import Path
from typing import Annotated, TypedDict

import typer

from scotoma.cli.bar import progress_bar
from scotoma.cli.options import AsJson, Columns, as_looks, as_pairs
from scotoma.cli.printing import PlainConsole

Labels = Annotated[
    str, typer.Option(help="THEIRS=OURS: meaning of words in the file, as in Yes=entailment,No=neutral.")
]
GoldLabels = Annotated[
    str,
    typer.Option(help="THEIRS=OURS for gold labels alone, as in 0=entailment,1=non-entailment."),
]
Partial = Annotated[
    bool,
    typer.Option(
        "--partial", help="Leave out rows without an answer; accept part of the published test set."
    ),
]
Scorer = Annotated[
    str,
    typer.Option(
        metavar="NAME", help="For an inspect_ai log: scorer to read. Default: the first with labels."
    ),
]
Filter = Annotated[
    str, typer.Option(metavar="NAME", help="For lm-eval samples: filter to read, if there are several.")
]
BlindSpot = Annotated[
    str,
    typer.Option(
        "--blindspot",
        metavar="NAME",
        help="Blind spot that was predicted: hans, ...; or STUDY or STUDY:NAME for a study file's own.",
    ),
]


def score(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help="Predictions: .csv, .tsv, .jsonl, .parquet, HANS text, lm-eval samples, inspect_ai logs.",
        ),
    ],
    blindspot: BlindSpot,
    columns: Columns = "",
    labels: Labels = "",
    gold_labels: GoldLabels = "",
    scorer: Scorer = "",
    filter: Filter = "",
    partial: Partial = False,
    as_json: AsJson = False,
) -> None:
    """Score one model's predictions on a blind spot, cell by cell."""
    from scotoma.api.predictions import score
    from scotoma.api.words import in_shell
    from scotoma.comparisons import render_score

    options = _read_options(columns, labels, gold_labels)
    with progress_bar("rows") as progress:
        result = in_shell(score)(
            file,
            blindspot=blindspot,
            scorer=scorer,
            filter=filter,
            partial=partial,
            progress=progress,
            **options,
        )
    if as_json:
        typer.echo(json.dumps(result.record(), allow_nan=False))
    else:
        PlainConsole().print(*render_score(result.found), sep="\n")


def compare(
    before: Annotated[
        Path, typer.Argument(metavar="BEFORE", help="A file of predictions, or a folder of replicates.")
    ],
    after: Annotated[
        Path,
        typer.Argument(
            metavar="AFTER",
            help="A file or folder to compare with BEFORE; files or folders in two folders pair by name.",
        ),
    ],
    blindspot: BlindSpot,
    cell: Annotated[
        list[str] | None,
        typer.Option(help="Cell of a claim, such as all/non-entailment; repeatable, all judged together."),
    ] = None,
    measure: Annotated[
        str,
        typer.Option(help="Measure to compare: accuracy, accuracy_sum, log_odds, auc, d_prime, ..."),
    ] = "accuracy",
    margin: Annotated[
        float, typer.Option(help="Smallest change that matters, in the measure's unit.")
    ] = 0.05,
    alpha: Annotated[
        float, typer.Option(help="Rate at which a false verdict is accepted, over all claims.")
    ] = 0.05,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the resamples: the same seed gives the same interval.")
    ] = 0,
    looks: Annotated[
        str,
        typer.Option(metavar="N,N,...", help="Numbers of replicates at the planned looks, as in 4,6,9."),
    ] = "",
    max_drop: Annotated[
        float | None,
        typer.Option(help="Largest allowed fall in accuracy between two checkpoints, judged row by row."),
    ] = None,
    traits: Annotated[
        bool,
        typer.Option(
            "--traits",
            help="Look for what lost rows have in common: words, overlap, length. Needs their texts.",
        ),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help="Exit with 1 if a claim is WORSE or a checkpoint FELL, with 3 if one is undecided.",
        ),
    ] = False,
    columns: Columns = "",
    labels: Labels = "",
    gold_labels: GoldLabels = "",
    scorer: Scorer = "",
    filter: Filter = "",
    partial: Partial = False,
    as_json: AsJson = False,
) -> None:
    """Compare two models, or two recipes by their replicates: WORSE, BETTER, EQUIVALENT?"""
    from scotoma.api.predictions import compare
    from scotoma.api.words import in_shell
    from scotoma.comparisons import render_comparison

    options = _read_options(columns, labels, gold_labels)
    with progress_bar("rows") as progress:
        result = in_shell(compare)(
            before,
            after,
            blindspot=blindspot,
            cells=cell or [],
            measure=measure,
            margin=margin,
            alpha=alpha,
            seed=seed,
            looks=as_looks(looks),
            max_drop=max_drop,
            traits=traits,
            scorer=scorer,
            filter=filter,
            partial=partial,
            progress=progress,
            **options,
        )
    if as_json:
        typer.echo(json.dumps(result.record(), allow_nan=False))
    else:
        PlainConsole().print(*render_comparison(result.found), sep="\n")
    if strict and not result.is_fine:
        raise typer.Exit(1 if result.is_fine is False else 3)


class _ReadOptions(TypedDict):
    columns: dict[str, str]
    labels: dict[str, str]
    gold_labels: dict[str, str]


def _read_options(columns: str, labels: str, gold_labels: str) -> _ReadOptions:
    """What the options say of names in the file."""
    return {
        "columns": as_pairs(columns, "--columns", "predicted=answer"),
        "labels": as_pairs(labels, "--labels", "Yes=entailment"),
        "gold_labels": as_pairs(gold_labels, "--gold-labels", "0=entailment,1=non-entailment"),
    }
