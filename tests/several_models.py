"""Made-up measures of a study with two bases, two generators and two rounds."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from measured import measured_table
from scotoma.blindspots import HANS
from scotoma.results.contrasts import contrasts
from scotoma.results.noise import SCHEMA as NOISE_SCHEMA
from scotoma.results.verdicts import Judgement, judge_claims
from scotoma.study.compared import claimed_pairs, pairs_of_claims
from scotoma.study.study import Study
from scotoma.tasks import MNLI


def bases_generators_and_rounds(arms: Sequence[dict[str, Any]], alone: Study) -> Study:
    """The study with these arms on bases `small` and `large`, by generators `a` and `b`, in two rounds."""
    content = alone.model_dump(exclude={"model", "generator"}) | {
        "models": {"small": alone.model, "large": alone.model},
        "generators": {"a": alone.generator, "b": alone.generator},
        "rounds": {"k": 2, "data": "replace"},
        "arms": list(arms),
    }
    return Study.model_validate(content)


def measured(values: Mapping[str, Sequence[float]]) -> pl.DataFrame:
    """One accuracy a replicate for every model, from a start on each base, twice: task and blind spot."""
    rows = [
        (replicate, start, arm, 1500, test, cell, "accuracy", value, 100, "")
        for test, cell in (("matched", "all"), ("hans", "all/non-entailment"))
        for start in ("small/4000", "large/4000")
        for arm, by_replicate in values.items()
        for replicate, value in enumerate(by_replicate)
    ]
    return measured_table(rows)


def judged(study: Study, measures: pl.DataFrame) -> tuple[pl.DataFrame, list[Judgement]]:
    """All contrasts, and the study's claims judged."""
    found = contrasts(measures, claimed_pairs(study))
    noise = pl.DataFrame(schema=NOISE_SCHEMA)
    return found, judge_claims(pairs_of_claims(study), found, measures, noise, [HANS], MNLI)
