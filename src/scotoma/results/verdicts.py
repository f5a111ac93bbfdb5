"""Each declared claim at every start and size, judged, and said in a sentence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.measures import cell_on_the_task, higher_is_better
from scotoma.results.notes import notes, rows_in, rows_of, sides_of
from scotoma.results.paired import PairedModels
from scotoma.statistics.intervals import LEVEL, t_interval
from scotoma.study.claims import Claim
from scotoma.tasks import Task
from scotoma.verdicts.evidence import Evidence, rates_of
from scotoma.verdicts.judging import Finding, judge
from scotoma.verdicts.record import JudgementRecord
from scotoma.verdicts.resampling import ResampledInterval, resample


@dataclass(frozen=True)
class Judgement(Finding):
    """A claim, judged for one arm from one start.

    Attributes:
        start: Original examples the start had seen; empty where the study has no such contrast.
        arm: Name of the arm; empty where the study has no such contrast.
        arm_n: Size of the arm in rows.
        reference: `start`, or the name of the model that it is compared with.
    """

    start: str = ""
    arm: str = ""
    arm_n: int | None = None
    reference: str = ""

    @property
    def models(self) -> tuple[str, str, str]:
        """Start, arm and reference."""
        return self.start, self.arm, self.reference

    @property
    def subject(self) -> str:
        """The arm, its reference and its start; the claim's contrast where there is no such arm."""
        if not self.arm:
            return self.claim.contrast
        from_start = "" if self.reference == "start" else f"{self.reference} from "
        return f"{self.arm} against {from_start}start {self.start}"

    def _unsigned(self) -> JudgementRecord:
        return {
            **super()._unsigned(),
            "start": self.start,
            "arm": self.arm,
            "arm_n": self.arm_n,
            "reference": self.reference,
        }


def judge_claims(
    claims: Mapping[Claim, Sequence[tuple[str, str]]],
    contrasts: pl.DataFrame,
    measures: pl.DataFrame,
    noise: pl.DataFrame,
    blindspots: Sequence[BlindSpot],
    task: Task,
    compared: Sequence[PairedModels] = (),
    seed: int = 0,
    n_declared: int = 0,
    looks: tuple[int, ...] = (),
) -> list[Judgement]:
    """A judgement on every claim at every start and size that the study has, judged together (Holm).

    Args:
        claims: Claims as declared, each with the names of the models that it compares.
        contrasts: All contrasts of the study.
        measures: All measures of the study, for cells on the floor.
        noise: All noise floors of the study.
        blindspots: Blind spots of the study.
        task: Task of the study.
        compared: Pairs of models row by row, for the Multi-Bootstrap.
        seed: Seed of the Multi-Bootstrap's resamples.
        n_declared: Judgements that the claims will come to when all models are there; those that are
            missing count, or the first to be there would be judged too kindly.
        looks: Replicates at each planned look, if several were planned.
    """
    spots = {blindspot.name: blindspot for blindspot in blindspots}
    claims_and_rows = [
        (claim, row)
        for claim, pairs in claims.items()
        for row in _judged_rows(
            claim, pairs, contrasts, cell_on_the_task(claim.measure, spots[claim.blindspot], task)
        )
    ]
    evidence = [
        _evidence(claim, row, claims[claim], spots[claim.blindspot].target, contrasts, measures)
        for claim, row in claims_and_rows
    ]
    n_claims = max(len(claims_and_rows), n_declared)
    judgements = []
    for (claim, row), one, word in zip(
        claims_and_rows, evidence, judge(evidence, n_declared, looks), strict=True
    ):
        if row is None:
            judgements.append(Judgement(one, None, n_claims, looks))
            continue
        judgements.append(
            Judgement(
                one,
                word,
                n_claims,
                looks,
                note=notes(claim, row, contrasts, measures, noise),
                resampled=_resampled(claim, row, compared, seed),
                start=row["start"],
                arm=row["arm"],
                arm_n=row["arm_n"],
                reference=row["reference"],
            )
        )
    return judgements


