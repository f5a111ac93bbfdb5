"""The arm `original`: more of the original examples; what every other arm is compared with."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Original(Arm):
    """`original: 18000`: original examples that are new to the start."""

    sentence: ClassVar[str] = "original examples"

    kind: Literal["original"] = "original"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Originals."""
        return supply.take(self.n, other=supply.originals())
