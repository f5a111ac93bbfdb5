"""One word on one declared claim: WORSE, BETTER, EQUIVALENT or INCONCLUSIVE, or none with the reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.statistics.intervals import Estimate, t_interval

Word = Literal["WORSE", "BETTER", "EQUIVALENT", "INCONCLUSIVE"]

#: With two, one degree of freedom: the t quantile is 6.3 and nearly every answer is INCONCLUSIVE.
MIN_REPLICATES = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the replicates say about a claim.

    Attributes:
        word: None where no verdict can be given.
        interval: The (1 - 2 alpha) interval that was held against the margin.
        reason: Why there is no word; else empty.
    """

    word: Word | None
    interval: Estimate
    reason: str = ""


def judge(differences: Sequence[float], *, margin: float, alpha: float) -> Verdict:
    """The verdict on paired differences, given how much of a change would matter.

    Answers: "if the whole chain were run again and again, would the mean change be smaller than the
    margin, or larger, or can these replicates not tell?" The unit is the replicate.

    The ends of the (1 - 2 alpha) interval are the two one-sided (1 - alpha) bounds:

        interval inside (-margin, margin)      EQUIVALENT
        upper bound below -margin              WORSE
        lower bound above margin               BETTER
        anything else                          INCONCLUSIVE, never "no effect"

    WORSE is beyond the margin, not beyond zero. So the words exclude one another, each is wrong at
    a rate of at most alpha, and the margin means the same thing on both sides: the smallest change
    that matters. Beyond zero, a sure but negligible fall would be EQUIVALENT and WORSE at once, and
    with enough replicates anything would be WORSE. The price: a sure fall of unsettled size is
    INCONCLUSIVE, and the report then says that a fall is likely.

    Args:
        differences: One per replicate, so signed that up is better.
        margin: Smallest change that matters, in the measure's unit; above 0.
        alpha: Error rate of each one-sided bound, in (0, .5).

    Source: Schuirmann 1987 (two one-sided tests) and its mirror, the minimum-effect test.
    """
    if margin <= 0 or not 0 < alpha < 0.5:
        raise ValueError(f"margin must be above 0 and alpha in (0, .5); got {margin} and {alpha}")
    interval = t_interval(differences, level=1 - 2 * alpha)
    if interval.n < MIN_REPLICATES:
        return Verdict(None, interval, f"{interval.n} of at least {MIN_REPLICATES} replicates")
    if interval.low is None or interval.high is None:
        return Verdict(None, interval, interval.reason)
    return Verdict(_word(interval.low, interval.high, margin), interval)


def _word(low: float, high: float, margin: float) -> Word:
    if -margin < low and high < margin:
        return "EQUIVALENT"
    if high < -margin:
        return "WORSE"
    return "BETTER" if low > margin else "INCONCLUSIVE"
