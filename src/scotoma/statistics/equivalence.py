"""Two one-sided tests of equivalence and their mirrors, as p values beside the verdict's word."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr

from scotoma.statistics.multiplicity import holm
from scotoma.statistics.verdict import Verdict, Word, judge


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A claim's verdict and the p values behind it.

    Attributes:
        verdict: The word and the interval, from `verdict.judge`.
        p_not_worse: Of the one-sided test against "the mean is at or below -margin"; None without a
            verdict.
        p_not_better: Against "the mean is at or above margin".
        p_equivalent: The larger of the two: both must be rejected. Below alpha with EQUIVALENT.
        p_worse: Against "the mean is at or above -margin"; below alpha with WORSE.
        p_better: Against "the mean is at or below margin"; below alpha with BETTER.
        reason: Why there is no p value; else empty.
    """

    verdict: Verdict
    p_not_worse: float | None
    p_not_better: float | None
    p_equivalent: float | None
    p_worse: float | None
    p_better: float | None
    reason: str = ""

    @property
    def p(self) -> float | None:
        """The smallest p value of the three words, for `multiplicity.holm`: below alpha with a word.

        At most one of the three is below .5, so the smallest names the word; it is not searched
        for. Each kind of false word is held at alpha. Where the margin is small beside the noise,
        WORSE and BETTER can each be false of the same claim, so their sum is held at 2 alpha only.
        """
        if self.p_equivalent is None or self.p_worse is None or self.p_better is None:
            return None
        return min(self.p_equivalent, self.p_worse, self.p_better)


def tost(differences: Sequence[float], *, margin: float, alpha: float) -> Equivalence:
    """The verdict on paired differences with the p value of each one-sided test.

    Answers: "if the whole chain were run again and again, is the mean change smaller than the
    margin, and how surprising would these replicates be if it were not?" The unit is the replicate;
    the test rows are held fixed. The word is that of `verdict.judge`: two one-sided tests at alpha
    and a (1 - 2 alpha) interval inside the margin are the same test.

    Args:
        differences: One per replicate, so signed that up is better.
        margin: Smallest change that matters, in the measure's unit; above 0.
        alpha: Error rate of each one-sided test, in (0, .5).

    Raises:
        ValueError: margin or alpha means nothing.

    Source: Schuirmann 1987; the mirrors (WORSE, BETTER) are minimum-effect tests.
    """
    verdict = judge(differences, margin=margin, alpha=alpha)
    mean, sd, n = verdict.interval.mean, verdict.interval.sd, verdict.interval.n
    if verdict.word is None or mean is None or not sd:
        return Equivalence(verdict, None, None, None, None, None, verdict.reason)
    error = sd / math.sqrt(n)
    # Each tail is computed as a lower tail of its own: 1 - p would lose a small p's digits.
    not_worse = float(stdtr(n - 1, -(mean + margin) / error))
    not_better = float(stdtr(n - 1, (mean - margin) / error))
    worse = float(stdtr(n - 1, (mean + margin) / error))
    better = float(stdtr(n - 1, -(mean - margin) / error))
    return Equivalence(verdict, not_worse, not_better, max(not_worse, not_better), worse, better)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared claim with its replicates.

    Attributes:
        differences: One per replicate, so signed that up is better.
        margin: Smallest change that matters, in the measure's unit; above 0.
        alpha: Rate at which a false word is accepted, in (0, .5).
    """

    differences: Sequence[float]
    margin: float
    alpha: float


@dataclass(frozen=True, slots=True)
class Judged:
    """The word on one of several declared claims.

    Attributes:
        word: WORSE, BETTER, EQUIVALENT, INCONCLUSIVE; None where no verdict can be given.
        alone: What would be said if it had been the only claim.
        p: Of the word that comes nearest, were it the only claim; None without a verdict.
        p_adjusted: The same with Holm's correction.
    """

    word: Word | None
    alone: Verdict
    p: float | None
    p_adjusted: float | None

    @property
    def undone_by_number(self) -> bool:
        """Whether the claim would have had a word but for the other claims declared beside it."""
        return self.word == "INCONCLUSIVE" != self.alone.word


def judge_together(claims: Sequence[Declared], n_declared: int = 0) -> list[Judged]:
    """Verdicts on all declared claims at once, so that many claims do not make a false word likely.

    Answers: "which words stand if one false word among all that was declared is one too many?" A
    claim keeps the word it has alone where its adjusted p value is below its own alpha; otherwise it
    is INCONCLUSIVE. Of one claim, this is `judge`.

    Args:
        claims: Those that there is something to say about.
        n_declared: Of how many in all, where more were declared: those without results count too.

    Raises:
        ValueError: a margin or an alpha that means nothing.

    Source: `tost`, then Holm 1979.
    """
    alone = [tost(claim.differences, margin=claim.margin, alpha=claim.alpha) for claim in claims]
    missing = [None] * max(0, n_declared - len(claims))
    adjusted = holm([*(found.p for found in alone), *missing])[: len(claims)]
    return [
        Judged(_word(found.verdict.word, p, claim.alpha), found.verdict, found.p, p)
        for claim, found, p in zip(claims, alone, adjusted, strict=True)
    ]


def _word(word: Word | None, p_adjusted: float | None, alpha: float) -> Word | None:
    decided = p_adjusted is not None and p_adjusted < alpha
    return word if word is None or decided else "INCONCLUSIVE"
