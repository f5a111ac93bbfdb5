"""What became of generated rows, and which answers were lost and gained: bars that share one length."""

import altair as alt
import polars as pl

from scotoma.basics.words import number, percent, visible
from scotoma.blindspots import BlindSpot
from scotoma.report.figures.figure import (
    COLOURS,
    Drawing,
    Figure,
    Row,
    across,
    arm_label,
    chart,
    room,
    row_name,
    side_by_side,
    start_label,
)
from scotoma.results.results import Results
from scotoma.results.samples import first_alone

_WIDTH = 420
_OF_A_ROW = 24


def funnel(results: Results) -> Figure | None:
    """Rows of each generator: how many were kept and why others were not; None where none were screened."""
    rows: list[Row] = []
    for pool_yield in results.yields:
        raw, n_kept = pool_yield.funnel.get("raw"), pool_yield.funnel.get("kept")
        if not raw or n_kept is None:
            continue
        for place, (what, n) in enumerate(
            [("kept", n_kept), *sorted(pool_yield.funnel.get("rejected", {}).items())]
        ):
            rows.append(
                {
                    "generator": visible(str(pool_yield)),
                    "what": visible(what),
                    "n": n,
                    "share": n / raw,
                    "place": place,
                }
            )
    if not rows:
        return None
    order = list(dict.fromkeys(row["what"] for row in sorted(rows, key=lambda row: row["place"])))
    return Figure(
        name="yield",
        title="What became of the generated rows",
        caption="Share of the rows that each generator wrote: kept, or dropped for this reason.",
        description="; ".join(
            f"{row['generator']}: {row['what']} {percent(round(row['share'], 3))} ({row['n']} rows)"
            for row in rows
        ),
        chart=_bars(rows, order),
    )


def lost_and_gained(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Mean share of answers lost and gained by each arm, by label; None where nothing can be compared."""
    label_cells = [f"all/{label}" for label in blindspot.labels]
    flips = (
        results.flips.filter(pl.col("test") == blindspot.name, pl.col("cell").is_in(label_cells))
        .with_columns(n=pl.sum_horizontal("kept", "lost", "gained", "missed"))
        .group_by("start", "arm", "reference", "cell", maintain_order=True)
        .agg((pl.col("lost") / pl.col("n")).mean(), (pl.col("gained") / pl.col("n")).mean())
    )
    rows: list[Row] = []
    several = flips["start"].n_unique() > 1
    for row in flips.iter_rows(named=True):
        arm = f"{arm_label(row['arm'])} against {arm_label(row['reference'])}"
        cell = visible(row["cell"], keep="")
        name = row_name({"start": start_label(row["start"]), "arm": arm}, several)
        rows += [
            {"row": name, "cell": cell, "what": "lost", "share": -row["lost"], "size": row["lost"]},
            {
                "row": name,
                "cell": cell,
                "what": "gained",
                "share": row["gained"],
                "size": row["gained"],
            },
        ]
    if not rows:
        return None
    return Figure(
        name=f"flips-{blindspot.name}",
        title=f"Answers lost and gained: {blindspot.title}",
        caption="Share of rows answered right before and wrong after (lost, to the left), and the other way "
        f"round (gained, to the right); means over replicates.{first_alone(results.study)}",
        description="; ".join(
            f"{row['row']}, {row['cell']}: {row['what']} {number(row['size'])}" for row in rows
        ),
        chart=_diverging(rows),
    )


def _bars(rows: list[Row], order: list[str]) -> Drawing:
    names = list(dict.fromkeys(row["generator"] for row in rows))
    scale = alt.Scale(domain=order, range=[COLOURS[(i + 1) % len(COLOURS)] for i in range(len(order))])
    bars = (
        chart(rows)
        .mark_bar(stroke="#ffffff", strokeWidth=0.5)
        .encode(
            alt.X(
                "share:Q",
                title="share of rows written",
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            alt.Y("generator:N", sort=names, title=None, axis=alt.Axis(labelLimit=260)),
            alt.Color("what:N", scale=scale, title=None),
            alt.Order("place:Q"),
            tooltip=["generator:N", "what:N", "n:Q", alt.Tooltip("share:Q", format=".1%")],
        )
    )
    return bars.properties(width=_WIDTH, height=_OF_A_ROW * len(names))


def _diverging(rows: list[Row]) -> Drawing:
    names = list(dict.fromkeys(row["row"] for row in rows))
    scale = alt.Scale(domain=["lost", "gained"], range=[COLOURS[2], COLOURS[1]])
    domain = room([row["share"] for row in rows], "accuracy", change=True)

    def panel(cell: str) -> Drawing:
        bars = (
            chart([row for row in rows if row["cell"] == cell])
            .mark_bar()
            .encode(
                across("share", "share of rows", domain).axis(format="+.0%", tickCount=4),
                alt.Y("row:N", sort=names, title=None, axis=alt.Axis(labelLimit=320)),
                alt.Color("what:N", scale=scale, title=None),
                tooltip=["row:N", "what:N", alt.Tooltip("size:Q", title="share", format=".1%")],
            )
        )
        return bars.properties(width=_WIDTH // 2, height=_OF_A_ROW * len(names))

    return side_by_side(list(dict.fromkeys(row["cell"] for row in rows)), panel, columns=2)
