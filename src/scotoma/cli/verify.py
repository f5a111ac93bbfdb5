"""`scotoma verify`: checks a signature against the results that it is for."""

from pathlib import Path
from typing import Annotated

import typer

from scotoma.basics.words import visible


def verify(
    signature: Annotated[
        str, typer.Argument(metavar="SIGNATURE", help="The line under a verdict, in quotes.")
    ],
    results: Annotated[
        Path,
        typer.Argument(metavar="RESULTS", help="results.json of a report, or what compare --json printed."),
    ],
) -> None:
    """Check a verdict's signature against results, its verdict reached again; 0 if all agrees, else 1."""
    from scotoma.verdicts.verifying import verify as checks_of

    checks = checks_of(signature, results)
    for check in checks:
        typer.echo(visible(f"{'agrees' if check.agrees else 'DIFFERS'}  {check.what}"))
    if not all(check.agrees for check in checks):
        raise typer.Exit(1)
