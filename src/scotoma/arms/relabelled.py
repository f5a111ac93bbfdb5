"""The arm `relabelled`: synthetic texts whose labels are made right."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Explains, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Relabelled(Arm):
    """`relabelled: 18000`: synthetic rows with the labeller's labels in place of the generator's."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "labels"))
    sentence: ClassVar[str] = "synthetic rows whose labels were replaced by the labeller's"
    explains: ClassVar[tuple[Explains, ...]] = (
        Explains("label noise, taken away", "synthetic", repairs=True),
    )

    kind: Literal["relabelled"] = "relabelled"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool, by their new labels."""
        return supply.take(self.n, written=supply.relabelled_pool())
