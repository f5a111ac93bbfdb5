"""What a reader must know beside a verdict: a measure at its end, a threshold that moved."""

from typing import Any

import polars as pl

from scotoma.basics.words import moved, share
from scotoma.measures import FLOOR
from scotoma.results.noise import noise_note
from scotoma.study.claims import Claim


def notes(
    claim: Claim,
    row: dict[str, Any],
    contrasts: pl.DataFrame,
    measures: pl.DataFrame,
    noise: pl.DataFrame,
) -> str:
    """Sentences on one contrast of a claim; empty where there is nothing to add.

    Args:
        claim: Only of one on accuracy is more said than the noise floor.
        row: The contrast, as in `scotoma.results.contrasts.SCHEMA`.
        contrasts: All of the study's.
        measures: All of the study's.
        noise: All noise floors of the study.
    """
    # Beyond the task's change, what is judged is a difference of differences: it has no floor of its own.
    parts = [] if claim.beyond else [noise_note(noise, row, claim.blindspot, claim.cell, claim.measure)]
    if claim.measure.startswith("accuracy"):
        parts += [_end_of_the_scale(claim, row, contrasts, measures), _sensitivity(claim, row, contrasts)]
    return " ".join(part for part in parts if part)


def rows_in(
    contrasts: pl.DataFrame, claim: Claim, measure: str, cell: str | None = None
) -> list[dict[str, Any]]:
    """The contrasts of a claim's arms (`Study.arms_of`) on its blind spot, in its cell or another."""
    kind, _, reference = claim.contrast.partition(" - ")
    claimed = pl.col("contrast") == claim.contrast
    if kind == "mixed":  # share 1 of a mixture is the arm `synthetic` of its size
        sizes = contrasts.filter(claimed)["arm_n"].unique().implode()
        claimed |= (pl.col("contrast") == f"synthetic - {reference}") & pl.col("arm_n").is_in(sizes)
    return contrasts.filter(
        pl.col("test") == claim.blindspot,
        pl.col("cell") == (claim.cell if cell is None else cell),
        pl.col("measure") == measure,
        claimed,
    ).to_dicts()


def _end_of_the_scale(
    claim: Claim, row: dict[str, Any], contrasts: pl.DataFrame, measures: pl.DataFrame
) -> str:
    """Says that accuracy is on the floor or the ceiling, and how the margin moved, which still can."""
    means = both_sides(claim, row, measures).group_by("arm").agg(pl.col("value").mean())
    mean_of = {arm: mean for arm, mean in means.iter_rows() if mean is not None}
    near = max(FLOOR, claim.margin)
    low = [name for arm, name in _sides(row).items() if mean_of.get(arm, 1) < near]
    high = [name for arm, name in _sides(row).items() if mean_of.get(arm, 0) > 1 - near]
    said = []
    if low:
        end = f"below {share(near)}, near its floor, where it can hardly fall further"
        said.append(f"{' and '.join(low)}: accuracy {end}")
    if high:
        end = f"above {share(1 - near)}, near its ceiling, where it can hardly rise further"
        said.append(f"{' and '.join(high)}: accuracy {end}")
    if not said:
        return ""
    beside = _same(rows_in(contrasts, claim, "margin"), row)
    margin = f": the margin there moved by {_moved(beside)} nats" if beside else ""
    return f"{'; '.join(said)}{margin}."


def both_sides(claim: Claim, row: dict[str, Any], measures: pl.DataFrame) -> pl.DataFrame:
    """What a claim is about in the arm and in its reference, by replicate: the rows of `measures`."""
    return measures.filter(
        pl.col("start") == row["start"],
        pl.col("arm").is_in(list(_sides(row))),
        pl.col("test") == claim.blindspot,
        pl.col("cell") == claim.cell,
        pl.col("measure") == claim.measure,
    )


def _sides(row: dict[str, Any]) -> dict[str, str]:
    """The names of arm and reference, by their arm in the measures: a start is the arm `none`."""
    return {
        row["arm"]: row["arm"],
        "none" if row["reference"] == "start" else row["reference"]: row["reference"],
    }


def _sensitivity(claim: Claim, row: dict[str, Any], contrasts: pl.DataFrame) -> str:
    """Whether the model tells the two kinds of row apart less well, or only says the target more readily."""
    heuristic = claim.cell.partition("/")[0]
    d_prime = _same(rows_in(contrasts, claim, "d_prime", heuristic), row)
    criterion = _same(rows_in(contrasts, claim, "criterion", heuristic), row)
    if d_prime is None or criterion is None or d_prime["low"] is None or criterion["low"] is None:
        return ""
    sharper, leaning = _direction(d_prime), _direction(criterion)
    tells = f"it tells the two kinds of row apart {'less well' if sharper < 0 else 'better'}"
    says = f"it says the target label {'more' if leaning < 0 else 'less'} readily"
    if sharper and leaning:
        finding = f"{tells}, and {says}"
    elif sharper:
        finding = f"{tells}; its threshold was not found to move"
    elif leaning:
        finding = f"{says}; how well it tells the two kinds of row apart was not found to change"
    else:
        finding = "neither was found to move"
    return f"On {heuristic}, d' moved by {_moved(d_prime)}, the criterion by {_moved(criterion)}: {finding}."


def _direction(row: dict[str, Any]) -> int:
    return -1 if row["high"] < 0 else int(row["low"] > 0)


def _same(rows: list[dict[str, Any]], row: dict[str, Any]) -> dict[str, Any] | None:
    """The one of the rows that is about the same arm from the same start."""
    found = [one for one in rows if (one["arm"], one["start"]) == (row["arm"], row["start"])]
    return found[0] if found and found[0]["mean"] is not None else None


def _moved(row: dict[str, Any]) -> str:
    return moved(row["mean"], row["low"], row["high"])
