"""Drift by round: what models can do, and what the generator writes."""

from collections.abc import Iterable

import altair as alt

from scotoma.basics.words import number, visible
from scotoma.report.figures.figure import (
    Arms,
    Drawing,
    Figure,
    Row,
    arm_label,
    chart,
    room,
    side_by_side,
    start_label,
    summary,
    up,
)
from scotoma.results.results import Results
from scotoma.results.rounds import DIVERSITY, TRUTH

_WIDTH, _HEIGHT = 230, 190


def drift(results: Results) -> Figure | None:
    """Every quantity by round; None of a study of one round."""
    if not results.rounds.height:
        return None
    several = results.rounds["start"].n_unique() > 1
    points: list[Row] = []
    for row in results.rounds.iter_rows(named=True):
        source = arm_label(row["source"])
        name = f"{start_label(row['start'])} · {source}" if several else source
        points.append({**{key: row[key] for key in ("replicate", "quantity", "round", "value")}, "arm": name})
    means = list(_means(points))
    names = tuple(dict.fromkeys(row["arm"] for row in points))
    training_data = {
        "replace": "on what it wrote last",
        "accumulate": "on the originals and everything it has written",
        "accumulate_subsample": (
            "on the same number of rows, drawn from the originals and everything it has written"
        ),
    }
    rounds = results.study.rounds
    how = f", each time from its base {training_data[rounds.data]}" if rounds else ""
    return Figure(
        name="rounds",
        title="Drift by round",
        caption=f"Round 0 is original data; in each round the generator is trained again{how}. Thin lines "
        "are replicates, marks their means, bars 95 % t intervals, cut where they leave the panel. Arms are "
        "models trained on rows of that round; the pool is what was written in it. Distinct-2: different "
        "pairs of neighbouring words over all pairs, at equal numbers of rows. Odds ratio: of the target "
        "label, where all words of the second text occur in the first; its logarithm is 0 where there is no "
        "shortcut.",
        description="; ".join(
            f"{row['quantity']}, {row['arm']}, round {row['round']}: {number(row['mean'])}" for row in means
        ),
        chart=_draw(points, means, Arms(names)),
    )


def axis(values: Iterable[float], quantity: str) -> list[float]:
    """The ends of a panel's axis: as far as its measure can go, or a share of a pool."""
    return room(values, "accuracy" if quantity in (DIVERSITY, TRUTH) else quantity)


def _means(points: list[Row]) -> list[Row]:
    grouped: dict[tuple[str, str, int], list[float]] = {}
    for row in points:
        grouped.setdefault((row["quantity"], row["arm"], row["round"]), []).append(row["value"])
    return [
        {
            "quantity": quantity,
            "arm": arm,
            "round": at,
            **summary(by_replicate, "mean"),
            "replicates": len(by_replicate),
        }
        for (quantity, arm, at), by_replicate in sorted(grouped.items(), key=lambda item: item[0][2])
    ]


def _draw(points: list[Row], means: list[Row], arms: Arms) -> Drawing:
    last = max(row["round"] for row in points)
    x = alt.X("round:Q", title="round", axis=alt.Axis(values=list(range(last + 1)), format="d"))
    tooltip = [
        alt.Tooltip("arm:N"),
        alt.Tooltip("round:Q", title="round"),
        alt.Tooltip("mean:Q", format=".3f"),
        "replicates:Q",
    ]

    def panel(quantity: str) -> Drawing:
        single, whole = ([row for row in rows if row["quantity"] == quantity] for rows in (points, means))
        domain = axis([row["value"] for row in single], quantity)
        thin = chart(single).mark_line(strokeWidth=1, opacity=0.3, clip=True)
        mean = chart(whole)
        return alt.layer(
            thin.encode(x, up("value", "", domain), arms.colour(), alt.Detail("replicate:N")),
            mean.mark_rule(strokeWidth=1.5, clip=True).encode(
                x, up("mean_low", "", domain), alt.Y2("mean_high:Q"), arms.colour()
            ),
            mean.mark_line(strokeWidth=2.5, clip=True).encode(x, up("mean", "", domain), arms.colour()),
            mean.mark_point(size=70, filled=True, opacity=1).encode(
                x, up("mean", "", domain), arms.colour(), arms.shape(), tooltip=tooltip
            ),
        ).properties(width=_WIDTH, height=_HEIGHT)

    return side_by_side([visible(name) for name in dict.fromkeys(row["quantity"] for row in points)], panel)
