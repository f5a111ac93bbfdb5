"""`scotoma data`: test and training data from the shipped grammars."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import visible

data_app = typer.Typer(no_args_is_help=True)

Rows = Annotated[int, typer.Option("--n", min=1, help="Total number of rows.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Seed of the rows: the same seed gives the same rows.")]
OutFile = Annotated[Path, typer.Option("--out", help="File to write: .csv, .tsv, .jsonl or .parquet.")]


@data_app.command()
def hans(n: Rows, seed: SeedOption, out: OutFile) -> None:
    """HANS regenerated: fresh sentences from its grammar, in all 30 subcases."""
    from scotoma.basics.records import export_table, round_robin, to_table
    from scotoma.worlds.hans import SUBCASES, generate

    rows = to_table(generate(-(-n // len(SUBCASES)), seed), ("premise", "hypothesis"))
    export_table(round_robin(rows, "subcase").head(n), out)
    typer.echo(visible(f"Wrote {n} rows to {out}"))


@data_app.command()
def microworld(
    n: Rows,
    seed: SeedOption,
    out: OutFile,
    part: Annotated[
        Literal["train", "test", "blindspot"],
        typer.Option(help="blindspot: rows of every construction. train, test: pairs at a dial."),
    ] = "blindspot",
    dial: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="For train and test: strength of the word-overlap shortcut."),
    ] = None,
) -> None:
    """Pairs of the micro-world, with their true labels."""
    from pydantic import ValidationError

    from scotoma.basics.records import export_table, round_robin, to_table
    from scotoma.study.settings.sources import MicroworldDraw
    from scotoma.worlds.microworld import CONSTRUCTIONS, FIELDS, blindspot_set, draw_pairs

    try:
        draw = MicroworldDraw.model_validate({"n": n, "part": part, "dial": dial})
    except ValidationError as error:
        raise ScotomaError(
            "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors()),
            remedy="See --help.",
        ) from error
    if draw.dial is None:
        rows = to_table(blindspot_set(-(-n // len(CONSTRUCTIONS)), seed), FIELDS)
        rows = round_robin(rows, "subcase").head(n)
    else:
        rows = to_table(draw_pairs(n, draw.dial, seed, draw.part), FIELDS)
    export_table(rows, out)
    typer.echo(visible(f"Wrote {rows.height} rows to {out}"))
