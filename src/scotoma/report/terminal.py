"""The report on a terminal: verdicts first, then one table for each blind spot."""

import re

from rich.console import RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from scotoma.basics.long_line import LongLine
from scotoma.basics.words import counted
from scotoma.report.tables import models as tables
from scotoma.report.tables import published as published_tables
from scotoma.results.doses import sentences
from scotoma.results.results import Results

_COLOURS = {
    "WORSE": "bold red",
    "BETTER": "bold green",
    "EQUIVALENT": "bold blue",
    "INCONCLUSIVE": "bold yellow",
}


def terminal(results: Results) -> list[RenderableType]:
    """What to print. Text from data is never read as rich's markup."""
    shown: list[RenderableType] = []
    for judgement in results.judgements:
        style = _COLOURS.get(judgement.word, "bold")
        shown.append(Text.assemble((judgement.word, style), f": {judgement.sentence}"))
        shown.append(LongLine(judgement.signature))
    shown += [Text(f"{sentence}\n") for sentence in sentences(results.doses)]
    if results.judgements and results.declaration.exploratory:
        shown.append(
            Text(
                f"Exploratory. These claims confirm nothing: {results.declaration.exploratory}.\n",
                style="bold",
            )
        )
    if results.judgements:
        shown += [Text(f"{remark}\n") for remark in results.declaration.remarks]
    if not results.judgements:
        shown.append(Text("No claims were declared, so there is no verdict.\n"))
    if results.missing:
        count = f"{len(results.missing)} of {counted(len(results.models), 'model')}"
        shown.append(Text(f"Unfinished: {count} not evaluated yet.\n", style="bold"))
    shown += [Text(f"{gap}\n", style="bold") for gap in results.gaps]
    if results.measures.height:
        shown += [_rich(tables.headline(results, blindspot)) for blindspot in results.study.blindspots]
    if results.beside is not None:
        beside = results.beside
        shown.append(Text(f"\nBeside {beside.figures.title}. {beside.figures.remark} {beside.warning}"))
        shown.append(_plain(published_tables.readings(beside)))
    return shown


def _rich(table: tables.Table) -> RichTable:
    """Narrow enough for 80 columns: starts as headings, spreads and intervals on lines of their own."""
    drawn = _ruled(table)
    for position, name in enumerate(table.columns[1:]):
        drawn.add_column(Text(_broken(name)), justify="right" if position else "left", overflow="fold")
    start = None
    for row in table.rows:
        if row[0] != start:
            start = row[0]
            drawn.add_row(Text(f"{table.columns[0]} {start}", style="bold"))
        drawn.add_row(Text(_broken(row[1])), *(Text(_stacked(cell)) for cell in row[2:]))
    return drawn


def _plain(table: tables.Table) -> RichTable:
    """A table without starts to head its rows; names break where a reader would break them."""
    drawn = _ruled(table)
    for position, name in enumerate(table.columns):
        drawn.add_column(
            Text(name), justify="right" if position >= table.n_names else "left", overflow="fold"
        )
    for row in table.rows:
        names = [Text(re.sub("([_/-])", r"\1\n", name)) for name in row[: table.n_names]]
        drawn.add_row(*names, *(Text(_stacked(cell)) for cell in row[table.n_names :]))
    return drawn


def _ruled(table: tables.Table) -> RichTable:
    return RichTable(
        title=Text(table.caption),
        title_justify="left",
        title_style="",
        box=None,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        header_style="bold",
    )


def _broken(name: str) -> str:
    """A word to a line, so that rich has no reason to cut a word of its own choice."""
    return name.replace(" ", "\n").replace("-", "-\n" if len(name) > 10 else "-")


def _stacked(cell: str) -> str:
    for mark in (" ±", " [", " +", " -", " ("):
        cell = cell.replace(mark, f"\n{mark.lstrip()}")
    return cell
