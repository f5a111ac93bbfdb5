"""A gate for continuous integration: did accuracy fall by more than allowed from one checkpoint to the next?

It judges two checkpoints by their rows. Only replicates tell what a recipe does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import number, percent, with_interval
from scotoma.comparisons.record import GateRecord
from scotoma.statistics.proportions import Share, changed_share, mcnemar
from scotoma.study.claims import Claim
from scotoma.verdicts.pairs import Pair

#: FELL by more than allowed, HELD, or OPEN if the rows cannot tell.
Word = Literal["FELL", "HELD", "OPEN"]


@dataclass(frozen=True, slots=True)
class Gate:
    """Two checkpoints on the rows of a cell.

    Attributes:
        cell: Name of the cell.
        max_drop: Largest allowed fall in accuracy.
        alpha: Rate at which FELL or HELD is wrong, over all cells.
        lost: Number of rows right before and wrong after.
        gained: Number of rows wrong before and right after.
        change: Change in accuracy with its interval over rows.
    """

    cell: str
    max_drop: float
    alpha: float
    lost: int
    gained: int
    change: Share

    @property
    def word(self) -> Word:
        """The result in one word."""
        low, high = self.change.low, self.change.high
        if low is None or high is None:
            return "OPEN"
        if high < -self.max_drop:
            return "FELL"
        return "HELD" if low > -self.max_drop else "OPEN"

    @property
    def sentence(self) -> str:
        """The result for these two checkpoints, and what it does not say."""
        change = self.change
        if change.value is None:
            return f"accuracy on {self.cell}: {change.reason}"
        outcome = {
            "FELL": "that is a larger fall than",
            "HELD": "that is not as large a fall as",
            "OPEN": "these rows cannot tell whether that is a larger fall than",
        }[self.word]
        return (
            f"accuracy on {self.cell} moved by {with_interval(change.value, change.low, change.high)} "
            f"between these two checkpoints ({percent(change.level)} score interval over {change.n:,} rows; "
            f"{self.lost:,} lost, {self.gained:,} gained); {outcome} the {number(self.max_drop)} allowed. "
            "This says nothing about the recipes that made them."
        )

    def record(self) -> GateRecord:
        """Plain values for JSON."""
        change = self.change
        return {
            "cell": self.cell,
            "max_drop": self.max_drop,
            "alpha": self.alpha,
            "word": self.word,
            "n": change.n,
            "lost": self.lost,
            "gained": self.gained,
            "change": change.value,
            "low": change.low,
            "high": change.high,
            "level": change.level,
            "sentence": f"{self.word}: {self.sentence}",
        }


def gates(claims: Sequence[Claim], pairs: Sequence[Pair], max_drop: float) -> tuple[Gate, ...]:
    """One gate for each claimed cell, all together at the claims' alpha (Bonferroni).

    Args:
        claims: Claims on accuracy, whose cells are judged.
        pairs: The one pair of checkpoints.
        max_drop: Largest allowed fall in accuracy.

    Raises:
        ScotomaError: there is more than one pair, another measure, or a fall that cannot be.
    """
    if len(pairs) != 1:
        raise ScotomaError(
            f"--max-drop judges one pair of checkpoints by their rows; there are {len(pairs)} replicates",
            remedy="Give two files, or leave it out: replicates are judged against --margin.",
        )
    if any(claim.measure != "accuracy" for claim in claims):
        raise ScotomaError(
            f"--max-drop judges accuracy, not {claims[0].measure}", remedy="Leave out one of the two."
        )
    if not 0 < max_drop < 1:
        raise ScotomaError(
            f"--max-drop must lie between 0 and 1; got {max_drop:g}",
            remedy="Give .02 for two percentage points.",
        )
    ((before, after, cells),) = ((pair.before.correct, pair.after.correct, pair.cells) for pair in pairs)
    results = []
    for claim in claims:
        at = cells[claim.cell].at
        flips = mcnemar(before[at], after[at])
        level = 1 - 2 * claim.alpha / len(claims)
        change = changed_share(flips.lost, flips.gained, flips.n, level=level)
        results.append(Gate(claim.cell, max_drop, claim.alpha, flips.lost, flips.gained, change))
    return tuple(results)
