"""`compare`: two models, or two recipes by their replicates, on a blind spot. The main path."""

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Unpack

from scotoma.basics.words import number
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.bounds import bound, if_wrong, unanswered
from scotoma.comparisons.claims import Claim, declare, differences, up_is_better
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.reading import Options, read_predictions
from scotoma.comparisons.files.replicates import Side
from scotoma.comparisons.pairing import read_pairs
from scotoma.comparisons.scoring import LEVEL
from scotoma.comparisons.sentences import sentence
from scotoma.measures import RATES, scale_of
from scotoma.statistics.equivalence import Declared, Judged, judge_together
from scotoma.statistics.intervals import Estimate, t_interval
from scotoma.statistics.proportions import Paired, mcnemar
from scotoma.tasks.reading.sources import Place
from scotoma.verdicts.flips import CellFlips, cell_flips
from scotoma.verdicts.pairs import Pair
from scotoma.verdicts.resampling import Resampled, resample
from scotoma.verdicts.sentences import shares


@dataclass(frozen=True)
class Finding:
    """What the replicates say of a declared claim.

    Attributes:
        claim: What was declared.
        before: The measure in each replicate, before.
        after: Likewise, after.
        interval: Of the mean of after minus before, in the measure's own direction, 95 %.
        higher_is_worse: Whether more of the measure is bad in this cell.
        judged: The word among all declared claims; None where neither direction is good.
        resampled: The interval over replicates and rows, at the same level.
        paired: The exact test of the answers of a single pair; None with more than one, and of
            other measures than accuracy.
        n_claims: Claims declared together.
        reason: Why there is no verdict; else empty.
        note: What else a reader must know: a cell on its floor, rows without an answer.
        if_wrong: Mean accuracy before and after if rows that a side did not answer count as wrong there;
            None where both sides answered all of the cell, and of other measures.
        looks: Replicates at each planned look, if several were planned.
    """

    claim: Claim
    before: tuple[float, ...]
    after: tuple[float, ...]
    interval: Estimate
    higher_is_worse: bool
    judged: Judged | None
    resampled: Resampled
    paired: Paired | None
    n_claims: int
    reason: str = ""
    note: str = ""
    if_wrong: tuple[float, float] | None = None
    looks: tuple[int, ...] = ()

    @property
    def word(self) -> str:
        """WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT."""
        return (self.judged.word if self.judged else None) or "NO VERDICT"

    @property
    def sentence(self) -> str:
        """What was found, how sure one may be, and what it does not mean."""
        return sentence(
            self.claim,
            self.before,
            self.after,
            self.interval,
            judged=self.judged,
            paired=self.paired,
            higher_is_worse=self.higher_is_worse,
            n_claims=self.n_claims,
            reason=self.reason,
            note=self.note,
            looks=self.looks,
        )

    def record(self) -> dict[str, Any]:
        """Plain values for JSON."""
        judged = self.judged
        held = judged.alone.interval if judged else None
        return {
            **asdict(self.claim),
            "estimate": self.interval.mean,
            "low": self.interval.low,
            "high": self.interval.high,
            "level": self.interval.level,
            "sd": self.interval.sd,
            "before": list(self.before),
            "after": list(self.after),
            "higher_is_worse": self.higher_is_worse,
            "p": judged.p if judged else None,
            "p_adjusted": judged.p_adjusted if judged else None,
            "verdict": judged.word if judged else None,
            "verdict_alone": judged.alone.word if judged else None,
            "verdict_interval": None if held is None else [held.low, held.high],
            "verdict_level": None if held is None else held.level,
            **shares(judged.alone if judged else None),
            "look": judged.look if judged and self.looks else None,
            "reason": self.reason,
            "note": self.note,
            "if_wrong": self.if_wrong and dict(zip(("before", "after"), self.if_wrong, strict=True)),
            "multi_bootstrap": asdict(self.resampled),
            "mcnemar": asdict(self.paired) if self.paired else None,
            "sentence": f"{self.word}: {self.sentence}",
        }


