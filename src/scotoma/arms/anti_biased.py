"""The arm `anti_biased`: synthetic rows that defy the heuristic."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class AntiBiased(Arm):
    """`anti_biased: 18000`: synthetic rows that defy the study's heuristic."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "heuristic"))
    sentence: ClassVar[str] = (
        "synthetic rows that defy the heuristic: its predicate holds without its label, or its label stands "
        "without the predicate"
    )

    kind: Literal["anti_biased"] = "anti_biased"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that defy."""
        pool = supply.pool()
        return supply.take(self.n, written=pool.filter(~supply.obeys(pool)))
