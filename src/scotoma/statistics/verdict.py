"""One word on one declared claim: WORSE, BETTER, EQUIVALENT or INCONCLUSIVE, or none with the reason."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from scotoma.statistics.cautious import Moments
from scotoma.statistics.intervals import SAME, Estimate, t_interval
from scotoma.statistics.proportions import Share, clopper_pearson
from scotoma.statistics.replicates import MIN_REPLICATES

Word = Literal["WORSE", "BETTER", "EQUIVALENT", "INCONCLUSIVE"]


@dataclass(frozen=True, slots=True)
class Scale:
    """What is known of a measure beside the differences.

    Attributes:
        reference: Mean of the reference over replicates, of a measure within 0 to 1; None of others.
        resolution: How far one row moves the measure; stands in for a spread of 0 between replicates whose
            answers are all right or all wrong. None where a spread of 0 says that the seeds did not take.
    """

    reference: float | None = None
    resolution: float | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the replicates say about a claim.

    Attributes:
        word: The verdict; None where none can be given.
        interval: The (1 - 2 alpha) interval that was held against the margin.
        fell: Share of replicates that moved for the worse by more than the margin; its ends are exact
            one-sided (1 - alpha) bounds for all seeds.
        rose: Share of replicates that moved for the better by more than the margin, with bounds as for
            `fell`.
        reason: Why there is no verdict; else empty.
        withheld: Why the verdict is not EQUIVALENT although the interval lies inside the margin; else empty.
    """

    word: Word | None
    interval: Estimate
    fell: Share
    rose: Share
    reason: str = ""
    withheld: str = ""


def fewest_for_equivalent(alpha: float) -> int:
    """Replicates below which EQUIVALENT is never said: 5 at alpha .05.

    With fewer, even if none moved by more than the margin, every second seed could: the exact bound
    1 - alpha^(1/n) on their share is not below one half.
    """
    return max(MIN_REPLICATES, math.floor(math.log(alpha) / math.log(0.5)) + 1)


def judge(
    differences: Sequence[float], *, margin: float, alpha: float, scale: Scale | None = None
) -> Verdict:
    """The verdict on paired differences, given how much of a change would matter.

    Answers: "if the whole chain were run again and again, would the mean change be smaller than the
    margin, or larger, or can these replicates not tell?" The unit is the replicate.

    The ends of the (1 - 2 alpha) interval are the two one-sided (1 - alpha) bounds, each Student's, moved
    outwards where a tail points that way (`scotoma.statistics.cautious`):

        interval inside (-margin, margin)      EQUIVALENT
        upper bound below -margin              WORSE
        lower bound above margin               BETTER
        anything else                          INCONCLUSIVE, never "no effect"

    WORSE is beyond the margin, not beyond zero. So the verdicts exclude one another, and the margin means the
    same thing on both sides: the smallest change that matters. Beyond zero, a sure but negligible fall would
    be EQUIVALENT and WORSE at once, and with enough replicates anything would be WORSE.

    EQUIVALENT is withheld with fewer replicates than `fewest_for_equivalent`, and where the reference is so
    near an end of its scale that a change as large as the margin was not possible in both directions.

    Each word is wrong at a rate of at most alpha if the differences are roughly normal, moderately skewed or
    bounded. No procedure can promise that of seeds that rarely collapse: with n replicates, a tenth of all
    seeds goes unseen at a rate of .9^n. So beside the mean, `fell` and `rose` bound their share exactly.

    Args:
        differences: One difference per replicate, so signed that up is better.
        margin: Smallest change that matters, in the measure's unit; above 0.
        alpha: Error rate of each one-sided bound, in (0, .5).
        scale: Further facts about the measure.

    Raises:
        ValueError: margin or alpha is out of range.

    Source: Schuirmann 1987 (two one-sided tests) and its mirror, the minimum-effect test; shares of
    replicates: Clopper and Pearson 1934.
    """
    if margin <= 0 or not 0 < alpha < 0.5:
        raise ValueError(f"margin must be above 0 and alpha in (0, .5); got {margin} and {alpha}")
    n, level = len(differences), 1 - 2 * alpha
    # In floats .85 - .90 lies a little below -.05 and .90 - .95 a little above; neither is beyond it.
    beyond = margin + SAME
    fell = clopper_pearson(sum(one < -beyond for one in differences), n, level=level)
    rose = clopper_pearson(sum(one > beyond for one in differences), n, level=level)
    interval = t_interval(differences, level=level)
    if n < MIN_REPLICATES:
        return Verdict(None, interval, fell, rose, f"{n} of at least {MIN_REPLICATES} replicates")
    sample = moments(differences, scale)
    if sample is None:
        return Verdict(None, interval, fell, rose, interval.reason)
    low, high = (float(bound) for bound in sample.bounds(alpha))
    interval = replace(interval, low=low, high=high, reason="")
    word = _word(low, high, margin)
    withheld = _withheld(n, margin, alpha, scale) if word == "EQUIVALENT" else ""
    return Verdict("INCONCLUSIVE" if withheld else word, interval, fell, rose, withheld=withheld)


def moments(differences: Sequence[float], scale: Scale | None) -> Moments | None:
    """What bounds and p values rest on; None where the spread is 0 and nothing stands in for it."""
    smallest = (scale.resolution if scale else None) or 0.0
    saturated = t_interval(differences, level=0.9).sd == 0
    if saturated and not smallest:
        return None
    return Moments.of(differences, smallest_sd=smallest if saturated else 0.0)


def _word(low: float, high: float, margin: float) -> Word:
    if -margin < low and high < margin:
        return "EQUIVALENT"
    if high < -margin:
        return "WORSE"
    return "BETTER" if low > margin else "INCONCLUSIVE"


def _withheld(n: int, margin: float, alpha: float, scale: Scale | None) -> str:
    """Why replicates that lie inside the margin do not show that nothing changed; else empty."""
    fewest = fewest_for_equivalent(alpha)
    if n < fewest:
        most = 1 - alpha ** (1 / n)
        return (
            f"EQUIVALENT requires at least {fewest} replicates: with {n}, up to {100 * most:.0f} % of all "
            "seeds could move by more than the margin"
        )
    reference = scale.reference if scale else None
    if reference is not None and not margin - SAME <= reference <= 1 - margin + SAME:
        end, at = "bottom" if reference < margin else "top", f"{reference:.3f}".removeprefix("0")
        return (
            f"the reference is at {at}, so near the {end} of the scale that a change as large as the margin "
            "is possible in one direction only; d', the AUC and the entailment log-odds can still move"
        )
    return ""