@dataclass(frozen=True)
class Comparison:
    """Two sides compared on a blind spot.

    Attributes:
        blindspot: What was tested.
        replicates: Their names, in order.
        findings: One for each declared claim.
        flips: Answers that turned, by replicate and cell.
        notes: What a reader must know of how the files were read.
        unanswered: Of each replicate with rows that a side did not answer: its name, the rows compared,
            and how many were left out before and after, by gold label.
    """

    blindspot: BlindSpot
    replicates: tuple[str, ...]
    findings: tuple[Finding, ...]
    flips: tuple[CellFlips, ...]
    notes: tuple[str, ...]
    unanswered: tuple[dict[str, Any], ...] = ()

    def record(self) -> dict[str, Any]:
        """Plain values for JSON: null where a number is not defined, with the reason beside it."""
        return {
            "blindspot": self.blindspot.name,
            "replicates": len(self.replicates),
            "replicate_names": list(self.replicates),
            "notes": list(self.notes),
            "unanswered": list(self.unanswered),
            "claims": [finding.record() for finding in self.findings],
            "flips": [flip.record() for flip in self.flips],
            "method": METHOD,
        }


#: How each number was made, for whoever reads the record alone.
METHOD = {
    "estimate": "mean over replicates of after - before, in the measure's own direction",
    "low, high": "t interval over replicates, test rows held fixed",
    "verdict_interval": "the same at 1 - 2 alpha and signed so that up is better, which is held against the "
    "margin",
    "p": "of the word that comes nearest, as if it were the only claim: two one-sided tests and mirrors, "
    "of Student's t, with Johnson's correction where a tail makes them larger; over all looks, where several "
    "are planned",
    "fell, rose": "share of replicates that moved by more than the margin for the worse and for the better, "
    "with exact one-sided bounds for all seeds (Clopper and Pearson)",
    "p_adjusted": "Holm over all declared claims; a word stands where it is below alpha",
    "multi_bootstrap": "10,000 resamples of replicates and of clusters of rows within heuristic and label "
    "(Sellam et al. 2022); shown beside the t interval, which decides; not given where it would be narrower",
    "mcnemar": "exact, of one pair of models: it tells of these two models, not of the recipe",
    "if_wrong": "mean accuracy before and after over all rows, where a row that a side did not answer counts "
    "as wrong there; all else is of the rows that both sides answered",
    "flips": "right or wrong after argmax and merge; negative_flip_rate = lost / n (Yan et al. 2021), "
    "churn = (lost + gained) / n",
}


def compare_files(
    before: Side,
    after: Side,
    *,
    blindspot: BlindSpot,
    cells: Sequence[str] = (),
    measure: str = "accuracy",
    margin: float = 0.05,
    alpha: float = 0.05,
    seed: int = 0,
    looks: tuple[int, ...] = (),
    **options: Unpack[Options],
) -> Comparison:
    """Predictions of two models, or of replicates on two sides, which pair by name.

    Answers: "did the change from BEFORE to AFTER make models worse on the blind spot?" The unit is
    the replicate: a difference is taken inside each pair of files. With fewer than 3 there is no
    verdict.

    Args:
        before: What `scotoma.comparisons.files.reading.read_predictions` reads: a file or a table. Of several
            replicates, a folder of files, or files and tables by name.
        after: The same of the other side.
        blindspot: Whose test set was predicted.
        cells: Those the claims are about, such as `lexical_overlap/non-entailment`; none for the
            usual one.
        measure: Of all claims.
        margin: Smallest change that matters, in the measure's unit.
        alpha: Rate at which a false word is accepted among all claims.
        seed: Of the Multi-Bootstrap.
        looks: Replicates at each look that was planned before the first, rising; none for a single look.
        options: How the files are read; see `scotoma.comparisons.files.reading.Options`. With `partial`, the
            rows that both sides answered are compared.

    Raises:
        ScotomaError: a file, a row, a pairing or a claim is wrong.
    """
    claims = declare(cells, measure, margin, alpha, blindspot)

    def read(place: Place) -> Predictions:
        return read_predictions(place, blindspot, **options)

    partial = options.get("partial", False)
    pairs, notes = read_pairs(before, after, blindspot, read, partial=partial)
    return Comparison(
        blindspot=blindspot,
        replicates=tuple(pair.name for pair in pairs),
        findings=tuple(judge_claims(claims, pairs, blindspot, seed, looks)),
        flips=tuple(cell_flips(pairs, [claim.cell for claim in claims], blindspot)),
        notes=tuple(notes),
        unanswered=tuple(unanswered(pairs)),
    )


