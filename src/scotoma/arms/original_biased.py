"""The arm `original_biased`: original examples that obey the heuristic."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class OriginalBiased(Arm):
    """`original_biased: 18000`: original examples that obey the study's heuristic."""

    needs: ClassVar[frozenset[Need]] = frozenset(("heuristic",))
    sentence: ClassVar[str] = (
        "original examples on which the heuristic's predicate holds if and only if they have its label"
    )

    kind: Literal["original_biased"] = "original_biased"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Originals that obey."""
        return supply.take(self.n, other=self._obeying(supply))

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses too few originals that obey; where the heuristic cannot be asked yet, all may."""
        from scotoma.arms.supply import by_label

        available = by_label(self._obeying(supply)) if supply.has_texts else supply.n_originals()
        self.check_counts(supply, available, supply.request("original"))

    def _obeying(self, supply: "Supply") -> "pl.DataFrame":
        rows = supply.originals()
        return rows.filter(supply.obeys(rows))
