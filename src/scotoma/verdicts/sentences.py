"""The sentences of a verdict: its evidence, what it means and what it does not; the same everywhere."""

import statistics
from typing import Literal

from scotoma.basics.words import counted, number, p_value, percent, signed
from scotoma.statistics.equivalence import JointVerdict
from scotoma.statistics.intervals import Estimate
from scotoma.statistics.proportions import McNemarTest
from scotoma.statistics.verdict import Verdict
from scotoma.study.claims import Claim
from scotoma.verdicts.evidence import Evidence
from scotoma.verdicts.resampling import ResampledInterval

#: An error rate above this many times alpha is reported beside the verdict.
_WORTH_SAYING = 1.5

#: The share of seeds of a rare other kind that a verdict is held against.
_RARE = 0.1


def movement(claim: Claim, interval: Estimate, evidence: Evidence, *, reason: str) -> str:
    """What moved, by how much, and what that rests on: interval, replicates, margin, the direction of harm.

    Args:
        claim: Claim as declared.
        interval: The mean difference with its interval.
        evidence: Gives the measure's level before and after, where it has them.
        reason: Why there is no difference, said in its place.
    """
    subject = f"{claim.measure} on {claim.blindspot} {claim.cell}"
    if claim.beyond:
        subject += f", beyond the change on {claim.beyond},"
    if interval.mean is None:
        return f"{subject}: {reason}."
    bounds = ""
    if interval.low is not None:
        bounds = f"{percent(interval.level)} interval {signed(interval.low)} to {signed(interval.high)}, "
    worse = "; higher is worse here" if evidence.up_is_better is False else ""
    rests_on = f"{bounds}{counted(interval.n, 'replicate')}, margin {number(claim.margin)}{worse}"
    levels = ""
    if evidence.before:
        before, after = (number(statistics.fmean(side)) for side in (evidence.before, evidence.after))
        levels = f"from {before} to {after}, "
    return f"{subject} moved {levels}by {signed(interval.mean)} ({rests_on})."


def meaning(
    judged: JointVerdict, *, margin: float, alpha: float, n_claims: int, looks: tuple[int, ...] = ()
) -> str:
    """The sentences for a claim that has a verdict.

    Args:
        judged: The verdict, alone and beside the other claims.
        margin: The claim's own.
        alpha: The claim's own.
        n_claims: Number of claims judged together.
        looks: Replicates at each planned look, if several were planned.
    """
    parts = [_finding(judged, margin, n_claims), _of_replicates(judged.alone)]
    if judged.word != "INCONCLUSIVE":
        parts += [_error(alpha, n_claims), _unseen(judged.alone.interval.n, alpha)]
    return " ".join(part for part in (*parts, _when(judged, looks)) if part)


def other_rows(resampled: ResampledInterval | None, beyond: str | None) -> str:
    """The interval that lets test rows vary too, those of the task beside them; empty where there is none."""
    if resampled is None or resampled.low is None:
        return ""
    units = (
        f"replicates, {resampled.clusters}s and rows of {beyond}"
        if beyond
        else f"replicates and {resampled.clusters}s"
    )
    return (
        f"With test rows resampled too (Multi-Bootstrap over {units}): {signed(resampled.low)} to "
        f"{signed(resampled.high)}."
    )


def of_two_models(paired: McNemarTest | None) -> str:
    """What the answers of one pair of models tell, and what they do not; empty for None."""
    if paired is None:
        return ""
    return (
        f"Of {paired.n:,} rows, {paired.lost:,} turned from right to wrong and {paired.gained:,} from wrong "
        f"to right (exact McNemar test, p {p_value(paired.p)}). This tests whether these two models differ, "
        "not whether their recipes do: two runs of one recipe often differ as much. For a verdict, compare "
        "two folders with at least 3 runs of each recipe."
    )


