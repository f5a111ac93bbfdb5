"""What explains the difference that synthetic data make, part by part."""

import altair as alt

from scotoma.basics.words import visible, with_interval
from scotoma.report.figures.differences import backdrop
from scotoma.report.figures.figure import (
    COLOURS,
    Drawing,
    Figure,
    Row,
    across,
    chart,
    room,
    side_by_side,
    start_label,
    without,
)
from scotoma.results.results import Results

_WIDTH = 300
_OF_A_ROW = 26


def explained(results: Results) -> Figure | None:
    """Every part of every table under "What explains it"; None where there is none."""
    causes = results.causes.filter(results.causes["mean"].is_not_null())
    if not causes.height:
        return None
    several = causes.select("start", "n", "generator", "round").n_unique() > 1
    rows = [_row(row, several) for row in causes.to_dicts()]
    return Figure(
        name="causes",
        title="Parts of the difference",
        caption="Differences paired by replicate: ticks are replicates, marks their mean, lines 95 % t "
        "intervals, cut where they leave the panel. The total is synthetic against original data. Taken "
        "away, as in originals, repaired: the change when this is done to synthetic data; put in: the change "
        "when it is done to original data.",
        description="; ".join(
            f"{row['panel']}, {row['part']}: {with_interval(row['mean'], row['low'], row['high'])}"
            for row in rows
        ),
        chart=_draw(rows),
    )


def _row(row: Row, several: bool) -> Row:
    """A part, and the panel it stands in: the place, and whose rows they are if there are several."""
    setting = f"{start_label(row['start'])}, {row['n']} rows" if several else ""
    setting += f", generator {row['generator']}" if row["generator"] else ""
    setting += f", round {row['round']}" if row["round"] > 1 else ""
    place = f"{row['measure']} on {row['test']} {row['cell']}"
    numbers = {name: row[name] for name in ("part", "mean", "low", "high", "replicates", "values")}
    return {"panel": visible(f"{setting}: {place}" if setting else place, keep=""), **numbers}


def _draw(rows: list[Row]) -> Drawing:
    paint = alt.value(COLOURS[1])

    def panel(name: str) -> Drawing:
        panel_rows = [row for row in rows if row["panel"] == name]
        measure = name.rpartition(": ")[2]
        domain = room([0.0, *(value for row in panel_rows for value in row["values"])], measure, change=True)
        single = [{"part": row["part"], "value": value} for row in panel_rows for value in row["values"]]
        means, title = chart(without(panel_rows, "values")), "change"
        y = alt.Y(
            "part:N", sort=[row["part"] for row in panel_rows], title=None, axis=alt.Axis(labelLimit=240)
        )
        tooltip = [
            alt.Tooltip("part:N"),
            *(alt.Tooltip(f"{one}:Q", format="+.3f") for one in ("mean", "low", "high")),
            alt.Tooltip("replicates:Q"),
        ]
        return alt.layer(
            *backdrop(domain, None),
            means.mark_rule(strokeWidth=2, clip=True).encode(
                across("low", title, domain), alt.X2("high:Q"), y, color=paint
            ),
            chart(single)
            .mark_tick(thickness=1.5, opacity=0.6, size=12)
            .encode(across("value", title, domain), y, color=paint),
            means.mark_point(size=110, filled=True, opacity=1).encode(
                across("mean", title, domain), y, color=paint, tooltip=tooltip
            ),
        ).properties(width=_WIDTH, height=_OF_A_ROW * len(panel_rows))

    return side_by_side(list(dict.fromkeys(row["panel"] for row in rows)), panel, columns=2)
