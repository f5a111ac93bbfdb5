"""How far the blind spot moved with the share of synthetic or biased rows."""

import altair as alt

from scotoma.basics.words import visible
from scotoma.blindspots import BlindSpot
from scotoma.measures import MEASURES
from scotoma.report.figures.figure import (
    COLOURS,
    Drawing,
    Figure,
    Row,
    across,
    chart,
    room,
    side_by_side,
    up,
    without,
)
from scotoma.results.doses import name, place, sentences
from scotoma.results.results import Results

_WIDTH, _HEIGHT = 340, 260


def doses(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Every curve's differences to the original arm of its size; None where there is no curve."""
    curve_rows = results.doses.filter(test=blindspot.name)
    if not curve_rows.height:
        return None
    cell, measure = place(results.study, blindspot)
    margin = next(
        (
            claim.margin
            for claim in results.study.claims
            if (claim.blindspot, claim.cell, claim.measure) == (blindspot.name, cell, measure)
        ),
        None,
    )
    lines = "" if margin is None else f" Dotted: the claim's margin, {margin:g} in either direction."
    return Figure(
        name=f"doses-{blindspot.name}",
        title=f"Change by share of rows: {blindspot.title}",
        caption=f"Across: share of the arm's rows. Up: difference in {MEASURES[measure].title} on {cell} "
        "from the original arm of the same size, paired by replicate: dots are replicates, rings their "
        "means, the band the 95 % t interval at each share, cut where it leaves the panel. Share 0 is the "
        f"original arm.{lines}",
        description=" ".join(sentences(curve_rows)),
        chart=_draw([_row(row) for row in curve_rows.to_dicts()], measure, margin),
    )


def _row(row: Row) -> Row:
    names = ("share", "arm", "mean", "low", "high", "replicates", "values", "verdict")
    return {"panel": visible(name(row), keep=""), **{one: row[one] for one in names}}


def _draw(rows: list[Row], measure: str, margin: float | None) -> Drawing:
    title = f"change in {MEASURES[measure].title}"
    borders = [] if margin is None else [-margin, margin]
    ends = [value for row in rows for value in row["values"]]
    domain = room([*ends, 0.0, *borders], measure, change=True)
    tooltip = [
        alt.Tooltip("arm:N"),
        alt.Tooltip("share:Q"),
        *(alt.Tooltip(f"{name}:Q", format="+.3f") for name in ("mean", "low", "high")),
        "replicates:Q",
        "verdict:N",
    ]
    x, paint = across("share", "share of the rows", [-0.04, 1.04]), alt.value(COLOURS[1])

    def y(field: str) -> alt.Y:
        return up(field, title, domain)

    def panel(name: str) -> Drawing:
        panel_rows = [row for row in rows if row["panel"] == name]
        single = [{"share": row["share"], "value": value} for row in panel_rows for value in row["values"]]
        origin: Row = {"share": 0.0, "mean": 0.0, "low": 0.0, "high": 0.0}
        whole = chart([origin, *without(panel_rows, "values")])
        sure = chart([origin, *(row for row in without(panel_rows, "values") if row["low"] is not None)])
        marks = [
            sure.mark_area(opacity=0.2, clip=True).encode(x, y("low"), alt.Y2("high:Q"), color=paint),
            chart([{"at": 0.0}]).mark_rule(strokeDash=[3, 3]).encode(y("at")),
            whole.mark_line(strokeWidth=1.5, clip=True).encode(x, y("mean"), color=paint),
            chart(single).mark_point(size=22, filled=True, opacity=0.6).encode(x, y("value"), color=paint),
            # Rings, for the replicates near the mean are to be seen.
            whole.mark_point(size=150, filled=False, opacity=1).encode(
                x, y("mean"), color=paint, tooltip=tooltip
            ),
        ]
        if borders:
            edges = chart([{"at": at} for at in borders])
            marks.insert(1, edges.mark_rule(strokeDash=[1, 3], strokeWidth=1.5).encode(y("at")))
        return alt.layer(*marks).properties(width=_WIDTH, height=_HEIGHT)

    return side_by_side(list(dict.fromkeys(row["panel"] for row in rows)), panel, columns=2)
