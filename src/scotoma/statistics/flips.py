"""Which answers turned from right to wrong and back between two models, cell by cell."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Flips:
    """Right and wrong before, crossed with right and wrong after, in one cell.

    Attributes:
        cell: Name of the cell.
        kept: Rows right before and after.
        lost: Right before, wrong after.
        gained: Wrong before, right after.
        missed: Wrong before and after.
    """

    cell: str
    kept: int
    lost: int
    gained: int
    missed: int

    @property
    def n(self) -> int:
        """Rows."""
        return self.kept + self.lost + self.gained + self.missed

    @property
    def negative_flip_rate(self) -> float | None:
        """Share of all rows that were right and are wrong; None if there are no rows.

        Source: Yan et al. 2021 (positive-congruent training).
        """
        return self.lost / self.n if self.n else None

    @property
    def loss_rate(self) -> float | None:
        """Share of the rows right before that are wrong now; None where none was right."""
        right = self.kept + self.lost
        return self.lost / right if right else None

    @property
    def churn(self) -> float | None:
        """Share of rows that flipped between right and wrong, either way; None if there are no rows.

        At most the churn of labels (Milani Fard et al. 2016): of three labels, a wrong answer may
        turn into the other wrong one, which is no flip here.
        """
        return (self.lost + self.gained) / self.n if self.n else None

    @property
    def net(self) -> float | None:
        """Accuracy after minus accuracy before: what is left when losses and gains cancel."""
        return (self.gained - self.lost) / self.n if self.n else None


def flips(cell: str, before: NDArray[np.bool_], after: NDArray[np.bool_]) -> Flips:
    """Flips in a cell.

    Answers: "which answers does the change of model cost, and which does it win?" A small change of
    accuracy can hide many flips. It describes two fixed models on fixed rows: nothing is resampled.
    Two runs of one recipe flip too, so the same counts from a no-change pair belong beside them.

    Args:
        cell: Name of the cell.
        before: Shape (rows,), whether the first model is right.
        after: Shape (rows,), whether the second is, on the same rows in the same order.

    Raises:
        ValueError: the shapes differ or are not one-dimensional.
    """
    if before.ndim != 1 or before.shape != after.shape:
        raise ValueError(f"paired answers are needed; got {before.shape} and {after.shape}")
    kept, right_before, right_after = (int(np.count_nonzero(one)) for one in (before & after, before, after))
    lost, gained = right_before - kept, right_after - kept
    return Flips(cell, kept, lost, gained, missed=before.size - kept - lost - gained)
