"""The judge of declared claims, used by studies and by comparisons of files, and its findings."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import cast

from scotoma import __version__
from scotoma.statistics.equivalence import JointVerdict, judge_together
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval
from scotoma.statistics.proportions import McNemarTest, Share
from scotoma.study.claims import Claim
from scotoma.verdicts.evidence import SAME_ANSWERS, Evidence
from scotoma.verdicts.record import Bounded, FindingRecord, IfWrong, OtherRows, TwoModels
from scotoma.verdicts.resampling import ResampledInterval
from scotoma.verdicts.sentences import meaning, movement, of_two_models, other_rows
from scotoma.verdicts.signature import parts_of, written


def judge(
    evidence: Sequence[Evidence], n_declared: int = 0, looks: tuple[int, ...] = ()
) -> list[JointVerdict | None]:
    """The verdicts on all declared claims, judged together; see `scotoma.statistics.equivalence`.

    Args:
        evidence: One for each claim. Those without differences count among the claims.
        n_declared: Claims in all, where more were declared.
        looks: Replicates at each planned look, rising; none for a single look.

    Returns:
        None for a claim without differences and for one of whose measure neither direction is better.
    """
    judged = judge_together([one.declared for one in evidence], n_declared, looks)
    return [
        verdict if one.differences and one.up_is_better is not None else None
        for one, verdict in zip(evidence, judged, strict=True)
    ]


@dataclass(frozen=True)
class Finding:
    """The verdict on a declared claim, with the replicates it rests on.

    Attributes:
        evidence: The claim and the replicates that answer it.
        judged: The verdict, alone and among all declared claims. The interval in it is signed so that up is
            better. None where there is nothing to judge.
        n_claims: Claims that were judged together.
        looks: Replicates at each planned look, if several were planned.
        note: What else a reader must know: a measure at its end, a threshold that moved.
        resampled: The Multi-Bootstrap interval, over replicates and test rows; None where the rows are not
            at hand.
        paired: The exact test of the answers of a single pair of files; None for all others.
        if_wrong: Mean accuracy before and after if rows that a side did not answer count as wrong there;
            None where both sides answered all of the cell, and of other measures.
        data: Digits that stand for the predictions it rests on; empty where they are not at hand.
    """

    evidence: Evidence
    judged: JointVerdict | None
    n_claims: int
    looks: tuple[int, ...] = ()
    note: str = ""
    resampled: ResampledInterval | None = None
    paired: McNemarTest | None = None
    if_wrong: tuple[float, float] | None = None
    data: str = ""

    @property
    def claim(self) -> Claim:
        """What was declared."""
        return self.evidence.claim

    @property
    def before(self) -> tuple[float, ...]:
        """The measure in each replicate before the change, or in the reference."""
        return self.evidence.before

    @property
    def after(self) -> tuple[float, ...]:
        """The measure in each replicate after the change, or in the arm."""
        return self.evidence.after

    @property
    def interval(self) -> Estimate:
        """The mean difference, after minus before in the measure's own direction, with its 95 % interval."""
        return t_interval(self.evidence.differences, level=LEVEL)

    @property
    def higher_is_worse(self) -> bool:
        """Whether more of the measure is bad in this cell."""
        return self.evidence.up_is_better is False

    @property
    def word(self) -> str:
        """WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT."""
        return (self.judged.word if self.judged else None) or "NO VERDICT"

    @property
    def reason(self) -> str:
        """Why there is no verdict; else empty."""
        if not self.evidence.differences:
            return self.evidence.reason
        if self.judged is None:
            return f"{self.claim.measure} is neither good nor bad in {self.claim.cell}"
        reason = self.judged.alone.reason
        return SAME_ANSWERS if reason and self.evidence.alike and self.interval.sd == 0 else reason

    @property
    def sentence(self) -> str:
        """The result, how sure one may be, and what it does not mean."""
        subject = f"{self.subject}: " if self.subject else ""
        parts = [
            f"{subject}{movement(self.claim, self.interval, self.evidence, reason=self.reason)}",
            self._meaning(),
            other_rows(self.resampled, self.claim.beyond),
            of_two_models(self.paired),
            self.note,
        ]
        return " ".join(part for part in parts if part)

    @property
    def subject(self) -> str:
        """Which models the claim was judged for; empty for the two sides of a comparison."""
        return ""

    def _meaning(self) -> str:
        if self.judged is None or self.judged.word is None:
            return f"No verdict: {self.reason}." if self.evidence.differences else ""
        claim = self.claim
        return meaning(
            self.judged, margin=claim.margin, alpha=claim.alpha, n_claims=self.n_claims, looks=self.looks
        )

    @property
    def signature(self) -> str:
        """One line to paste beside the verdict, which `scotoma verify` checks; empty without predictions."""
        return self.record()["signature"]

    def record(self) -> FindingRecord:
        """Plain values for JSON: null where a number is not defined."""
        record = self._unsigned()
        return {**record, "signature": written(parts_of(record, __version__)) if self.data else ""}

    def _unsigned(self) -> FindingRecord:
        evidence, judged, interval, claim = self.evidence, self.judged, self.interval, self.claim
        alone = judged.alone if judged else None
        verdict_interval = alone.interval if alone else None
        return {
            "blindspot": claim.blindspot,
            "cell": claim.cell,
            "measure": claim.measure,
            "contrast": claim.contrast,
            "margin": claim.margin,
            "alpha": claim.alpha,
            "beyond": claim.beyond,
            "estimate": interval.mean,
            "low": interval.low,
            "high": interval.high,
            "level": interval.level,
            "sd": interval.sd,
            "replicates": interval.n,
            "replicate_names": list(evidence.names),
            "differences": list(evidence.differences),
            "before": list(evidence.before),
            "after": list(evidence.after),
            "rates": [list(one) for one in evidence.rates],
            "rows": evidence.n_rows,
            "better": evidence.better,
            "higher_is_worse": self.higher_is_worse,
            "verdict": judged.word if judged else None,
            "reason": self.reason,
            "n_claims": self.n_claims,
            "p": judged.p if judged else None,
            "p_adjusted": judged.p_adjusted if judged else None,
            "verdict_alone": alone.word if alone else None,
            "verdict_interval": None
            if verdict_interval is None
            else [verdict_interval.low, verdict_interval.high],
            "verdict_level": None if verdict_interval is None else verdict_interval.level,
            "fell": bounded(alone.fell) if alone else None,
            "rose": bounded(alone.rose) if alone else None,
            "looks": list(self.looks),
            "look": judged.look if judged and self.looks else None,
            "multi_bootstrap": cast(OtherRows, asdict(self.resampled)) if self.resampled else None,
            "mcnemar": cast(TwoModels, asdict(self.paired)) if self.paired else None,
            "if_wrong": IfWrong(before=self.if_wrong[0], after=self.if_wrong[1]) if self.if_wrong else None,
            "note": self.note,
            "sentence": f"{self.word}: {self.sentence}",
            "data": self.data,
            "signature": "",
        }


def bounded(share: Share) -> Bounded:
    """A share with its bounds, for JSON."""
    return {"value": share.value, "low": share.low, "high": share.high}
