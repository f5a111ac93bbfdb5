"""The figures of a report, drawn once, for the page and for print."""

from collections.abc import Callable

from scotoma.blindspots import BlindSpot
from scotoma.report.figures.causes import explained
from scotoma.report.figures.cells import cells
from scotoma.report.figures.differences import differences
from scotoma.report.figures.doses import doses
from scotoma.report.figures.drawn import pdf, png, specification, svg
from scotoma.report.figures.figure import Figure
from scotoma.report.figures.flow import funnel, lost_and_gained
from scotoma.report.figures.rounds import drift
from scotoma.report.figures.script import script
from scotoma.report.figures.sensitivity import sensitivity
from scotoma.report.figures.subcases import subcases
from scotoma.report.figures.trade import trade
from scotoma.results.results import Results

__all__ = ["Figure", "figures", "pdf", "png", "script", "specification", "svg"]

_OF_A_BLINDSPOT: tuple[Callable[[Results, BlindSpot], Figure | None], ...] = (
    trade,
    differences,
    doses,
    cells,
    subcases,
    sensitivity,
    lost_and_gained,
)


def figures(results: Results) -> dict[str, Figure]:
    """Every figure that there are numbers for, by name."""
    if not results.measures.height:
        return {}
    drawn = [draw(results, spot) for spot in results.study.blindspots for draw in _OF_A_BLINDSPOT]
    drawn += [draw(results) for draw in (explained, funnel, drift)]
    return {one.name: one for one in drawn if one is not None}
