"""Heuristic by label: where in the blind spot each model is right, and how that moved in every subcase."""

import altair as alt
import polars as pl

from scotoma.basics.words import moved, number, visible
from scotoma.blindspots import BlindSpot
from scotoma.report.figures.differences import backdrop, contrast_rows
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
    summary,
    without,
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
        for (start, arm), found in values(results.measures, blindspot.name, cell, "accuracy").items():
            model = {"cell": visible(cell, keep=""), "start": start_label(start), "arm": arm_label(arm)}
            points += [{**model, "replicate": one, "value": value} for one, value in found.items()]
            means.append({**model, **summary(list(found.values()), "mean"), "replicates": len(found)})
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


def subcases(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Each arm by subcase, against the same amount of original data; None without such a contrast."""
    found = results.measures.filter(pl.col("subcase") != "").select("cell", "subcase")
    names = dict(found.unique(maintain_order=True).iter_rows())
    shown = {visible(cell, keep=""): visible(subcase, keep="") for cell, subcase in names.items()}
    rows = [
        {**row, "subcase": shown[row["cell"]]}
        for row in contrast_rows(results.contrasts, blindspot.name, list(names), "accuracy")
        if row["against"] == "against the same amount of original data"
    ]
    if not rows:
        return None
    return Figure(
        name=f"subcases-{blindspot.name}",
        title=f"Subcases against the same amount of original data: {blindspot.title}",
        caption="Differences in accuracy, paired by replicate: mean and 95 % t interval for each arm, "
        "cut where it leaves the panel.",
        description="; ".join(
            f"{row['subcase']}, {row['arm']} from {row['start']}: "
            f"{moved(row['mean'], row['low'], row['high'])}"
            for row in rows
        ),
        chart=_draw_subcases(rows, arms_of(results.measures)),
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
    told = [
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
                x("mean"), y, paint, arms.shape(None), tooltip=told
            ),
        ).properties(width=_WIDTH, height=_OF_A_ROW * len(order))

    return side_by_side(list(dict.fromkeys(row["cell"] for row in means)), panel, columns=2)


def _draw_subcases(rows: list[Row], arms: Arms) -> Drawing:
    names, shown = (list(dict.fromkeys(row[name] for row in rows)) for name in ("subcase", "arm"))
    y = alt.Y("subcase:N", sort=names, title=None, axis=alt.Axis(labelLimit=240))
    offset = alt.YOffset("arm:N", sort=shown)
    domain = room([0.0, *(row["mean"] for row in rows)], "accuracy", change=True)
    legend = alt.Legend(values=shown)
    told = [
        "subcase:N",
        "arm:N",
        *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("mean", "low", "high")),
    ]

    def x(field: str) -> alt.X:
        return across(field, "change in accuracy", domain)

    def panel(start: str) -> Drawing:
        whole = chart(without([row for row in rows if row["start"] == start], "values"))
        marks = (y, offset, arms.colour(legend))
        return alt.layer(
            *backdrop(domain, None),
            whole.mark_rule(strokeWidth=1.5, clip=True).encode(x("low"), alt.X2("high:Q"), *marks),
            whole.mark_point(size=40, filled=True, opacity=1).encode(
                x("mean"), *marks, arms.shape(legend), tooltip=told
            ),
        ).properties(width=2 * _WIDTH, height=len(names) * (8 * len(shown) + 6))

    return side_by_side(list(dict.fromkeys(row["start"] for row in rows)), panel, columns=1)