def _finding(judged: JointVerdict, margin: float, n_claims: int) -> str:
    if judged.undone_by_number:
        return (
            f"Alone it would be {judged.alone.word} (p {p_value(judged.p)}), but not after Holm's correction "
            f"for {n_claims} claims (p {p_value(judged.p_adjusted)})."
        )
    bound = _bound(judged, margin, n_claims)
    match judged.word:
        case "WORSE" | "BETTER" as word:
            return f"The mean change for the {word.lower()} is larger than the margin{bound}."
        case "EQUIVALENT":
            return f"A mean change as large as the margin is ruled out in either direction{bound}."
    if judged.alone.withheld:
        withheld = judged.alone.withheld
        return f"{withheld[0].upper()}{withheld[1:]}. This is not evidence of no effect."
    worse_or_better = direction(judged).lower()
    likely = f"A change for the {worse_or_better} is likely, but these" if worse_or_better else "These"
    it = "it" if worse_or_better else "the mean change"
    return (
        f"{likely} replicates cannot tell whether {it} is larger than the margin. This is not evidence of "
        "no effect."
    )


def _bound(judged: JointVerdict, margin: float, n_claims: int) -> str:
    """A bound of the change, from an interval that is simultaneous over all claims.

    Empty where that interval crosses the margin: Holm's correction gives a verdict more often than it does.
    """
    interval = judged.bounds
    if interval is None or interval.low is None or interval.high is None:
        return ""
    at_once = "both claims" if n_claims == 2 else f"all {n_claims} claims"
    for_all = f", which holds for {at_once} at once" if n_claims > 1 else ", which decides"
    by = f"({percent(round(interval.level, 3))} interval{for_all})"
    most = max(-interval.low, interval.high)
    least = interval.low if judged.word == "BETTER" else -interval.high
    if judged.word == "EQUIVALENT":
        return f": it is at most {number(most)} {by}" if most < margin else ""
    return f": it is at least {number(least)} {by}" if least > margin else ""


def direction(judged: JointVerdict) -> Literal["WORSE", "BETTER", ""]:
    """Which way the mean moved, where that is sure for all claims at once; else empty."""
    interval = judged.bounds
    if interval is None or interval.low is None or interval.high is None:
        return ""
    return "WORSE" if interval.high < 0 else "BETTER" if interval.low > 0 else ""


def _of_replicates(alone: Verdict) -> str:
    """How many replicates moved by more than the margin, and how many of all seeds would."""
    fell, rose, n = alone.fell, alone.rose, alone.interval.n
    if fell.value is None or rose.value is None or fell.high is None or rose.high is None:
        return ""
    worse, better = round(fell.value * n), round(rose.value * n)
    sure = f"(exact {percent(round((1 + fell.level) / 2, 3))} bound)"
    replicates = f"{n} replicates moved by more than the margin"
    if worse and not better:
        of_all = f"at least {_percent(fell.low)} of all seeds would {sure}"
        return f"{worse} of {replicates} for the worse: {of_all}."
    if better and not worse:
        of_all = f"at least {_percent(rose.low)} of all seeds would {sure}"
        return f"{better} of {replicates} for the better: {of_all}."
    if worse and better:
        return f"{worse} of {replicates} for the worse, {better} for the better."
    return f"None of {replicates}: up to {_percent(fell.high)} of all seeds could {sure}."


def _percent(value: float | None) -> str:
    return percent(round(value or 0.0, 2))


def _error(alpha: float, n_claims: int) -> str:
    many = f" for any of the {n_claims} claims" if n_claims > 1 else ""
    return (
        f"If this were not true, such a verdict would be given at most {100 * alpha:g} times in 100{many}, "
        "as long as the differences between replicates are roughly normal."
    )


def _unseen(n: int, alpha: float) -> str:
    """What the rate of error does not cover, where it is worth saying."""
    chance = (1 - _RARE) ** n
    if chance <= _WORTH_SAYING * alpha:
        return ""
    return (
        f"If one seed in ten behaved differently, {n} replicates would include none of them "
        f"{100 * chance:.0f} times in 100."
    )


def _when(judged: JointVerdict, looks: tuple[int, ...]) -> str:
    if len(looks) < 2:
        return ""
    planned = ", ".join(map(str, looks))
    if judged.word == "INCONCLUSIVE":
        later = [look for look in looks if look > judged.look]
        following = f"The next is at {later[0]}" if later else "No look is left"
        return f"Not decided at {counted(judged.look, 'replicate')}; looks planned at {planned}. {following}."
    return f"Decided at {counted(judged.look, 'replicate')}; looks planned at {planned}."
