"""What a reader must know beside a verdict: a measure at its end, a threshold that moved, the noise floor."""

import statistics
from collections.abc import Iterable
from typing import Any

import polars as pl

from scotoma.results.noise import noise_note
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval
from scotoma.study.claims import Claim
from scotoma.verdicts.notes import end_of_the_scale, sensitivity


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
        contrasts: All contrasts of the study.
        measures: All measures of the study.
        noise: All noise floors of the study.
    """
    # Beyond the task's change, what is judged is a difference of differences: it has no floor of its own.
    parts = [] if claim.beyond else [noise_note(noise, row, claim.blindspot, claim.cell, claim.measure)]
    if claim.measure.startswith("accuracy"):
        means = {
            name: statistics.fmean(values) if values else None
            for name, values in zip(
                (row["arm"], row["reference"]), reversed(sides_of(claim, row, measures)), strict=True
            )
        }
        heuristic = claim.cell.partition("/")[0]
        d_prime, criterion = (
            _change_in(contrasts, claim, row, one, heuristic) for one in ("d_prime", "criterion")
        )
        parts += [
            end_of_the_scale(means, claim.margin, _change_in(contrasts, claim, row, "log_odds")),
            sensitivity(heuristic, d_prime, criterion),
        ]
    return " ".join(part for part in parts if part)


def rows_in(
    contrasts: pl.DataFrame, claim: Claim, pairs: Iterable[tuple[str, str]], measure: str = ""
) -> list[dict[str, Any]]:
    """The contrasts between these models on a claim's blind spot, in its cell.

    Args:
        contrasts: All contrasts of a study.
        claim: For its blind spot and its cell, and for its measure where no other is named.
        pairs: Names of models and of those that each is compared with.
        measure: Name of the measure; empty for the claim's own.
    """
    here = contrasts.filter(
        pl.col("test") == claim.blindspot,
        pl.col("cell") == claim.cell,
        pl.col("measure") == (measure or claim.measure),
    ).to_dicts()
    chosen = set(pairs)
    return [row for row in here if (row["arm"], row["reference"]) in chosen]


def sides_of(
    claim: Claim, row: dict[str, Any], measures: pl.DataFrame, measure: str = ""
) -> tuple[list[float], list[float]]:
    """A measure in a claim's cell, in the reference and in the arm, in the order of replicates.

    Args:
        claim: For its cell, and for its measure where no other is named.
        row: The contrast that names arm and reference.
        measures: All measures of the study, or those of some replicates.
        measure: Name of the measure; empty for the claim's own.
    """
    here = measures.filter(
        pl.col("start") == row["start"],
        pl.col("test") == claim.blindspot,
        pl.col("cell") == claim.cell,
        pl.col("measure") == (measure or claim.measure),
        pl.col("value").is_not_null(),
    ).sort("replicate")
    reference = "none" if row["reference"] == "start" else row["reference"]
    before, after = (here.filter(pl.col("arm") == arm)["value"].to_list() for arm in (reference, row["arm"]))
    return before, after


def rows_of(claim: Claim, row: dict[str, Any], measures: pl.DataFrame) -> int:
    """How many rows the claim's cell has, in the predictions of the claim's arm; 0 where there are none."""
    rows = measures.filter(
        pl.col("start") == row["start"],
        pl.col("arm") == row["arm"],
        pl.col("test") == claim.blindspot,
        pl.col("cell") == claim.cell,
        pl.col("measure") == claim.measure,
    )
    return int(rows["n"][0]) if rows.height else 0


def _change_in(
    contrasts: pl.DataFrame, claim: Claim, row: dict[str, Any], measure: str, cell: str | None = None
) -> Estimate | None:
    """How another measure moved from the same start between the same models; None where it is not known."""
    other_claim = claim if cell is None else claim.model_copy(update={"cell": cell})
    for one in rows_in(contrasts, other_claim, [(row["arm"], row["reference"])], measure):
        if one["start"] == row["start"] and one["values"]:
            return t_interval(one["values"], level=LEVEL)
    return None
