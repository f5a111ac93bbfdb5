"""The arm `z_filtered`: synthetic rows of which no feature gives the label away."""

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Arm, Need, Size

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class ZFiltered(Arm):
    """`z_filtered: {threshold: 2, n: 18000}`: synthetic rows that pass a filter on their features."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator",))
    sentence: ClassVar[str] = (
        "synthetic rows kept one by one, the labels in turn, while no overlap predicate and no word of the "
        "last text went with the row's label above the threshold (z statistic; Wu et al. 2022, Gardner et "
        "al. 2021)"
    )
    named_by: ClassVar[tuple[str, ...]] = ("threshold",)
    idle: ClassVar[str] = "its filter turned no row away; a lower threshold may"

    kind: Literal["z_filtered"] = "z_filtered"
    n: Size
    threshold: Annotated[float, Field(gt=0)] = Field(
        description="z statistic above which a feature gives a label away."
    )

    @property
    def one_sample(self) -> str:
        """Why there is no second sample: the filter remembers."""
        return "what its filter keeps depends on all that it has kept before"

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that pass."""
        from scotoma.arms.selection.z_filter import z_filtered

        request = supply.request("written")
        return z_filtered(supply.pool(), supply.task.fields, supply.labels, self.n, self.threshold, request)
