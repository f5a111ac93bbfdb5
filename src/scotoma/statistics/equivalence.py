"""Two one-sided tests of equivalence and their mirrors, as p values beside the verdict's word."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from scotoma.statistics.intervals import Estimate
from scotoma.statistics.looks import nominal_level, overall_p
from scotoma.statistics.multiplicity import holm
from scotoma.statistics.verdict import Scale, Verdict, Word, judge, moments


@dataclass(frozen=True, slots=True)
class Equivalence:
    """A claim's verdict and the p values behind it.

    Attributes:
        verdict: The verdict and its interval, from `verdict.judge`.
        p_not_worse: p of the one-sided test against "the mean is at or below -margin"; None without a
            verdict.
        p_not_better: p of the test against "the mean is at or above margin".
        p_equivalent: The larger of the two: both must be rejected. Below alpha with EQUIVALENT.
        p_worse: p of the test against "the mean is at or above -margin"; below alpha with WORSE.
        p_better: p of the test against "the mean is at or below margin"; below alpha with BETTER.
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
        """The smallest p value of the three verdicts, for `multiplicity.holm`: below alpha with a verdict.

        At most one of the three is below .5, so the smallest belongs to the verdict, and taking the minimum
        is no multiple test. Each kind of false verdict is held at alpha. Where the margin is small beside the
        noise, WORSE and BETTER can each be false of the same claim, so their sum is held at 2 alpha only.
        """
        return min(self.by_word.values(), default=None)

    @property
    def by_word(self) -> dict[Word, float]:
        """The p value of each possible verdict; empty if no verdict can be given."""
        if self.p_equivalent is None or self.p_worse is None or self.p_better is None:
            return {}
        p_values: dict[Word, float] = {"WORSE": self.p_worse, "BETTER": self.p_better}
        return p_values if self.verdict.withheld else {**p_values, "EQUIVALENT": self.p_equivalent}


def tost(
    differences: Sequence[float], *, margin: float, alpha: float, scale: Scale | None = None
) -> Equivalence:
    """The verdict on paired differences with the p value of each one-sided test.

    Answers: "if the whole chain were run again and again, is the mean change smaller than the
    margin, and how surprising would these replicates be if it were not?" The unit is the replicate;
    the test rows are held fixed. The verdict is that of `verdict.judge`: two one-sided tests at alpha
    and a (1 - 2 alpha) interval inside the margin are the same test.

    Args:
        differences: One difference per replicate, so signed that up is better.
        margin: Smallest change that matters, in the measure's unit; above 0.
        alpha: Error rate of each one-sided test, in (0, .5).
        scale: Further facts about the measure.

    Raises:
        ValueError: margin or alpha is out of range.

    Source: Schuirmann 1987; the mirrors (WORSE, BETTER) are minimum-effect tests.
    """
    verdict = judge(differences, margin=margin, alpha=alpha, scale=scale)
    sample = moments(differences, scale) if verdict.word is not None else None
    if sample is None:
        return Equivalence(verdict, None, None, None, None, None, verdict.reason)
    not_worse, not_better = float(sample.p_above(-margin)), float(sample.p_below(margin))
    worse, better = float(sample.p_below(-margin)), float(sample.p_above(margin))
    return Equivalence(verdict, not_worse, not_better, max(not_worse, not_better), worse, better)


@dataclass(frozen=True, slots=True)
class DeclaredClaim:
    """A declared claim with its replicates.

    Attributes:
        differences: One difference per replicate, so signed that up is better; in the order of replicates.
        margin: Smallest change that matters, in the measure's unit; above 0.
        alpha: Rate at which a false verdict is accepted, in (0, .5).
        scale: Gives what else is known of the measure from the first so many replicates; None where nothing
            is. A look goes by the replicates that there were by then, in this as in the differences.
    """

    differences: Sequence[float]
    margin: float
    alpha: float
    scale: Callable[[int], Scale] | None = None

    def first(self, n: int | None) -> tuple[Sequence[float], Scale | None]:
        """The claim with its first n differences, or all, and the scale as known from these."""
        differences = self.differences[:n]
        return differences, self.scale(len(differences)) if self.scale else None


@dataclass(frozen=True, slots=True)
class JointVerdict:
    """The verdict on one of several declared claims.

    Attributes:
        word: WORSE, BETTER, EQUIVALENT, INCONCLUSIVE; None where no verdict can be given.
        alone: Verdict if it had been the only claim, with the interval that decides it.
        p: p of the nearest verdict at `look` if this were the only claim, allowing for all looks; None
            without a verdict.
        p_adjusted: `p` with Holm's correction for all declared claims.
        bounds: The interval that holds for all declared claims at once, and over all looks (Bonferroni);
            None without a verdict.
        look: Replicates at the look that decided, or at the last that was taken.
    """

    word: Word | None
    alone: Verdict
    p: float | None
    p_adjusted: float | None
    bounds: Estimate | None = None
    look: int = 0

    @property
    def undone_by_number(self) -> bool:
        """Whether the claim has no verdict only because of the other claims declared beside it."""
        return self.word == "INCONCLUSIVE" != self.alone.word