def judge_claims(
    claims: Sequence[Claim],
    pairs: Sequence[Pair],
    blindspot: BlindSpot,
    seed: int,
    looks: tuple[int, ...] = (),
) -> list[Finding]:
    """All claims judged together; see `scotoma.statistics.equivalence.judge_together`.

    Raises:
        ScotomaError: a claim names a cell or a measure that the files do not have.
    """
    sides = [differences(claim, pairs) for claim in claims]
    better = [up_is_better(claim, pairs, blindspot) for claim in claims]
    moved = [[y - x for x, y in zip(*side, strict=True)] for side in sides]
    judged = iter(
        judge_together(
            [
                Declared(
                    [move if up else -move for move in moves],
                    claim.margin,
                    claim.alpha,
                    scale_of(
                        claim.measure,
                        *side,
                        n_rows=pairs[0].cells[claim.cell].at.size,
                        rates=_rates(claim, pairs),
                    ),
                )
                for claim, side, moves, up in zip(claims, sides, moved, better, strict=True)
                if up is not None
            ],
            looks=looks,
        )
    )
    words = [None if up is None else next(judged) for up in better]
    return [
        Finding(
            claim=claim,
            before=tuple(before),
            after=tuple(after),
            interval=t_interval(moves, level=LEVEL),
            higher_is_worse=up is False,
            judged=word,
            resampled=resample(claim.cell, claim.measure, pairs, level=LEVEL, seed=seed),
            paired=_paired(claim, pairs),
            n_claims=len(claims),
            reason=word.alone.reason if word else f"{claim.measure} is neither good nor bad in {claim.cell}",
            note=" ".join(filter(None, (_floor(claim, before), bound(wrong)))),
            if_wrong=wrong,
            looks=looks,
        )
        for claim, (before, after), moves, up, word, wrong in zip(
            claims, sides, moved, better, words, [if_wrong(claim, pairs) for claim in claims], strict=True
        )
    ]


def _rates(claim: Claim, pairs: Sequence[Pair]) -> list[float]:
    """Of a claim on d', the rates that it is made of, in every replicate and on both sides."""
    if claim.measure != "d_prime":
        return []
    found = [
        side.value(rate, pair.cells[claim.cell].at).value
        for pair in pairs
        for side in (pair.before, pair.after)
        for rate in RATES
    ]
    return [value for value in found if value is not None]


def _paired(claim: Claim, pairs: Sequence[Pair]) -> Paired | None:
    if len(pairs) != 1 or claim.measure != "accuracy":
        return None
    (pair,) = pairs
    at = pair.cells[claim.cell].at
    return mcnemar(pair.before.correct[at], pair.after.correct[at])


def _floor(claim: Claim, before: Sequence[float]) -> str:
    mean = statistics.fmean(before)
    if not claim.measure.startswith("accuracy") or mean >= claim.margin:
        return ""
    return (
        f"Accuracy before is {number(mean)}, less than the margin above 0, so it can hardly fall further: "
        "see the entailment log-odds (`--measure margin`), d' or the AUC, which still can."
    )
