"""The arm `repaired`: synthetic rows with right labels, and the shortcut as strong as in the originals."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Explains, Need, Size
from scotoma.arms.reweighted import as_in_originals, check_every_label

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Repaired(Arm):
    """`repaired: 18000`: synthetic rows, relabelled first and then drawn as `reweighted` draws."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "heuristic", "labels"))
    sentence: ClassVar[str] = (
        "synthetic rows whose labels were replaced by the labeller's, then drawn so that the heuristic's "
        "predicate holds as often within each label as in the original data"
    )
    explains: ClassVar[tuple[Explains, ...]] = (
        Explains("both repaired", "synthetic", repairs=True),
        Explains("what is left", "original"),
    )

    kind: Literal["repaired"] = "repaired"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool with new labels, as many on which the predicate holds as the originals have."""
        return as_in_originals(supply, supply.relabelled_pool(), self.n)

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses a corpus without a label, for which no share would be known."""
        check_every_label(supply)
