"""Claims judged on values by replicate that a test gives."""

from collections.abc import Iterable

import polars as pl

from measured import measured_table
from scotoma.blindspots import HANS, BlindSpot
from scotoma.results.contrasts import contrasts
from scotoma.results.noise import SCHEMA as NOISE_SCHEMA
from scotoma.results.verdicts import Judgement, judge_claims
from scotoma.study.claims import Claim
from scotoma.tasks import MNLI

CELLS = ("all/non-entailment", "lexical_overlap/non-entailment")
#: Around .6, and within a margin of .06 at alpha .05, not at .025.
NARROW = [0.528, 0.576, 0.6, 0.624, 0.672]

#: By arm, test, cell and measure, a value for each replicate.
Values = dict[tuple[str, str, str, str], list[float]]


def two_arms(test: str, cell: str, measure: str, synthetic: list[float], original: list[float]) -> Values:
    """A measure of the two arms that every claim here compares."""
    return {
        ("synthetic-1500", test, cell, measure): synthetic,
        ("original-1500", test, cell, measure): original,
    }


def claim(**changes: object) -> Claim:
    """A claim on accuracy with a margin of .06, or another."""
    settled = {"blindspot": "hans", "cell": CELLS[0], "measure": "accuracy", "margin": 0.06, "alpha": 0.05}
    return Claim.model_validate({**settled, "contrast": "synthetic - original", **changes})


def judged_together(
    claims: list[Claim], values: Values, *, n_declared: int = 0, spot: BlindSpot = HANS
) -> list[Judgement]:
    """What the values say of the claims."""
    table = measured_table(
        (r, "4000", arm, 1500, test, cell, measure, value, 100, "")
        for (arm, test, cell, measure), by_replicate in values.items()
        for r, value in enumerate(by_replicate)
    )
    no_noise = pl.DataFrame(schema=NOISE_SCHEMA)
    found = contrasts(table)
    return judge_claims(between(claims, found), found, table, no_noise, [spot], MNLI, n_declared=n_declared)


def between(claims: Iterable[Claim], found: pl.DataFrame) -> dict[Claim, list[tuple[str, str]]]:
    """The claims, each with the models that contrasts of its name are between."""
    names = found.select("contrast", "arm", "reference").unique(maintain_order=True).rows()
    return {
        one: [(arm, other) for contrast, arm, other in names if contrast == one.contrast] for one in claims
    }


def judged(
    synthetic: list[float],
    original: list[float],
    *,
    log_odds: tuple[list[float], list[float]] | None = None,
    **changes: object,
) -> Judgement:
    """The one judgement on two arms whose values by replicate are given, with a margin of .05."""
    one = claim(**{"margin": 0.05, **changes})
    values = two_arms("hans", CELLS[0], one.measure, synthetic, original)
    values |= two_arms("hans", CELLS[0], "log_odds", *log_odds) if log_odds else {}
    (found,) = judged_together([one], values)
    return found
