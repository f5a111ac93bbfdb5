"""What every figure of a report has in common: names, marks that do without colour, means with intervals."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import altair as alt
import polars as pl

from scotoma.basics.words import visible
from scotoma.measures import MEASURES
from scotoma.report.tables import models as tables
from scotoma.results.values import main_arms
from scotoma.statistics.intervals import LEVEL, t_interval

#: Distinguishable on white and on black, 3 to 1 at the least, and by shape where colours look alike.
COLOURS = ("#7d7d7d", "#2f7fc1", "#d0661e", "#2b9467", "#c2436b", "#8a6bc4", "#a3752f", "#1b8fa1")
SHAPES = (
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
)

#: Drawings beside each other; a page is not wider.
_COLUMNS = 3

Row = dict[str, Any]

#: A chart of one layer, several layers or several panels; altair has no one name for it.
Drawing = Any

_LEGEND = alt.Legend()


@dataclass(frozen=True)
class Figure:
    """A picture of numbers, drawn the same way on the page and for print.

    Attributes:
        name: Name of the figure's files, without the suffix.
        title: Title of the figure, in a few words.
        caption: Caption that says how to read it.
        description: Text for a reader who cannot see the picture.
        chart: Drawn with Vega-Lite.
    """

    name: str
    title: str
    caption: str
    description: str
    chart: Drawing

    @cached_property
    def vega_lite(self) -> dict[str, Any]:
        """The chart as Vega-Lite, without colours of text and axes; made once, for it takes longest."""
        specification: dict[str, Any] = self.chart.to_dict(validate=False)
        return specification


@dataclass(frozen=True)
class Arms:
    """The arms of a report in the order of the study, the start first, each with its colour and shape."""

    names: tuple[str, ...]

    @property
    def labels(self) -> list[str]:
        """Labels of the arms in figures."""
        return [arm_label(name) for name in self.names]

    def colour(self, legend: alt.Legend | None = _LEGEND) -> alt.Color:
        """The colour of each arm, the same in every figure."""
        scale = alt.Scale(
            domain=self.labels, range=[COLOURS[i % len(COLOURS)] for i in range(len(self.names))]
        )
        return alt.Color("arm:N", scale=scale, title="arm", legend=legend)

    def shape(self, legend: alt.Legend | None = _LEGEND) -> alt.Shape:
        """The shape of each arm; where colours repeat, shapes have moved on by one."""
        n = len(SHAPES)
        scale = alt.Scale(
            domain=self.labels, range=[SHAPES[(i + i // n) % n] for i in range(len(self.names))]
        )
        return alt.Shape("arm:N", scale=scale, title="arm", legend=legend)


def arms_of(measures: pl.DataFrame) -> Arms:
    """Those that were measured, repetitions aside."""
    names = main_arms(measures)["arm"].unique(maintain_order=True).to_list()
    return Arms(tuple(sorted(names, key=lambda name: name != "none")))


def summary(numbers: Sequence[float], name: str) -> Row:
    """The mean of one number a replicate and the ends of its 95 % interval, under names that begin alike."""
    interval = t_interval(numbers, level=LEVEL)
    return {name: interval.mean, f"{name}_low": interval.low, f"{name}_high": interval.high}


def one_against_another(
    xs: dict[tuple[str, str], dict[int, float]], ys: dict[tuple[str, str], dict[int, float]]
) -> tuple[list[Row], list[Row]]:
    """Every replicate of every model that has both numbers, as `x` and `y`; and means with intervals."""
    points: list[Row] = []
    means: list[Row] = []
    for (start, arm), across in xs.items():
        up = ys.get((start, arm), {})
        both = sorted(across.keys() & up.keys())
        model = {"start": start_label(start), "arm": arm_label(arm)}
        points += [{**model, "replicate": one, "x": across[one], "y": up[one]} for one in both]
        x, y = (summary([of[one] for one in both], name) for of, name in ((across, "x"), (up, "y")))
        means.append({**model, **x, **y, "replicates": len(both)})
    return points, means


def chart(rows: Sequence[Row]) -> alt.Chart:
    """A chart of rows. Undefined numbers are left out of them, and nothing is drawn there.

    The rows are a tuple, which altair hands on where it would copy a list each time charts are joined.
    """
    return alt.Chart(
        alt.InlineData(values=tuple({k: v for k, v in row.items() if v is not None} for row in rows))
    )


def room(numbers: Iterable[float | None], measure: str = "", *, change: bool = False) -> list[float]:
    """The ends of an axis that holds all numbers, with some air; no further than the measure can go.

    Intervals may be longer than that, with few replicates far longer: they are cut at the border.
    """
    defined = [number for number in numbers if number is not None]
    low, high = min(defined), max(defined)
    air = 0.15 * (high - low) or 0.05
    low, high = low - air, high + air
    known = MEASURES.get(measure.partition(" on ")[0])
    if known and known.scale == "share":
        least = -1.0 if change else 0.0
        low, high = max(low, least), min(high, 1.0)
    return [low, high]


def without(rows: Sequence[Row], name: str) -> list[Row]:
    """Rows without one of their columns."""
    return [{key: value for key, value in row.items() if key != name} for row in rows]


def across(field: str, title: str, domain: list[float]) -> alt.X:
    """A number along the bottom."""
    ticks = alt.Axis(tickCount=6, labelOverlap=True)
    return alt.X(
        f"{field}:Q", title=title, axis=ticks, scale=alt.Scale(domain=domain, nice=False, zero=False)
    )


def up(field: str, title: str, domain: list[float]) -> alt.Y:
    """A number along the side."""
    return alt.Y(f"{field}:Q", title=title, scale=alt.Scale(domain=domain, nice=False, zero=False))


def side_by_side(titles: Sequence[str], draw: Callable[[str], Drawing], columns: int = _COLUMNS) -> Drawing:
    """A panel for each title, drawn with that title's rows."""
    panels = [draw(title).properties(title=alt.TitleParams(title, anchor="start")) for title in titles]
    return alt.concat(*panels, columns=columns)


def arm_label(name: str) -> str:
    """An arm's name; control characters, in a file's name perhaps, written out."""
    return visible(tables.arm_label(name), keep="")


def row_name(row: Row, several: bool) -> str:
    """How a row of a figure is headed: by its arm, and by its start where there are several."""
    return f"{row['start']} · {row['arm']}" if several else str(row["arm"])


def start_label(start: str) -> str:
    """`start 5000`."""
    return f"start {visible(start, keep='')}"
