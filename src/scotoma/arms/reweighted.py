"""The arm `reweighted`: synthetic rows drawn so that the shortcut is as strong as in the originals."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Explains, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Reweighted(Arm):
    """`reweighted: 18000`: synthetic rows, the predicate as frequent in each label as in the originals."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "heuristic"))
    sentence: ClassVar[str] = (
        "synthetic rows drawn so that the heuristic's predicate holds as often within each label as in the "
        "original data"
    )
    explains: ClassVar[tuple[Explains, ...]] = (
        Explains("association, as in originals", "synthetic", repairs=True),
    )
    idle: ClassVar[str] = "the predicate already went with the labels as in the original data"

    kind: Literal["reweighted"] = "reweighted"
    n: Size

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool, as many on which the predicate holds as the originals have."""
        return as_in_originals(supply, supply.pool(), self.n)

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses a corpus without a label, for which no share would be known."""
        check_every_label(supply)


def as_in_originals(supply: "Supply", pool: "pl.DataFrame", n: int) -> "pl.DataFrame":
    """n rows of a pool in which the heuristic's predicate goes with the labels as in the original data."""
    from scotoma.arms.selection.causes import rates, reweighted

    original_rates = rates(supply.corpus["label"], supply.holds(supply.corpus))
    return reweighted(pool, supply.holds(pool), original_rates, supply.labels, n, supply.request("written"))


def check_every_label(supply: "Supply") -> None:
    """Refuses original data that lack a label."""
    from scotoma.arms.selection.causes import unknown_rate
    from scotoma.arms.supply import by_label

    present = by_label(supply.corpus)
    for label in supply.labels:
        if label not in present:
            raise unknown_rate(label, supply.request("written"))
