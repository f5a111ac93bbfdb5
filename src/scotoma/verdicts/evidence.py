"""The evidence for a claim: the measure in each replicate, before and after, and which way is better."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.measures import MEASURES
from scotoma.measures.scales import scale_of
from scotoma.statistics.equivalence import DeclaredClaim
from scotoma.statistics.verdict import Scale
from scotoma.study.claims import Claim

#: Why nothing can be judged where no answer differs.
SAME_ANSWERS = "both sides answer every row alike in every replicate, as one model given twice does"

#: Gives a measure's values in each replicate, before and after, in the claim's cell.
Sides = Callable[[str], tuple[Sequence[float], Sequence[float]]]


@dataclass(frozen=True)
class Evidence:
    """One claim with the replicates that answer it.

    Attributes:
        claim: Claim as declared.
        up_is_better: Whether more of the measure is good in this cell; None where neither direction is.
        differences: After minus before in each replicate, in the measure's own direction.
        names: Names of the replicates, in the order of `differences`.
        before: The measure in each replicate before the change, or in the reference; empty for a difference
            of differences.
        after: The measure in each replicate after the change, or in the arm; empty with `before`.
        rates: For a measure made of rates (d'): its rates in each replicate, before and then after.
        n_rows: Rows that the measure is taken over; 0 where they were not counted.
        reason: Why there are no differences; else empty.
        alike: Whether both sides answer every row alike in every replicate.
    """

    claim: Claim
    up_is_better: bool | None
    differences: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    before: tuple[float, ...] = ()
    after: tuple[float, ...] = ()
    rates: tuple[tuple[float, ...], ...] = ()
    n_rows: int = 0
    reason: str = ""
    alike: bool = False

    @property
    def better(self) -> Literal["up", "down"] | None:
        """Which way is good, in a word; None where neither is."""
        if self.up_is_better is None:
            return None
        return "up" if self.up_is_better else "down"

    @property
    def declared(self) -> DeclaredClaim:
        """The claim for `judge_together`; without differences where neither direction is better."""
        up = {True: 1, False: -1, None: 0}[self.up_is_better]
        signed = [up * one for one in self.differences] if up else []
        return DeclaredClaim(signed, self.claim.margin, self.claim.alpha, self._scale)

    def _scale(self, n: int) -> Scale:
        """The measure's scale as the first n replicates show it; a difference of differences has none."""
        if not self.before or not self.n_rows:
            return Scale()
        rates = [rate for one in self.rates[:n] for rate in one]
        return scale_of(self.claim.measure, self.before[:n], self.after[:n], self.n_rows, rates)


def rates_of(measure: str, sides: Sides) -> tuple[tuple[float, ...], ...]:
    """The rates that a measure is made of, by replicate: before and then after; empty for other measures."""
    sides_of_rates = [side for rate in MEASURES[measure].rates for side in sides(rate)]
    befores_first = [*sides_of_rates[::2], *sides_of_rates[1::2]]
    return tuple(zip(*befores_first, strict=True))
