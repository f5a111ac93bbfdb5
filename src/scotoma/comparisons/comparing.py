"""`compare`: two models, or two recipes by their replicates, on a blind spot. The main path."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

from scotoma import __version__
from scotoma.basics.described import as_json
from scotoma.basics.progress import Progress, no_progress, part
from scotoma.blindspots import BlindSpot
from scotoma.comparisons.bounds import bound, if_wrong, unanswered
from scotoma.comparisons.claims import declare, evidence_of, sides_of
from scotoma.comparisons.files.checking import Predictions
from scotoma.comparisons.files.reading import Options, read_predictions
from scotoma.comparisons.files.replicates import Side
from scotoma.comparisons.gate import Gate, gates
from scotoma.comparisons.pairing import read_pairs
from scotoma.comparisons.record import (
    COMPARE_VERSION,
    ComparisonRecord,
    Data,
    UnansweredReplicate,
    traits_record,
)
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval
from scotoma.statistics.proportions import McNemarTest, mcnemar
from scotoma.study.claims import Claim
from scotoma.tasks.reading.sources import Place
from scotoma.verdicts.evidence import Evidence
from scotoma.verdicts.flips import CellFlips, cell_flips
from scotoma.verdicts.judging import Finding, judge
from scotoma.verdicts.notes import end_of_the_scale, sensitivity
from scotoma.verdicts.pairs import Pair
from scotoma.verdicts.resampling import resample
from scotoma.verdicts.signature import digest_of

if TYPE_CHECKING:
    from scotoma.audits.traits import Traits


@dataclass(frozen=True)
class Comparison:
    """Two sides compared on a blind spot.

    Attributes:
        blindspot: Blind spot that was tested.
        replicates: Names of the replicates, in order.
        findings: One finding for each declared claim.
        flips: Answers that flipped, by replicate and cell.
        notes: What a reader must know of how the files were read.
        unanswered: For each replicate with rows that a side did not answer: its name, the rows compared, and
            how many were left out before and after, by gold label.
        data: For each replicate: its name, and the SHA-256 of the answers compared, before and after. They do
            not depend on the order of rows, nor on the format of a file.
        gates: For one pair of checkpoints, whether each claimed cell fell by more than allowed; empty without
            `max_drop`.
        traits: What the rows whose answers were lost have in common; None if that was not requested.
    """

    blindspot: BlindSpot
    replicates: tuple[str, ...]
    findings: tuple[Finding, ...]
    flips: tuple[CellFlips, ...]
    notes: tuple[str, ...]
    unanswered: tuple[UnansweredReplicate, ...] = ()
    data: tuple[Data, ...] = ()
    gates: tuple[Gate, ...] = ()
    traits: "Traits | None" = None

    def record(self) -> dict[str, Any]:
        """Plain values for JSON: null where a number is not defined, with the reason beside it."""
        record: ComparisonRecord = {
            "schema": COMPARE_VERSION,
            "scotoma": __version__,
            "blindspot": self.blindspot.name,
            "replicates": len(self.replicates),
            "replicate_names": list(self.replicates),
            "notes": list(self.notes),
            "unanswered": list(self.unanswered),
            "data": list(self.data),
            "claims": [finding.record() for finding in self.findings],
            "gates": [gate.record() for gate in self.gates],
            "traits": None if self.traits is None else traits_record(self.traits),
            "flips": [flip.record() for flip in self.flips],
            "method": METHOD,
        }
        return as_json(ComparisonRecord, record)


#: How each number was computed, for readers of the record alone.
METHOD = {
    "estimate": "mean over replicates of after - before, in the measure's own direction",
    "low, high": "t interval over replicates, test rows held fixed",
    "verdict_interval": "the same at 1 - 2 alpha and signed so that up is better, which is compared with the "
    "margin",
    "p": "of the nearest verdict, as if it were the only claim: two one-sided tests and mirrors, "
    "of Student's t, with Johnson's correction where a tail makes them larger; over all looks, where several "
    "are planned",
    "fell, rose": "share of replicates that moved by more than the margin for the worse and for the better, "
    "with exact one-sided bounds for all seeds (Clopper and Pearson)",
    "p_adjusted": "Holm over all declared claims; a verdict stands where it is below alpha",
    "multi_bootstrap": "10,000 resamples of replicates and of clusters of rows within heuristic and label "
    "(Sellam et al. 2022); shown next to the t interval, which decides; not given where it would be narrower",
    "gates": "change in accuracy between two checkpoints, with its score interval over rows at 1 - 2 alpha / "
    "cells (Tango 1998), against the largest allowed fall",
    "traits": "words, overlap, negation and length of rows: mean change in accuracy with the trait against "
    "that without it, within gold labels; p by the largest statistic over 1,000 permutations within labels "
    "(Westfall and Young 1993); the most certain first, then again without its rows",
    "mcnemar": "exact, for one pair of models: it concerns these two models, not the recipe",
    "if_wrong": "mean accuracy before and after over all rows, where a row that a side did not answer counts "
    "as wrong there; everything else uses the rows that both sides answered",
    "flips": "right or wrong after argmax and merge; negative_flip_rate = lost / n (Yan et al. 2021), "
    "churn = (lost + gained) / n",
}


#: Percent of the time in which files are read; in the rest they are compared.
_READING = 75


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
    max_drop: float | None = None,
    traits: bool = False,
    progress: Progress = no_progress,
    **options: Unpack[Options],
) -> Comparison:
    """Predictions of two models, or of replicates on two sides, which pair by name.

    Answers: "did the change from BEFORE to AFTER make models worse on the blind spot?" The unit is
    the replicate: a difference is taken inside each pair of files. With fewer than 3 there is no
    verdict.

    Args:
        before: What `scotoma.comparisons.files.reading.read_predictions` reads: a file or a table. Of several
            replicates, a folder of files, or files and tables by name.
        after: Predictions of the other side, as `before`.
        blindspot: Blind spot whose test set was predicted.
        cells: Cells that the claims are about, such as `lexical_overlap/non-entailment`; none for the usual
            one.
        measure: Measure of all claims.
        margin: Smallest change that matters, in the measure's unit.
        alpha: Rate at which a false verdict is accepted among all claims.
        seed: Seed of the Multi-Bootstrap.
        looks: Replicates at each look that was planned before the first, rising; none for a single look.
        max_drop: Largest allowed fall in accuracy for one pair, judged by rows; None for no gate.
        traits: Whether to look for what the rows whose answers were lost have in common.
        progress: Called with (rows done, rows in total). Reading a row counts for `_READING` percent of it,
            judging for the rest. The total is an estimate, and 0 until there is one.
        options: How the files are read; see `scotoma.comparisons.files.reading.Options`. With `partial`, the
            rows that both sides answered are compared.

    Raises:
        ScotomaError: a file, a row, a pairing or a claim is wrong.
    """
    claims = declare(cells, measure, margin, alpha, blindspot)

    def read(place: Place, progress: Progress, total: int) -> Predictions:
        return read_predictions(place, blindspot, progress, total, **options)

    partial = options.get("partial", False)
    reading = part(progress, 0, _READING)
    pairs, notes = read_pairs(before, after, blindspot, read, partial=partial, progress=reading)
    n_rows = 2 * sum(pair.table.height for pair in pairs)
    reading(n_rows, n_rows)
    return Comparison(
        blindspot=blindspot,
        replicates=tuple(pair.name for pair in pairs),
        findings=tuple(judge_claims(claims, pairs, blindspot, seed, looks)),
        flips=tuple(cell_flips(pairs, [claim.cell for claim in claims])),
        notes=tuple(notes),
        unanswered=tuple(unanswered(pairs)),
        traits=_traits(pairs, alpha, seed) if traits else None,
        gates=gates(claims, pairs, max_drop) if max_drop is not None else (),
        data=tuple(Data(replicate=pair.name, before=pair.hashes[0], after=pair.hashes[1]) for pair in pairs),
    )


def _traits(pairs: Sequence[Pair], alpha: float, seed: int) -> "Traits":
    # Imports an audit's libraries, which nothing else here needs.
    from scotoma.comparisons.lost import lost_traits

    return lost_traits(pairs, alpha, seed)


def judge_claims(
    claims: Sequence[Claim],
    pairs: Sequence[Pair],
    blindspot: BlindSpot,
    seed: int,
    looks: tuple[int, ...] = (),
) -> list[Finding]:
    """All claims judged together; see `scotoma.verdicts.judging`.

    Raises:
        ScotomaError: a claim names a cell or a measure that the files do not have.
    """
    evidence = [evidence_of(claim, pairs, blindspot) for claim in claims]
    findings = []
    for claim, claim_evidence, judged in zip(claims, evidence, judge(evidence, looks=looks), strict=True):
        accuracies = if_wrong(claim, pairs)
        findings.append(
            Finding(
                claim_evidence,
                judged,
                len(claims),
                looks,
                note=" ".join(filter(None, (*_notes(claim_evidence, pairs), bound(accuracies)))),
                resampled=resample(claim.cell, claim.measure, pairs, level=LEVEL, seed=seed),
                paired=_paired(claim, pairs),
                if_wrong=accuracies,
                data=digest_of((pair.name, [pair.hashes[0]], [pair.hashes[1]]) for pair in pairs),
            )
        )
    return findings


def _paired(claim: Claim, pairs: Sequence[Pair]) -> McNemarTest | None:
    if len(pairs) != 1 or claim.measure != "accuracy":
        return None
    (pair,) = pairs
    at = pair.cells[claim.cell].at
    return mcnemar(pair.before.correct[at], pair.after.correct[at])


def _notes(evidence: Evidence, pairs: Sequence[Pair]) -> Iterator[str]:
    """Notes beside a verdict on accuracy."""
    claim = evidence.claim
    if not claim.measure.startswith("accuracy"):
        return
    means = {"before": statistics.fmean(evidence.before), "after": statistics.fmean(evidence.after)}
    heuristic = claim.cell.partition("/")[0]
    d_prime, criterion = (_change_in(one, heuristic, pairs) for one in ("d_prime", "criterion"))
    yield end_of_the_scale(means, claim.margin, _change_in("log_odds", claim.cell, pairs))
    yield sensitivity(heuristic, d_prime, criterion)


def _change_in(measure: str, cell: str, pairs: Sequence[Pair]) -> Estimate | None:
    """The change in another measure; None if the files do not have it."""
    sides = sides_of(measure, cell, pairs)
    if sides is None:
        return None
    return t_interval([y - x for x, y in zip(*sides, strict=True)], level=LEVEL)
