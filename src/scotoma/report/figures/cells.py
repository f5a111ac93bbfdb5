"""Heuristic by label: where in the blind spot each model is right."""

import altair as alt
import polars as pl

from scotoma.basics.words import number, visible
from scotoma.blindspots import BlindSpot
from scotoma.report.figures.figure import (
    Arms,
    Drawing,
    Figure,
    Row,
    across,
    arm_label,
    arms_of,
    chart,
    row_name,
    side_by_side,
    start_label,
    summary,
)
from scotoma.results.results import Results
from scotoma.results.values import values

_WIDTH = 230
_OF_A_ROW = 18


def cells(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Accuracy of every model in every heuristic by label; None where nothing was measured."""
    points: list[Row] = []
    means: list[Row] = []
    for cell in _names(results, blindspot):
        for (start, arm), by_replicate in values(results.measures, blindspot.name, cell, "accuracy").items():
            model = {"cell": visible(cell, keep=""), "start": start_label(start), "arm": arm_label(arm)}
            points += [{**model, "replicate": one, "value": value} for one, value in by_replicate.items()]
            means.append(
                {**model, **summary(list(by_replicate.values()), "mean"), "replicates": len(by_replicate)}
            )
    if not points:
        return None
    return Figure(
        name=f"cells-{blindspot.name}",
        title=f"Heuristic by label: {blindspot.title}",
        caption="Accuracy in each cell. Ticks are replicates, marks their means, lines 95 % t intervals.",
        description="; ".join(
            f"{row['cell']}, {row['start']}, {row['arm']}: {number(row['mean'])}" for row in means
        ),
        chart=_draw(points, means, arms_of(results.measures)),
    )


def _names(results: Results, blindspot: BlindSpot) -> list[str]:
    here = results.measures.filter(pl.col("test") == blindspot.name)["cell"].unique(maintain_order=True)
    return [
        f"{name}/{label}"
        for name in blindspot.heuristics
        for label in blindspot.labels
        if f"{name}/{label}" in here
    ]


def _draw(points: list[Row], means: list[Row], arms: Arms) -> Drawing:
    several = len({row["start"] for row in means}) > 1
    points, means = ([{**row, "row": row_name(row, several)} for row in rows] for rows in (points, means))
    order = list(dict.fromkeys(row["row"] for row in means))
    y = alt.Y("row:N", sort=order, title=None, axis=alt.Axis(labelLimit=200))
    tooltip = [
        alt.Tooltip("row:N", title="arm"),
        "cell:N",
        alt.Tooltip("mean:Q", format=".3f"),
        "replicates:Q",
    ]

    def x(field: str) -> alt.X:
        return across(field, "accuracy", [0.0, 1.0])

    def panel(cell: str) -> Drawing:
        single, whole = (chart([row for row in rows if row["cell"] == cell]) for rows in (points, means))
        paint = arms.colour(None)
        return alt.layer(
            whole.mark_rule(strokeWidth=2, clip=True).encode(x("mean_low"), alt.X2("mean_high:Q"), y, paint),
            single.mark_tick(thickness=1.5, opacity=0.6, size=9).encode(x("value"), y, paint),
            whole.mark_point(size=70, filled=True, opacity=1).encode(
                x("mean"), y, paint, arms.shape(None), tooltip=tooltip
            ),
        ).properties(width=_WIDTH, height=_OF_A_ROW * len(order))

    return side_by_side(list(dict.fromkeys(row["cell"] for row in means)), panel, columns=2)
