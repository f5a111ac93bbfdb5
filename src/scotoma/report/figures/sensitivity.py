"""d' against criterion: which way did it move, and was it only the threshold?"""

import altair as alt

from scotoma.basics.words import number
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
    one_against_another,
    room,
    side_by_side,
    up,
)
from scotoma.results.results import Results
from scotoma.results.values import values

_SIDE = 300

_UP = "sensitivity (d')"


def sensitivity(results: Results, blindspot: BlindSpot) -> Figure | None:
    """Every model by what it can tell apart and how readily it says the target; None where unmeasured."""
    told_apart = values(results.measures, blindspot.name, "all", "d_prime")
    threshold = values(results.measures, blindspot.name, "all", "criterion")
    points, means = one_against_another(threshold, told_apart)
    if not points:
        return None
    target = blindspot.labels[0]
    return Figure(
        name=f"sensitivity-{blindspot.name}",
        title=f"Less sensitive, or only readier to say {target}? {blindspot.title}",
        caption=f"Up: sensitivity (d'), how well the model tells the labels apart. Across: criterion; "
        f"further left, it says {target} more readily. A line runs from the start to each arm: down, the "
        "model loses sensitivity; sideways, its threshold moves. Small marks are replicates.",
        description="; ".join(
            f"{row['start']}, {row['arm']}: d' {number(row['y'], digits=2)}, "
            f"criterion {number(row['x'], digits=2)}"
            for row in means
        ),
        chart=_draw(points, means, arms_of(results.measures)),
    )


def _draw(points: list[Row], means: list[Row], arms: Arms) -> Drawing:
    horizontal, vertical = (room([row[name] for row in points]) for name in "xy")
    marks = (
        across("x", "criterion", horizontal),
        up("y", "sensitivity (d')", vertical),
        arms.colour(),
        arms.shape(),
    )
    tooltip = [
        "arm:N",
        alt.Tooltip("y:Q", title="d'", format=".2f"),
        alt.Tooltip("x:Q", title="criterion", format=".2f"),
    ]

    def panel(start: str) -> Drawing:
        start_rows = [row for row in means if row["start"] == start]
        first = next((row for row in start_rows if row["arm"] == arm_label("none")), None)
        ways = [
            {**row, "x0": first["x"], "y0": first["y"]} for row in start_rows if first and row is not first
        ]
        single = chart([row for row in points if row["start"] == start])
        return alt.layer(
            chart(ways)
            .mark_rule(opacity=0.7)
            .encode(
                across("x0", "criterion", horizontal),
                alt.X2("x:Q"),
                up("y0", _UP, vertical),
                alt.Y2("y:Q"),
                arms.colour(),
            ),
            single.mark_point(size=22, filled=True, opacity=0.5).encode(
                *marks, tooltip=[*tooltip, "replicate:N"]
            ),
            chart(start_rows).mark_point(size=120, filled=True, opacity=1).encode(*marks, tooltip=tooltip),
        ).properties(width=_SIDE, height=_SIDE)

    return side_by_side(list(dict.fromkeys(row["start"] for row in means)), panel)
