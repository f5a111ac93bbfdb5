"""The arm `seen`: originals that the start has been trained on already."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Seen(Arm):
    """`seen: 18000`: originals of the start, again: as many steps as every arm of this size, and nothing new.

    Beside `ARM - start` it tells what further training alone does.
    """

    sentence: ClassVar[str] = "original rows that the start checkpoint had been trained on before"

    kind: Literal["seen"] = "seen"
    n: Size

    @property
    def n_seen(self) -> int:
        """All its rows, in every sample."""
        return self.n * self.samples

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """The lowest ranks, which the smallest start has seen too."""
        return supply.take(self.n, other=supply.seen())

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses too few originals of a label; that every start has seen them is asked of the study."""
        from scotoma.arms.supply import by_label

        corpus_counts = by_label(supply.corpus)
        available = {label: min(corpus_counts.get(label, 0), n) for label, n in supply.n_kept().items()}
        self.check_counts(supply, available, supply.request("original"))
