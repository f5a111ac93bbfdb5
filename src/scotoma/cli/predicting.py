"""`scotoma predict`: a causal language model's answers to a blind spot, by likelihood."""

import shlex
from pathlib import Path
from typing import Annotated, Literal

import typer

from scotoma.basics.words import counted, visible
from scotoma.cli.bar import progress_bar
from scotoma.cli.options import BlindSpotName, Device, as_pairs


def predict(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A folder with a causal language model or a peft adapter of one, bundled:NAME, or a name on "
            "the hub.",
        ),
    ],
    blindspot: BlindSpotName,
    out: Annotated[Path, typer.Option("--out", help="File to write: .csv, .tsv, .jsonl or .parquet.")],
    task: Annotated[
        str | None,
        typer.Option(
            help="Task that gives prompt and labels; by default the blind spot's own, or mnli if it has "
            "none; for a study's blind spot, the study's."
        ),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(help="Prompt in place of the task's, with {premise} and so on for each text in order."),
    ] = None,
    words: Annotated[
        str,
        typer.Option(help="LABEL=WORDS: the words for a label, as in entailment=yes,neutral=no."),
    ] = "",
    n: Annotated[
        int | None,
        typer.Option("--n", min=1, help="Number of rows, spread evenly over subcases; all if not given."),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the rows, which are the test set of a study with this seed.")
    ] = 0,
    device: Device = "auto",
    precision: Annotated[
        Literal["bf16", "fp32"], typer.Option(help="Precision of the weights and of the computation.")
    ] = "fp32",
) -> None:
    """Predict a blind spot with a causal language model: the label whose words are likeliest."""
    from scotoma.api.predicting import predict
    from scotoma.api.words import in_shell
    from scotoma.basics.records import check_format, export_table

    check_format(out)
    with progress_bar("rows read") as progress:
        predictions = in_shell(predict)(
            model,
            blindspot=blindspot,
            task=task,
            prompt=prompt,
            words=as_pairs(words, "--words", "entailment=yes,neutral=maybe"),
            n=n,
            seed=seed,
            device=device,
            precision=precision,
            progress=progress,
        )
    export_table(predictions, out)
    typer.echo(visible(f"Wrote {counted(predictions.height, 'prediction')} to {out}"))
    typer.echo(visible(f"Then: scotoma score {shlex.quote(str(out))} --blindspot {shlex.quote(blindspot)}"))
