"""The arm `anti_biased`: synthetic rows that defy the heuristic."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply
    from scotoma.blindspots.predicates.heuristic import Heuristic


class AntiBiased(Arm):
    """`anti_biased: 18000`: synthetic rows that defy the study's heuristic."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "heuristic"))
    sentence: ClassVar[str] = (
        "synthetic rows that defy the heuristic: its predicate holds without its label, or its label occurs "
        "without the predicate"
    )

    kind: Literal["anti_biased"] = "anti_biased"
    n: Size

    def must_hold(self, label: str, heuristic: "Heuristic") -> bool:
        """It defies: the predicate holds exactly where its label does not stand."""
        return label != heuristic.label

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that defy."""
        pool = supply.pool()
        return supply.take(self.n, written=pool.filter(~supply.obeys(pool)))
