"""The chart of the scripts that draw changes: means with their intervals, a line for each series."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt


def changes_chart(rows: Sequence[Mapping[str, Any]], *, x_title: str, y_title: str, aside: float) -> Any:
    """A layered chart with a dashed line at 0, where nothing changes.

    Args:
        rows: Points with `at`, `series`, `mean`, `low` and `high`.
        x_title: What `at` is.
        y_title: What changes.
        aside: How far series are drawn from one another at the same `at`, so that intervals do not overlap.
    """
    names = list(dict.fromkeys(row["series"] for row in rows))
    middle = (len(names) - 1) / 2
    points = [{**row, "x": row["at"] + aside * (names.index(row["series"]) - middle)} for row in rows]
    axis = alt.Axis(values=sorted({row["at"] for row in rows}), format=".3~g", grid=False)
    x = alt.X("x:Q", title=x_title, axis=axis, scale=alt.Scale(zero=False))
    color, shape = alt.Color("series:N", title=None), alt.Shape("series:N", title=None)
    unlisted = alt.Color("series:N", legend=None)

    def up(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", title=y_title, scale=alt.Scale(nice=True))

    base = alt.Chart(alt.InlineData(values=points))
    zero = alt.Chart(alt.InlineData(values=[{"zero": 0}])).mark_rule(strokeDash=[3, 3])
    layers = alt.layer(
        zero.encode(up("zero")),
        base.mark_rule(strokeWidth=2).encode(x, up("low"), alt.Y2("high:Q"), unlisted),
        base.mark_line(opacity=0.4).encode(x, up("mean"), unlisted),
        base.mark_point(size=75, filled=True, opacity=1).encode(x, up("mean"), color, shape),
    )
    # With independent scales the points' colour and shape share one legend.
    return layers.resolve_scale(color="independent", shape="independent")
