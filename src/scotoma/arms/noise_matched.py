"""The arm `noise_matched`: original examples with as many wrong labels as the generator wrote."""

from typing import TYPE_CHECKING, ClassVar, Literal

from scotoma.arms.arm import Arm, Explains, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class NoiseMatched(Arm):
    """`noise_matched: 18000`: originals whose labels are wrong as often as the generator's, by label."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "labels"))
    sentence: ClassVar[str] = (
        "original rows whose labels were made wrong as often, and in the same directions, as those of the "
        "generator"
    )
    explains: ClassVar[tuple[Explains, ...]] = (Explains("label noise, put into originals", "original"),)

    kind: Literal["noise_matched"] = "noise_matched"
    n: Size

    @property
    def n_written(self) -> int:
        """None: the generator's rows are the pattern alone."""
        return 0

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Originals, with labels as wrong as the pool's."""
        from scotoma.arms.selection.causes import noise_matched

        true = supply.relabelled_pool().select("id", true="label")
        confused = supply.pool().select("id", written="label").join(true, on="id", maintain_order="left")
        asked = supply.asked("original")
        return noise_matched(supply.originals(), confused, supply.labels, self.n, asked)

    def check_beside(self, supply: "Supply") -> None:
        """Refuses too few originals; how many of each label it takes, only the generator's rows will tell."""
        n_there = sum(supply.n_originals().values())
        supply.asked("original").check(self.n, "", n_there, n_there)
