"""The arm `synthetic`: what the generator wrote, as it wrote it."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Synthetic(Arm):
    """`synthetic: 18000`: rows that the generator wrote, with its labels."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator",))
    sentence: ClassVar[str] = "rows of the generator that passed the screen"

    kind: Literal["synthetic"] = "synthetic"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool."""
        return supply.take(self.n, written=supply.pool())
