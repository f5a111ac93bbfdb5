"""The report on a terminal: verdicts first, then one table for each blind spot."""

from rich.console import RenderableType
from rich.text import Text

from scotoma.basics.long_line import LongLine
from scotoma.basics.words import counted
from scotoma.report.cards import cards
from scotoma.report.tables import models as tables
from scotoma.report.tables import published as published_tables
from scotoma.report.terminal_card import TerminalCard
from scotoma.report.terminal_table import TerminalTable
from scotoma.results.doses import sentences
from scotoma.results.results import Results


def terminal(results: Results) -> list[RenderableType]:
    """What to print. Text from data is never read as rich's markup."""
    shown: list[RenderableType] = []
    for judgement, card in zip(results.judgements, cards(results), strict=True):
        shown += [TerminalCard(card, judgement.start), LongLine(judgement.signature)]
    if results.judgements:
        shown.append(Text("The report has the whole sentence of each verdict.\n", style="dim"))
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
        headlines = [tables.headline(results, blindspot) for blindspot in results.study.blindspots]
        shown += [TerminalTable(table, by_first=True) for table in headlines]
    if results.beside is not None:
        comparison = results.beside
        shown.append(
            Text(
                f"\nFor comparison: {comparison.figures.title}. {comparison.figures.remark} "
                f"{comparison.warning}"
            )
        )
        shown.append(TerminalTable(published_tables.readings(comparison)))
    return shown
