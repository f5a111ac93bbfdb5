"""`scotoma data`: test and training data from the shipped grammars."""

from pathlib import Path
from typing import Annotated

import typer

from scotoma.errors import ScotomaError
from scotoma.words import visible

data_app = typer.Typer(no_args_is_help=True)

Rows = Annotated[int, typer.Option("--n", min=1, help="Rows in all.")]
SeedOption = Annotated[int, typer.Option(min=0, help="Same seed, same rows.")]
OutFile = Annotated[Path, typer.Option("--out", help="File to write: .csv, .tsv, .jsonl or .parquet.")]


@data_app.command()
def hans(n: Rows, seed: SeedOption, out: OutFile) -> None:
    """HANS regenerated: fresh sentences from its grammar, in all 30 subcases."""
    from scotoma.blindspots.hans import SUBCASES, generate
    from scotoma.records import export_table, to_table

    per_subcase = -(-n // len(SUBCASES))
    rows = generate(per_subcase, seed)
    # One row of every subcase before the second of any, so that any n is as even as can be.
    even = [rows[subcase * per_subcase + i] for i in range(per_subcase) for subcase in range(len(SUBCASES))]
    export_table(to_table(even[:n], ("premise", "hypothesis")), out)
    typer.echo(visible(f"Wrote {n} rows to {out}"))


@data_app.command()
def microworld(
    n: Rows,
    seed: SeedOption,
    out: OutFile,
    part: Annotated[str, typer.Option(help="train, test or blindspot.")],
    dial: Annotated[
        float | None, typer.Option(min=0, max=1, help="For train and test: overlap's strength.")
    ] = None,
) -> None:
    """Pairs of the micro-world, with their true labels."""
    from pydantic import ValidationError

    from scotoma.microworld import FIELDS, blindspot_set, draw_pairs
    from scotoma.records import export_table, to_table
    from scotoma.settings import MicroworldDraw

    try:
        draw = MicroworldDraw.model_validate({"n": n, "part": part, "dial": dial})
    except ValidationError as error:
        raise ScotomaError(
            "; ".join(detail["msg"] for detail in error.errors()), remedy="See --help."
        ) from error
    if draw.dial is None:
        rows = blindspot_set(n, seed)
        rows = rows[:n]
    else:
        rows = draw_pairs(n, draw.dial, seed, draw.part)
    export_table(to_table(rows, FIELDS), out)
    typer.echo(visible(f"Wrote {len(rows)} rows to {out}"))