def judge_together(
    claims: Sequence[DeclaredClaim], n_declared: int = 0, looks: tuple[int, ...] = ()
) -> list[JointVerdict]:
    """Verdicts on all declared claims at once, so that many claims do not make a false verdict likely.

    Answers: "which verdicts stand if even one false verdict among all claims declared is too many?" A
    claim keeps the verdict it has alone where its adjusted p value is below its own alpha; otherwise it
    is INCONCLUSIVE. Of one claim, this is `judge`.

    Where looks are declared, the claims are judged at each of them on the replicates that there were by
    then, and a verdict that was reached stands: the study could have stopped.

    Args:
        claims: Claims that have results.
        n_declared: Number of claims declared in all; those without results count too.
        looks: Replicates at each planned look, rising; none where all replicates are looked at once.

    Raises:
        ValueError: a margin or an alpha is out of range.

    Source: `tost`, then Holm 1979; looks: `scotoma.statistics.looks`.
    """
    if not looks:
        return _judge_at(None, claims, [None] * len(claims), n_declared, ())
    most = max((len(claim.differences) for claim in claims), default=0)
    judged: list[JointVerdict | None] = [None] * len(claims)
    for look in [look for look in looks if look <= most]:
        judged = list(_judge_at(look, claims, judged, n_declared, looks))
    return [one or _not_looked_at(claim, looks[0]) for claim, one in zip(claims, judged, strict=True)]


def _not_looked_at(claim: DeclaredClaim, first: int) -> JointVerdict:
    differences, scale = claim.first(None)
    n = len(differences)
    alone = judge(differences, margin=claim.margin, alpha=claim.alpha, scale=scale)
    reason = f"the first look is at {first} replicates, and there are {n}"
    return JointVerdict(None, replace(alone, word=None, withheld="", reason=reason), None, None, None, n)


def _judge_at(
    look: int | None,
    claims: Sequence[DeclaredClaim],
    before: Sequence[JointVerdict | None],
    n_declared: int,
    looks: tuple[int, ...],
) -> list[JointVerdict]:
    """Each claim on its replicates up to a look, or on all; verdicts of earlier looks stand."""
    n_claims = max(n_declared, len(claims))
    first_looks = [
        _Look.of(claim, look, earlier, n_claims, looks) for claim, earlier in zip(claims, before, strict=True)
    ]
    missing = [None] * (n_claims - len(claims))
    adjusted = holm([*(one.p for one in first_looks), *missing])[: len(claims)]
    return [
        earlier
        if earlier is not None and _is_decided(earlier.word)
        else JointVerdict(_word(one.verdict.word, p, claim.alpha), one.verdict, one.p, p, one.bounds, one.n)
        for claim, one, p, earlier in zip(claims, first_looks, adjusted, before, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class _Look:
    """One claim at one look, on its own: `p` allows for all looks.

    Of a decided claim it is the smallest so far. Of another that would be a p value without a verdict to it.
    """

    verdict: Verdict
    p: float | None
    bounds: Estimate | None
    n: int

    @classmethod
    def of(
        cls,
        claim: DeclaredClaim,
        look: int | None,
        earlier: JointVerdict | None,
        n_claims: int,
        looks: tuple[int, ...],
    ) -> "_Look":
        differences, scale = claim.first(look)
        level = nominal_level(claim.alpha, looks)
        alone = tost(differences, margin=claim.margin, alpha=level, scale=scale)
        reached = earlier.p if earlier and _is_decided(earlier.word) else None
        if alone.p is None:
            return cls(alone.verdict, reached, None, len(differences))
        p = overall_p(alone.p, looks)
        if reached is not None:
            p = min(p, reached)
        level = nominal_level(claim.alpha / n_claims, looks)
        bounds = judge(differences, margin=claim.margin, alpha=level, scale=scale).interval
        return cls(alone.verdict, p, bounds, len(differences))


def _is_decided(word: Word | None) -> bool:
    return word not in (None, "INCONCLUSIVE")


def _word(word: Word | None, p_adjusted: float | None, alpha: float) -> Word | None:
    decided = p_adjusted is not None and p_adjusted < alpha
    return word if word is None or decided else "INCONCLUSIVE"
