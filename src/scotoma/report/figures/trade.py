"""Task against blind spot: every model, every replicate."""

import altair as alt

from scotoma.basics.words import number
from scotoma.blindspots import BlindSpot
from scotoma.measures import MEASURES, higher_is_better
from scotoma.report.figures.figure import (
    Arms,
    Drawing,
    Figure,
    Row,
    across,
    arms_of,
    chart,
    one_against_another,
    room,
    side_by_side,
    up,
)
from scotoma.results.focus import focus
from scotoma.results.results import Results
from scotoma.results.values import values

_SIDE = 300


def trade(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Accuracy on the first general test set against the blind spot; None where nothing has both."""
    if not results.general:
        return None
    test, (cell, measure) = results.general[0], focus(results.study, blindspot)
    task = values(results.measures, test, "all", "accuracy")
    spot = values(results.measures, blindspot.name, cell, measure)
    better = "Up" if higher_is_better(measure, cell, blindspot.target) else "Down"
    points, means = one_against_another(task, spot)
    if not points:
        return None
    return Figure(
        name=f"task-and-{blindspot.name}",
        title=f"Task and blind spot: {blindspot.title}",
        caption=f"Across: accuracy on {test}. Up: {MEASURES[measure].title} on {cell}. Small marks "
        "are replicates, large ones their means, with 95 % t intervals over replicates, cut where they "
        "leave the panel. "
        f"{better} and to the right is better on both.",
        description="; ".join(
            f"{row['start']}, {row['arm']}: {number(row['x'])} on {test}, {number(row['y'])} here"
            for row in means
        ),
        chart=_draw(points, means, arms_of(results.measures), ((test, "accuracy"), (cell, measure))),
    )


def _draw(
    points: list[Row], means: list[Row], arms: Arms, places: tuple[tuple[str, str], tuple[str, str]]
) -> Drawing:
    right, top = (f"{MEASURES[measure].title}, {place}" for place, measure in places)
    horizontal, vertical = (
        room([row[name] for row in points], measure) for name, (_, measure) in zip("xy", places, strict=True)
    )
    x, y = across("x", right, horizontal), up("y", top, vertical)
    marks = (x, y, arms.colour(), arms.shape())
    tooltip = [
        alt.Tooltip("arm:N"),
        alt.Tooltip("x:Q", title=right, format=".3f"),
        alt.Tooltip("y:Q", title=top, format=".3f"),
    ]

    def panel(start: str) -> Drawing:
        dots, whole = (chart([row for row in rows if row["start"] == start]) for rows in (points, means))
        line = whole.mark_rule(strokeWidth=1.5, clip=True)
        return alt.layer(
            dots.mark_point(size=22, filled=True, opacity=0.5).encode(
                *marks, tooltip=[*tooltip, "replicate:N"]
            ),
            line.encode(x, up("y_low", top, vertical), alt.Y2("y_high:Q"), arms.colour()),
            line.encode(across("x_low", right, horizontal), alt.X2("x_high:Q"), y, arms.colour()),
            whole.mark_point(size=120, filled=True, opacity=1).encode(
                *marks, tooltip=[*tooltip, "replicates:Q"]
            ),
        ).properties(width=_SIDE, height=_SIDE)

    return side_by_side(list(dict.fromkeys(row["start"] for row in means)), panel)
