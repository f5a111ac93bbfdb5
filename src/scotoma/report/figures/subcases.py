"""How far each arm moved every subcase of the blind spot, the worst first."""

import altair as alt
import polars as pl

from scotoma.basics.words import visible, with_interval
from scotoma.blindspots import BlindSpot
from scotoma.report.figures.differences import arrows, backdrop, contrast_rows
from scotoma.report.figures.figure import (
    Arms,
    Drawing,
    Figure,
    Row,
    across,
    arms_of,
    chart,
    room,
    side_by_side,
    without,
)
from scotoma.results.results import Results

_WIDTH = 560
_TITLE = "change in accuracy"


def subcases(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Each arm by subcase, against the same amount of original data; None without such a contrast."""
    measures = results.measures.filter(pl.col("subcase") != "", pl.col("test") == blindspot.name)
    names = dict(measures.select("cell", "subcase").unique(maintain_order=True).iter_rows())
    shown = {visible(cell, keep=""): readable(subcase, blindspot) for cell, subcase in names.items()}
    rows = [
        {**row, "subcase": shown[row["cell"]]}
        for row in contrast_rows(results.contrasts, blindspot.name, list(names), "accuracy")
        if row["against"] == "against the same amount of original data"
    ]
    if not rows:
        return None
    rows.sort(key=lambda row: float(row["mean"]))
    return Figure(
        name=f"subcases-{blindspot.name}",
        title=f"Subcases against the same amount of original data: {blindspot.title}",
        caption="Differences in accuracy, paired by replicate: mean and 95 % t interval for each arm, the "
        "largest fall first; an arrow where an interval leaves the panel.",
        description="; ".join(
            f"{row['subcase']}, {row['arm']} from {row['start']}: "
            f"{with_interval(row['mean'], row['low'], row['high'])}"
            for row in rows
        ),
        chart=_draw(rows, arms_of(results.measures)),
    )


def readable(subcase: str, blindspot: BlindSpot) -> str:
    """`sn_relative_clause` as `relative clause (subsequence, non-entailment)`.

    Codes that begin with the initials of one heuristic and one label, as those of HANS do, are spelled out.
    """
    code, _, rest = subcase.partition("_")
    of_code = [
        (heuristic, label)
        for heuristic in blindspot.heuristics
        for label in blindspot.labels
        if code == heuristic[:1] + label[:1]
    ]
    if not rest or len(of_code) != 1:
        return visible(subcase, keep="")
    (heuristic, label), words = of_code[0], rest.replace("_", " ")
    return visible(f"{words} ({heuristic.replace('_', ' ')}, {label})", keep="")


def _draw(rows: list[Row], arms: Arms) -> Drawing:
    names, shown = (list(dict.fromkeys(row[name] for row in rows)) for name in ("subcase", "arm"))
    y = alt.Y("subcase:N", sort=names, title=None, axis=alt.Axis(labelLimit=360))
    offset = alt.YOffset("arm:N", sort=shown)
    domain = room([0.0, *(row["mean"] for row in rows)], "accuracy", change=True)
    legend = alt.Legend(values=shown)
    tooltip = [
        "subcase:N",
        "arm:N",
        *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("mean", "low", "high")),
    ]

    def x(field: str) -> alt.X:
        return across(field, _TITLE, domain)

    def panel(start: str) -> Drawing:
        start_rows = without([row for row in rows if row["start"] == start], "values")
        whole, marks = chart(start_rows), (y, offset, arms.colour(legend))
        return alt.layer(
            *backdrop(domain, None),
            whole.mark_rule(strokeWidth=1.5, clip=True).encode(x("low"), alt.X2("high:Q"), *marks),
            *arrows(start_rows, _TITLE, domain, *marks),
            whole.mark_point(size=40, filled=True, opacity=1).encode(
                x("mean"), *marks, arms.shape(legend), tooltip=tooltip
            ),
        ).properties(width=_WIDTH, height=len(names) * (8 * len(shown) + 8))

    return side_by_side(list(dict.fromkeys(row["start"] for row in rows)), panel, columns=1)
