"""The command line: parse, call, print."""

import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from scotoma import __version__
from scotoma.basics.errors import OldName, ScotomaError
from scotoma.basics.interruption import is_requested
from scotoma.basics.words import visible
from scotoma.cli.audit import audit
from scotoma.cli.data import data_app
from scotoma.cli.export import export_app
from scotoma.cli.init import init
from scotoma.cli.listing import list_command
from scotoma.cli.options import StoreDir, Together
from scotoma.cli.plan import plan_command, status
from scotoma.cli.predicting import predict
from scotoma.cli.predictions import compare, score
from scotoma.cli.printing import PlainConsole
from scotoma.cli.report import report
from scotoma.cli.run import run, work
from scotoma.cli.verify import verify

_WHAT = (
    "Does training on this synthetic data make my model less robust?\n\n"
    "A study fine-tunes a start model, trains a generator, trains on with original, synthetic and biased "
    "data, and compares every model on the task and on its blind spot."
)

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with [bold]scotoma run quickstart[/]: the whole experiment on two cores, in minutes. Then "
    "[bold]scotoma init mine[/] writes mine.yaml, with every setting explained.",
)
app.add_typer(data_app, name="data", help="Write test and training data from the shipped grammars.")
app.add_typer(export_app, name="export", help="Write files for other tools: harnesses, the Hub.")


@app.callback(invoke_without_command=True, help=_WHAT)
def scotoma(
    version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit


app.command()(run)
app.command(hidden=True)(work)


app.command("plan")(plan_command)
app.command()(status)
app.command()(report)
app.command()(audit)
app.command()(predict)
app.command()(score)
app.command()(compare)
app.command()(verify)
app.command("list")(list_command)
app.command()(init)


@app.command()
def doctor(
    study: Annotated[
        str | None,
        typer.Argument(
            metavar="STUDY",
            help="A study file, or a bundled study's name; without it, only this machine is checked.",
        ),
    ] = None,
    store: StoreDir = Path("store"),
    together: Together = None,
) -> None:
    """Check this machine, and what a study needs of it; how much memory its trainings will take."""
    from scotoma.cli.doctor import examine

    findings = examine(study, store, processes=together)
    for finding in findings:
        typer.echo(visible(f"{'ok     ' if finding.ok else 'missing'} {finding.what}"))
        if not finding.ok and finding.remedy:
            typer.echo(visible(f"        {finding.remedy}"))
    if not all(finding.ok for finding in findings):
        raise typer.Exit(2)


def _formatted(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    line: str | None = None,
    *,
    plain: Callable[..., str] = warnings.formatwarning,
) -> str:
    """A warning as Python writes it to stderr; of an old name only what it says."""
    if issubclass(category, OldName):
        return f"note: {message}\n"
    return plain(message, category, filename, lineno, line)


def commands() -> None:
    """Runs a command; a user's error exits 2 without a traceback."""
    warnings.formatwarning = _formatted
    try:
        app()
    except ScotomaError as error:
        if is_requested():  # a library reported what our signal raised as a fault of a file
            raise
        PlainConsole(stderr=True).print(Text.assemble(("error:", "bold red"), f" {error}"), soft_wrap=True)
        sys.exit(2)
