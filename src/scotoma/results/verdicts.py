"""Each declared claim at every start and size, judged, and said in a sentence."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from scotoma.basics.words import signed
from scotoma.blindspots import BlindSpot
from scotoma.measures import RATES, higher_is_better, scale_of
from scotoma.results.contrasts import LEVEL
from scotoma.results.notes import both_sides, notes, rows_in
from scotoma.results.paired import Compared
from scotoma.statistics.equivalence import Declared, Judged, judge_together
from scotoma.statistics.intervals import t_interval
from scotoma.statistics.verdict import Scale
from scotoma.study.claims import Claim
from scotoma.verdicts.resampling import Resampled, resample
from scotoma.verdicts.sentences import evidence, meaning, shares


@dataclass(frozen=True)
class Judgement:
    """A claim, judged for one arm from one start.

    Attributes:
        claim: What was declared.
        start: Original examples the start had seen; empty where the study has no such contrast.
        arm: Name of the arm; empty likewise.
        arm_n: Its size in rows.
        reference: `start`, or the name of the original arm of the same size.
        estimate: Mean difference, arm minus reference.
        low: Of its two-sided interval at `level`.
        high: Likewise.
        replicates: Pairs it rests on.
        judged: The word, alone and beside the other claims. The interval in it is signed so that up
            is better. None where there is nothing to judge.
        n_claims: Judgements that were made together.
        higher_is_worse: Whether more of the measure is bad in this cell.
        note: What else a reader must know: a cell on its floor, a shift of the threshold.
        resampled: The Multi-Bootstrap interval, over replicates and test rows, at `level`; None where the
            rows are not at hand.
        looks: Replicates at each planned look, if several were planned.
    """

    claim: Claim
    start: str
    arm: str
    arm_n: int | None
    reference: str
    estimate: float | None
    low: float | None
    high: float | None
    replicates: int
    judged: Judged | None
    n_claims: int
    reason: str = ""
    higher_is_worse: bool = False
    note: str = ""
    level: float = LEVEL
    resampled: Resampled | None = None
    looks: tuple[int, ...] = ()

    @property
    def word(self) -> str:
        """WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT."""
        return (self.judged.word if self.judged else None) or "NO VERDICT"

    @property
    def sentence(self) -> str:
        """What was found, how sure one may be, and what it does not mean."""
        parts = (f"{self._finding()}.", self._meaning(), self._other_rows(), self.note)
        return " ".join(part for part in parts if part)

    def record(self) -> dict[str, Any]:
        """Plain values for results.json."""
        interval = self.judged.alone.interval if self.judged else None
        return {
            **self.claim.model_dump(mode="json"),
            "start": self.start,
            "arm": self.arm,
            "arm_n": self.arm_n,
            "reference": self.reference,
            "estimate": self.estimate,
            "low": self.low,
            "high": self.high,
            "level": self.level,
            "replicates": self.replicates,
            "verdict": self.judged.word if self.judged else None,
            "reason": self.reason,
            "p": self.judged.p if self.judged else None,
            "p_adjusted": self.judged.p_adjusted if self.judged else None,
            "verdict_alone": self.judged.alone.word if self.judged else None,
            "higher_is_worse": self.higher_is_worse,
            "verdict_interval": None if interval is None else [interval.low, interval.high],
            "verdict_level": None if interval is None else interval.level,
            **shares(self.judged.alone if self.judged else None),
            "look": self.judged.look if self.judged and self.looks else None,
            "multi_bootstrap": None if self.resampled is None else asdict(self.resampled),
            "note": self.note,
            "sentence": f"{self.word}: {self.sentence}",
        }

    def _finding(self) -> str:
        claim, place = self.claim, f"{self.claim.measure} on {self.claim.blindspot} {self.claim.cell}"
        if claim.beyond:
            place += f", beyond the change on {claim.beyond},"
        if not self.arm:
            return f"{claim.contrast}: {place}: {self.reason}"
        against = (
            f"start {self.start}"
            if self.reference == "start"
            else f"{self.reference} from start {self.start}"
        )
        if self.estimate is None:
            return f"{self.arm} against {against}: {place}: {self.reason}"
        rests_on = evidence(
            self.low,
            self.high,
            level=self.level,
            n=self.replicates,
            margin=claim.margin,
            higher_is_worse=self.higher_is_worse,
        )
        return f"{self.arm} against {against}: {place} moved by {signed(self.estimate)} ({rests_on})"

    def _other_rows(self) -> str:
        if self.resampled is None or self.resampled.low is None:
            return ""
        low, high = signed(self.resampled.low), signed(self.resampled.high)
        drawn = f"{self.resampled.clusters}s"
        return f"With other test rows too (Multi-Bootstrap over replicates and {drawn}): {low} to {high}."

    def _meaning(self) -> str:
        if self.judged is None or self.judged.word is None:
            return "" if self.estimate is None else f"No verdict: {self.reason}."
        return meaning(
            self.judged,
            margin=self.claim.margin,
            alpha=self.claim.alpha,
            n_claims=self.n_claims,
            looks=self.looks,
        )


def judge_claims(
    claims: Sequence[Claim],
    contrasts: pl.DataFrame,
    measures: pl.DataFrame,
    noise: pl.DataFrame,
    blindspots: Sequence[BlindSpot],
    compared: Sequence[Compared] = (),
    seed: int = 0,
    n_declared: int = 0,
    looks: tuple[int, ...] = (),
) -> list[Judgement]:
    """A judgement on every claim at every start and size that the study has, judged together (Holm).

    Args:
        claims: As declared.
        contrasts: All of the study's.
        measures: All of the study's, for cells on the floor.
        noise: All noise floors of the study.
        blindspots: Those of the study.
        compared: Pairs of models row by row, for the Multi-Bootstrap.
        seed: Of its resamples.
        n_declared: Judgements that the claims will come to when all models are there; those that are
            missing count, or the first to be there would be judged too kindly.
        looks: Replicates at each planned look, if several were planned.
    """
    targets = {blindspot.name: blindspot.target for blindspot in blindspots}
    found: list[tuple[Claim, dict[str, Any] | None]] = []
    for claim in claims:
        rows = [
            row
            for row in _rows_of(claim, contrasts)
            if row["contrast"] == claim.contrast
            or claim.model_copy(update={"contrast": row["contrast"]}) not in claims
        ]
        found += [(claim, row) for row in rows] if rows else [(claim, None)]
    up_is_good = [higher_is_better(claim.measure, claim.cell, targets[claim.blindspot]) for claim, _ in found]
    judged = judge_together(
        [
            Declared(_upwards(row, good), claim.margin, claim.alpha, _scale(claim, row, measures))
            for (claim, row), good in zip(found, up_is_good, strict=True)
        ],
        n_declared,
        looks,
    )
    n_claims = max(len(found), n_declared)
    judgements = []
    for (claim, row), good, one in zip(found, up_is_good, judged, strict=True):
        if row is None:
            judgements.append(_unfounded(claim, contrasts, n_claims))
            continue
        reason = one.alone.reason if row["values"] else row["reason"]
        judgements.append(
            Judgement(
                claim=claim,
                start=row["start"],
                arm=row["arm"],
                arm_n=row["arm_n"],
                reference=row["reference"],
                estimate=row["mean"],
                low=row["low"],
                high=row["high"],
                replicates=row["replicates"],
                judged=one if good is not None else None,
                n_claims=n_claims,
                # Why there is no pair at all says more than how many there are.
                reason=reason if good is not None else _MIXED.format(claim.measure),
                higher_is_worse=good is False,
                note=notes(claim, row, contrasts, measures, noise),
                resampled=_resampled(claim, row, compared, seed),
                looks=looks,
            )
        )
    return judgements


def _resampled(
    claim: Claim, row: dict[str, Any], compared: Sequence[Compared], seed: int
) -> Resampled | None:
    sought = (row["start"], row["arm"], row["reference"], claim.blindspot)
    for one in compared:
        if (one.start, one.arm, one.reference, one.blindspot.name) == sought and not claim.beyond:
            return resample(claim.cell, claim.measure, one.pairs, level=LEVEL, seed=seed)
    return None


_MIXED = "{} is neither good nor bad in a cell that mixes labels"


def _upwards(row: dict[str, Any] | None, up_is_good: bool | None) -> list[float]:
    """The differences, signed so that up is better; none where there is nothing to judge."""
    if row is None or up_is_good is None:
        return []
    return row["values"] if up_is_good else [-value for value in row["values"]]


def _scale(claim: Claim, row: dict[str, Any] | None, measures: pl.DataFrame) -> Scale:
    """The scale of what is judged; a difference of differences has no end of its own."""
    if row is None or claim.beyond is not None:
        return Scale()
    sides = both_sides(claim, row, measures).filter(pl.col("replicate").is_in(row["replicate_ids"]))
    if not sides.height:
        return Scale()
    of_arm = pl.col("arm") == row["arm"]
    reference, arm = (sides.filter(which)["value"].to_list() for which in (~of_arm, of_arm))
    rates = [
        value
        for rate in RATES
        if claim.measure == "d_prime"
        for value in both_sides(claim.model_copy(update={"measure": rate}), row, measures)["value"]
    ]
    return scale_of(claim.measure, reference, arm, n_rows=int(sides["n"][0]), rates=rates)


def _rows_of(claim: Claim, contrasts: pl.DataFrame) -> list[dict[str, Any]]:
    """The contrasts a claim speaks of, the change on the task taken off where it says so."""
    rows = rows_in(contrasts, claim, claim.measure)
    if claim.beyond is None:
        return rows
    task = contrasts.filter(pl.col("test") == claim.beyond, pl.col("cell") == "all")
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
    found = t_interval([value for _, value in pairs], level=LEVEL)
    return row | {
        "mean": found.mean,
        "sd": found.sd,
        "low": found.low,
        "high": found.high,
        "replicates": found.n,
        "values": [value for _, value in pairs],
        "replicate_ids": [replicate for replicate, _ in pairs],
        "reason": found.reason,
    }


def _unfounded(claim: Claim, contrasts: pl.DataFrame, n_claims: int) -> Judgement:
    """Why nothing matches a claim: the study lacks the arm, has not run it, or has no such cell."""
    known = contrasts.filter(pl.col("test") == claim.blindspot, pl.col("contrast") == claim.contrast)
    if known.height:
        reason = f"there is no {claim.measure} in a cell named {claim.cell!r}"
    else:
        reason = "no model of this contrast has been evaluated yet"
    return Judgement(claim, "", "", None, "", None, None, None, 0, None, n_claims, reason)
