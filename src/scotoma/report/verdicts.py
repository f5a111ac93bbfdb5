"""Each declared claim at every start and size, judged, and said in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from scotoma.blindspots import BlindSpot
from scotoma.report.contrasts import LEVEL
from scotoma.report.measures import higher_is_better
from scotoma.report.words import counted, moved, number, share, signed
from scotoma.statistics.verdict import Verdict, judge
from scotoma.study import Claim

#: Mean accuracy in a cell up to which it is called on the floor: it can hardly fall further.
FLOOR = 0.02


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
        verdict: The word, or None, and the interval held against the margin. That interval is
            signed so that up is better.
        higher_is_worse: Whether more of the measure is bad in this cell.
        note: What else a reader must know: a cell on its floor.
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
    verdict: Verdict | None
    reason: str = ""
    higher_is_worse: bool = False
    note: str = ""
    level: float = LEVEL

    @property
    def word(self) -> str:
        """WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT."""
        return (self.verdict.word if self.verdict else None) or "NO VERDICT"

    @property
    def sentence(self) -> str:
        """What was found, how sure one may be, and what it does not mean."""
        parts = (f"{self._finding()}.", self._meaning(), self.note)
        return " ".join(part for part in parts if part)

    def record(self) -> dict[str, Any]:
        """Plain values for results.json."""
        interval = self.verdict.interval if self.verdict else None
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
            "verdict": self.verdict.word if self.verdict else None,
            "reason": self.reason,
            "higher_is_worse": self.higher_is_worse,
            "verdict_interval": None if interval is None else [interval.low, interval.high],
            "verdict_level": None if interval is None else interval.level,
            "note": self.note,
            "sentence": f"{self.word}: {self.sentence}",
        }

    def _finding(self) -> str:
        claim, place = self.claim, f"{self.claim.measure} on {self.claim.blindspot} {self.claim.cell}"
        if not self.arm:
            return f"{claim.contrast}: {place}: {self.reason}"
        against = (
            f"start {self.start}"
            if self.reference == "start"
            else f"{self.reference} from start {self.start}"
        )
        if self.estimate is None:
            return f"{self.arm} against {against}: {place}: {self.reason}"
        interval = (
            ""
            if self.low is None
            else f"{share(self.level)} interval {signed(self.low)} to {signed(self.high)}, "
        )
        worse = "; higher is worse here" if self.higher_is_worse else ""
        return (
            f"{self.arm} against {against}: {place} moved by {signed(self.estimate)} "
            f"({interval}{counted(self.replicates, 'replicate')}, margin {number(claim.margin)}{worse})"
        )

    def _meaning(self) -> str:
        if self.verdict is None or self.verdict.word is None:
            return "" if self.estimate is None else f"No verdict: {self.reason}."
        low, high = self.verdict.interval.low, self.verdict.interval.high
        error = f"such a verdict is wrong at most {100 * self.claim.alpha:g} times in 100"
        match self.verdict.word:
            case "WORSE" | "BETTER" as word:
                return f"The change for the {word.lower()} is larger than the margin: {error}."
            case "EQUIVALENT":
                return f"A change as large as the margin is ruled out, either way: {error}."
            case _:
                likely = _likely(low, high)
                return f"{likely}These replicates cannot tell; it is not evidence of no effect."


def judge_claims(
    claims: Sequence[Claim], contrasts: pl.DataFrame, measures: pl.DataFrame, blindspots: Sequence[BlindSpot]
) -> list[Judgement]:
    """A judgement on every claim at every start and size that the study has.

    No correction is made for their number: each is judged at its own alpha.

    Args:
        claims: As declared.
        contrasts: All of the study's.
        measures: All of the study's, for cells on the floor.
        blindspots: Those of the study.
    """
    targets = {blindspot.name: blindspot.target for blindspot in blindspots}
    means = measures.group_by("start", "arm", "test", "cell", "measure").agg(pl.col("value").mean())
    judged: list[Judgement] = []
    for claim in claims:
        rows = _rows(contrasts, claim, claim.measure)
        if not rows:
            judged.append(_unfounded(claim, contrasts))
        for row in rows:
            note = _floor_note(claim, row, contrasts, means)
            judged.append(_judge(claim, row, targets[claim.blindspot], note))
    return judged


def _rows(contrasts: pl.DataFrame, claim: Claim, measure: str) -> list[dict[str, Any]]:
    return contrasts.filter(
        pl.col("test") == claim.blindspot,
        pl.col("cell") == claim.cell,
        pl.col("measure") == measure,
        pl.col("contrast") == claim.contrast,
    ).to_dicts()


def _judge(claim: Claim, row: dict[str, Any], target: str, note: str) -> Judgement:
    up_is_good = higher_is_better(claim.measure, claim.cell, target)
    found: Verdict | None = None
    reason = f"{claim.measure} is neither good nor bad in a cell that mixes labels"
    if up_is_good is not None:
        differences = row["values"] if up_is_good else [-value for value in row["values"]]
        found = judge(differences, margin=claim.margin, alpha=claim.alpha)
        # Why there is no pair at all says more than how many there are.
        reason = found.reason if row["values"] else row["reason"]
    return Judgement(
        claim=claim,
        start=row["start"],
        arm=row["arm"],
        arm_n=row["arm_n"],
        reference=row["reference"],
        estimate=row["mean"],
        low=row["low"],
        high=row["high"],
        replicates=row["replicates"],
        verdict=found,
        reason=reason,
        higher_is_worse=up_is_good is False,
        note=note,
    )


def _unfounded(claim: Claim, contrasts: pl.DataFrame) -> Judgement:
    """Why nothing matches a claim: the study lacks the arm, has not run it, or has no such cell."""
    known = contrasts.filter(pl.col("test") == claim.blindspot, pl.col("contrast") == claim.contrast)
    if known.height:
        reason = f"there is no {claim.measure} in a cell named {claim.cell!r}"
    else:
        reason = "no model of this contrast has been evaluated yet"
    return Judgement(claim, "", "", None, "", None, None, None, 0, None, reason)


def _floor_note(claim: Claim, row: dict[str, Any], contrasts: pl.DataFrame, means: pl.DataFrame) -> str:
    """Says that accuracy is on the floor, and how the margin moved, which still can."""
    if not claim.measure.startswith("accuracy"):
        return ""
    arms = {
        row["arm"]: row["arm"],
        "none" if row["reference"] == "start" else row["reference"]: row["reference"],
    }
    low = means.filter(
        pl.col("start") == row["start"],
        pl.col("arm").is_in(list(arms)),
        pl.col("test") == claim.blindspot,
        pl.col("cell") == claim.cell,
        pl.col("measure") == claim.measure,
        pl.col("value") <= FLOOR,
    )["arm"].to_list()
    if not low:
        return ""
    names = " and ".join(shown for arm, shown in arms.items() if arm in low)
    beside = [other for other in _rows(contrasts, claim, "margin") if other["arm"] == row["arm"]]
    beside = [other for other in beside if other["start"] == row["start"] and other["mean"] is not None]
    margin = f": the margin there moved by {moved(*_interval(beside[0]))} nats" if beside else ""
    return (
        f"{names}: accuracy on the floor (at most {share(FLOOR)}), where it can hardly fall further{margin}."
    )


def _interval(row: dict[str, Any]) -> tuple[float | None, float | None, float | None]:
    return row["mean"], row["low"], row["high"]


def _likely(low: float | None, high: float | None) -> str:
    if high is not None and high < 0:
        return "A change for the worse is likely, but not whether it is larger than the margin. "
    if low is not None and low > 0:
        return "A change for the better is likely, but not whether it is larger than the margin. "
    return ""
