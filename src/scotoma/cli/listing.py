"""`scotoma list`: what comes with the package and has a name."""

import json
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from scotoma.basics.errors import look_up
from scotoma.cli.options import AsJson
from scotoma.cli.printing import PlainConsole


def list_command(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="KIND",
            help="studies, tasks, blindspots, arms, measures or predicates; all of them if not given.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what comes with the package: studies, tasks, blind spots, arms, measures, predicates."""
    from scotoma.api.listing import KINDS

    chosen = KINDS if kind is None else {kind: look_up(KINDS, kind, "kind", where="KIND")}
    lists = {name: tell() for name, tell in chosen.items()}
    if as_json:
        typer.echo(json.dumps(lists, ensure_ascii=False))
        return
    # One width for all names, so that the sections stand in line.
    width = max(len(name) for names in lists.values() for name in names)
    console = PlainConsole()
    for position, (title, names) in enumerate(lists.items()):
        console.print(*([""] if position else []), Text(title, style="bold"), _table(names, width), sep="\n")


def _table(names: dict[str, str], width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True, min_width=width + 2)
    table.add_column()
    for name, sentence in names.items():
        table.add_row(Text(f"  {name}"), Text(sentence))
    return table