def _judged_rows(
    claim: Claim, pairs: Sequence[tuple[str, str]], contrasts: pl.DataFrame, on_the_task: str
) -> Sequence[dict[str, Any] | None]:
    """The contrasts a claim is judged on; None alone where there are none."""
    rows: list[dict[str, Any] | None] = [*_rows_of(claim, pairs, contrasts, on_the_task)]
    return rows or [None]


def _evidence(
    claim: Claim,
    row: dict[str, Any] | None,
    pairs: Sequence[tuple[str, str]],
    target: str,
    contrasts: pl.DataFrame,
    measures: pl.DataFrame,
) -> Evidence:
    """The replicates that answer a claim; without differences, why there are none."""
    up_is_better = higher_is_better(claim.measure, claim.cell, target)
    if row is None:
        return Evidence(claim, up_is_better, reason=_why_unanswered(claim, pairs, contrasts))
    differences = Evidence(
        claim,
        up_is_better,
        differences=tuple(row["values"]),
        names=tuple(map(str, row["replicate_ids"])),
        reason="" if row["values"] else row["reason"],
    )
    if claim.beyond or not row["values"]:  # a difference of differences has no level of its own
        return differences
    here = measures.filter(pl.col("replicate").is_in(row["replicate_ids"]))
    before, after = sides_of(claim, row, here)
    rates = rates_of(claim.measure, lambda rate: sides_of(claim, row, here, rate))
    return replace(
        differences, before=tuple(before), after=tuple(after), rates=rates, n_rows=rows_of(claim, row, here)
    )


def _resampled(
    claim: Claim, row: dict[str, Any], compared: Sequence[PairedModels], seed: int
) -> ResampledInterval | None:
    place = (row["start"], row["arm"], row["reference"], claim.blindspot)
    for one in compared:
        if (one.start, one.arm, one.reference, one.blindspot.name) == place:
            if claim.beyond is None:
                return resample(claim.cell, claim.measure, one.pairs, level=LEVEL, seed=seed)
            on_task = {pair.name: pair for pair in one.task[claim]}
            both = [(pair, on_task[pair.name]) for pair in one.pairs if pair.name in on_task]
            pairs, task = zip(*both, strict=True) if both else ((), ())
            return resample(claim.cell, claim.measure, pairs, level=LEVEL, seed=seed, task=task)
    return None


def _rows_of(
    claim: Claim, pairs: Sequence[tuple[str, str]], contrasts: pl.DataFrame, on_the_task: str
) -> list[dict[str, Any]]:
    """The contrasts a claim speaks of, the change on the task taken off where it says so."""
    rows = rows_in(contrasts, claim, pairs)
    if claim.beyond is None:
        return rows
    task = contrasts.filter(pl.col("test") == claim.beyond, pl.col("cell") == on_the_task)
    return [_beyond(row, task) for row in rows]


def _beyond(row: dict[str, Any], task: pl.DataFrame) -> dict[str, Any]:
    """The difference of differences, by replicate."""
    same = [pl.col(name) == row[name] for name in ("start", "arm", "reference", "measure")]
    taken_off: dict[int, float] = {}
    for other in task.filter(*same).to_dicts():
        taken_off = dict(zip(other["replicate_ids"], other["values"], strict=True))
    pairs = [
        (replicate, value - taken_off[replicate])
        for replicate, value in zip(row["replicate_ids"], row["values"], strict=True)
        if replicate in taken_off
    ]
    interval = t_interval([value for _, value in pairs], level=LEVEL)
    return row | {
        "values": [value for _, value in pairs],
        "replicate_ids": [replicate for replicate, _ in pairs],
        "reason": interval.reason,
    }


def _why_unanswered(claim: Claim, pairs: Sequence[tuple[str, str]], contrasts: pl.DataFrame) -> str:
    """Why nothing matches a claim: the study lacks the arm, has not run it, or has no such cell."""
    known = contrasts.filter(pl.col("test") == claim.blindspot).select("arm", "reference").unique().rows()
    if set(known) & set(pairs):
        return f"there is no {claim.measure} in a cell named {claim.cell!r}"
    return "no model of this contrast has been evaluated yet"
