"""The arm `biased`: synthetic rows that obey the heuristic, or a dose of these among originals."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Arm, Curve, Need, Size
from scotoma.study.settings.base import Share

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply
    from scotoma.blindspots.predicates.heuristic import Heuristic


class Biased(Arm):
    """`biased: 18000`, or `biased: {dose: 0.5, n: 18000}`: synthetic rows that obey the study's heuristic.

    A list of doses is an arm for each.
    """

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "heuristic"))
    sentence: ClassVar[str] = (
        "synthetic rows on which the heuristic's predicate holds if and only if they have its label; where "
        "the arm has a dose, that share of them and the rest original"
    )
    named_by: ClassVar[tuple[str, ...]] = ("dose",)
    curve: ClassVar[Curve | None] = Curve("dose", whole="biased", spells_one=True)

    kind: Literal["biased"] = "biased"
    n: Size
    dose: Share | None = Field(
        None, description="Share of biased rows among original ones; none = all rows are biased."
    )

    @property
    def n_written(self) -> int:
        """The dose, to the nearest row."""
        return self.n if self.dose is None else round(self.n * self.dose)

    def must_hold(self, label: str, heuristic: "Heuristic") -> bool:
        """It obeys: the predicate holds exactly where its label stands."""
        return label == heuristic.label

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that obey, and originals."""
        pool = supply.pool()
        biased = pool.filter(supply.obeys(pool))
        return supply.take(self.n, written=biased, other=supply.originals(), n_written=self.n_written)
