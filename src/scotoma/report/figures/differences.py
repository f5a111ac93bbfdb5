"""How far every arm moved the blind spot, against its start and against the same amount of original data."""

from collections.abc import Sequence
from typing import Any

import altair as alt
import polars as pl

from scotoma.basics.words import visible, with_interval
from scotoma.blindspots import BlindSpot
from scotoma.measures import MEASURES
from scotoma.report.figures.figure import (
    Arms,
    Drawing,
    Figure,
    Row,
    across,
    arm_label,
    arms_of,
    chart,
    room,
    row_name,
    side_by_side,
    start_label,
    without,
)
from scotoma.results.focus import focus
from scotoma.results.results import Results

_WIDTH = 360
_OF_A_ROW = 26


def differences(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Every contrast in the claim's place; None where none could be made."""
    cell, measure = focus(results.study, blindspot)
    rows = contrast_rows(results.contrasts, blindspot.name, [cell], measure)
    if not rows:
        return None
    margin = next(
        (
            claim.margin
            for claim in results.study.claims
            if (claim.blindspot, claim.cell, claim.measure) == (blindspot.name, cell, measure)
        ),
        None,
    )
    band = "" if margin is None else f" The band is the claim's margin, {margin:g} in either direction."
    return Figure(
        name=f"differences-{blindspot.name}",
        title=f"How far each arm moved: {blindspot.title}",
        caption=f"Differences in {MEASURES[measure].title} on {cell}, paired by replicate: ticks are "
        "replicates, marks their mean, lines 95 % t intervals, with an arrow where one leaves the panel."
        f"{band}",
        description="; ".join(
            f"{row['arm']} from {row['start']} {row['against']}: "
            f"{with_interval(row['mean'], row['low'], row['high'])}"
            for row in rows
        ),
        chart=_draw(rows, arms_of(results.measures), measure, margin),
    )


#: What the usual references are called.
_AGAINST = {"start": "against its start", "original": "against the same amount of original data"}


def contrast_rows(contrasts: pl.DataFrame, test: str, cells: Sequence[str], measure: str) -> list[Row]:
    """Contrasts as rows of a figure, by kind of reference."""
    chosen = contrasts.filter(
        pl.col("test") == test,
        pl.col("cell").is_in(list(cells)),
        pl.col("measure") == measure,
        pl.col("mean").is_not_null(),
    )
    return [
        {
            "start": start_label(row["start"]),
            "arm": arm_label(row["arm"]),
            "cell": visible(row["cell"], keep=""),
            "against": _AGAINST.get(row["against"], f"against {arm_label(row['reference'])}"),
            **{name: row[name] for name in ("mean", "low", "high", "replicates", "values")},
        }
        for row in chosen.iter_rows(named=True)
    ]


def _draw(rows: list[Row], arms: Arms, measure: str, margin: float | None) -> Drawing:
    title, several = f"change in {MEASURES[measure].title}", len({row["start"] for row in rows}) > 1
    ends = [value for row in rows for value in row["values"]]
    domain = room([*ends, 0.0, *([] if margin is None else [-margin, margin])], measure, change=True)
    tooltip = [
        alt.Tooltip("row:N", title="arm"),
        *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("mean", "low", "high")),
        alt.Tooltip("replicates:Q"),
    ]

    def panel(against: str) -> Drawing:
        panel_rows = [{**row, "row": row_name(row, several)} for row in rows if row["against"] == against]
        single = [
            {"row": row["row"], "arm": row["arm"], "value": v} for row in panel_rows for v in row["values"]
        ]
        order = [row["row"] for row in panel_rows]
        whole, ticks, paint = chart(without(panel_rows, "values")), chart(single), arms.colour(None)
        y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=240))
        return alt.layer(
            *backdrop(domain, margin),
            whole.mark_rule(strokeWidth=2, clip=True).encode(
                across("low", title, domain), alt.X2("high:Q"), y, paint
            ),
            *arrows(without(panel_rows, "values"), title, domain, y, paint),
            ticks.mark_tick(thickness=1.5, opacity=0.6, size=12).encode(
                across("value", title, domain), y, paint
            ),
            whole.mark_point(size=110, filled=True, opacity=1).encode(
                across("mean", title, domain), y, paint, arms.shape(None), tooltip=tooltip
            ),
        ).properties(width=_WIDTH, height=_OF_A_ROW * len(order))

    return side_by_side(list(dict.fromkeys(row["against"] for row in rows)), panel, columns=2)


def backdrop(domain: list[float], margin: float | None) -> list[alt.Chart]:
    """A line at zero, and the band of differences that count as none."""
    zero = chart([{"at": 0}]).mark_rule(strokeDash=[3, 3]).encode(across("at", "", domain))
    if margin is None:
        return [zero]
    band = chart([{"from": -margin, "to": margin}]).mark_rect(opacity=0.15, color="#7d7d7d")
    return [band.encode(across("from", "", domain), alt.X2("to:Q")), zero]


def arrows(rows: Sequence[Row], title: str, domain: list[float], *marks: Any) -> list[alt.Chart]:
    """A triangle at the end of the axis wherever an interval goes on beyond it.

    Args:
        rows: Rows with `low` and `high`.
        title: Title of the axis along the bottom.
        domain: Its ends.
        marks: The other encodings of the intervals.
    """
    layers = []
    for side, end, gone in (
        ("left", domain[0], [row for row in rows if row["low"] is not None and row["low"] < domain[0]]),
        ("right", domain[1], [row for row in rows if row["high"] is not None and row["high"] > domain[1]]),
    ):
        if gone:
            points = chart([{**row, "end": end} for row in gone])
            shape = points.mark_point(shape=f"triangle-{side}", size=50, filled=True, opacity=1)
            layers.append(shape.encode(across("end", title, domain), *marks))
    return layers
