"""The arm `mixed`: synthetic rows among originals."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Arm, Curve, Need, Size
from scotoma.study.settings.base import Share

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Mixed(Arm):
    """`mixed: {synthetic: 0.5, n: 18000}`: a share of synthetic rows, the rest original.

    A list of shares is an arm for each.
    """

    needs: ClassVar[frozenset[Need]] = frozenset(("generator",))
    sentence: ClassVar[str] = "the stated share of synthetic rows, the rest original"
    named_by: ClassVar[tuple[str, ...]] = ("synthetic",)
    curve: ClassVar[Curve | None] = Curve("synthetic", whole="synthetic")

    kind: Literal["mixed"] = "mixed"
    n: Size
    synthetic: Share = Field(description="Share of synthetic rows.")

    @property
    def n_written(self) -> int:
        """The share, to the nearest row."""
        return round(self.n * self.synthetic)

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool, and originals."""
        return supply.take(self.n, written=supply.pool(), other=supply.originals(), n_written=self.n_written)
