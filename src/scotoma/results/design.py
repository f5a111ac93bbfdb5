"""Before a run: what its replicates can show, claim by claim, and what they cannot promise."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scotoma.basics.words import number
from scotoma.measures import higher_is_better
from scotoma.results.verdicts import Judgement
from scotoma.statistics.looks import nominal_level
from scotoma.statistics.power import (
    NullPlan,
    cautious_sd,
    detectable_fall,
    plan_null,
    replicates_for_equivalent,
)
from scotoma.statistics.replicates import MIN_REPLICATES
from scotoma.statistics.verdict import fewest_for_equivalent
from scotoma.study.claims import Claim, margin_too_large
from scotoma.study.compared import compared_models
from scotoma.study.study import Study

#: A pilot's spread is itself uncertain; planned with this upper bound, four designs in five hold.
CONFIDENCE = 0.8

#: Spreads to show if none is known, as shares of the margin.
_SHARES = (0.25, 0.5, 1.0, 2.0)


@dataclass(frozen=True)
class Design:
    """What the study's replicates can show about one claim, for one spread between replicates.

    Attributes:
        claim: Claim as declared.
        sd: Standard deviation between replicates of the difference claimed about, in the measure's unit.
        source: Source of the sd, in words.
        guessed: Whether it is one of several shown because none is known.
        alpha: What Holm leaves to a claim in the worst case: alpha over the number of judgements.
        fewest: Replicates below which EQUIVALENT is never said.
        null: Whether EQUIVALENT can be promised, and what it would take.
        detectable: Smallest true change for the worse that would be called WORSE; None where no possible
            change would be, see `undetected`.
        worse_is_up: Whether that is a rise.
        pilot: Replicates of the pilot that the sd is the upper bound of; 0 where there is none.
        n_at_least: Replicates that EQUIVALENT takes if the pilot's own sd is right; None without a pilot, or
            where no number will do.
    """

    claim: Claim
    sd: float
    source: str
    guessed: bool
    alpha: float
    fewest: int
    null: NullPlan
    detectable: float | None
    worse_is_up: bool
    pilot: int = 0
    n_at_least: int | None = None

    @property
    def needed(self) -> str:
        """How many replicates EQUIVALENT takes; of a pilot, from its own sd to its upper bound."""
        most = str(self.null.n_needed or "more than 10,000")
        return most if self.n_at_least in (None, self.null.n_needed) else f"{self.n_at_least} to {most}"


def designs(
    study: Study, pilot: Sequence[Judgement], *, sd: float | None, power: float, n_tried: int = 0
) -> list[Design]:
    """What the study's replicates can show about each of its claims.

    Args:
        study: Study that the claims and replicates belong to.
        pilot: The study's claims judged so far; two replicates of a claim's contrast give a spread.
        sd: Standard deviation assumed for every claim, in its measure's unit; None takes the pilot's cautious
            sd and, where there is none, shows several.
        power: Required chance of the intended verdict.
        n_tried: Judgements that Holm counts beside the study's own.
    """
    n_judgements = count_judgements(study) + n_tried
    targets = {spot.name: spot.target for spot in study.blindspots}
    result: list[Design] = []
    for claim in study.claims:
        pilots = [one for one in pilot if one.claim == claim]
        alpha = nominal_level(claim.alpha / n_judgements, study.looks)
        # By the claim's own alpha: Holm's correction is of the p value of a verdict that stands alone.
        fewest = fewest_for_equivalent(nominal_level(claim.alpha, study.looks))
        for spread, source, guessed, own_sd, n_pilot in _spreads(claim, pilots, sd):
            n, margin = study.replicates, claim.margin
            null = plan_null(n=n, sd=spread, margin=margin, alpha=alpha, power=power, fewest=fewest)
            fall = detectable_fall(n=n, sd=spread, margin=margin, alpha=alpha, power=power, most=claim.most)
            up = higher_is_better(claim.measure, claim.cell, targets[claim.blindspot]) is False
            least = (
                replicates_for_equivalent(sd=own_sd, margin=margin, alpha=alpha, power=power, fewest=fewest)
                if own_sd
                else None
            )
            result.append(
                Design(claim, spread, source, guessed, alpha, fewest, null, fall, up, n_pilot, least)
            )
    return result


def count_judgements(study: Study) -> int:
    """How many verdicts the study's claims will come to: one for each start, size, generator and round."""
    n_models = sum(len(compared_models(study, claim)) for claim in study.claims)
    return n_models * len(study.starts) * len(study.bases)


def refusal(designs: Design, n: int) -> str:
    """Why no null is promised; empty where one is."""
    if designs.null.promised:
        return ""
    needed = f"plan {designs.null.n_needed}" if designs.null.n_needed else "no number of replicates suffices"
    margin = designs.null.margin_reachable
    is_possible = margin is not None and not margin_too_large(designs.claim.measure, margin)
    wider = f", or a margin of {number(margin)}" if is_possible else ""
    return (
        f"A null result cannot be promised: with {n} replicates, EQUIVALENT would be reached "
        f"{designs.null.power:.0%} of the time if nothing had changed. To promise one, {needed}{wider}."
    )


def undetected(design: Design, n: int) -> str:
    """Why no change would be found WORSE with n replicates; empty where one would."""
    if design.detectable is not None:
        return ""
    if n < MIN_REPLICATES:
        return f"no change would be found WORSE: {n} of at least {MIN_REPLICATES} replicates"
    claim = design.claim
    by = f"its changes here and on {claim.beyond} differ" if claim.beyond else "it changes"
    return (
        f"no possible change would be found WORSE often enough with {n} replicates at this sd: "
        f"{claim.measure} lies within 0 to 1, so that {by} by at most {claim.most:g}"
    )


def _spreads(
    claim: Claim, pilots: list[Judgement], sd: float | None
) -> Iterator[tuple[float, str, bool, float | None, int]]:
    """Each sd to plan with, where it is from, whether it is guessed; a pilot's own sd and its replicates."""
    if sd is not None:
        yield sd, "assumed", False, None, 0
        return
    known = [one.judged.alone.interval for one in pilots if one.judged is not None]
    bounds = [
        (cautious_sd(interval.sd, n_pilot=interval.n, confidence=CONFIDENCE), interval.n, interval.sd)
        for interval in known
        if interval.sd
    ]
    if bounds:
        widest, n, own = max(bounds)
        yield widest, f"{n} replicates", False, own, n
        return
    for share in _SHARES:
        yield share * claim.margin, f"{share:g} x margin", True, None, 0
