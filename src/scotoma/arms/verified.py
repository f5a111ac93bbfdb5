"""The arm `verified`: synthetic rows whose label a second opinion confirms."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Arm, Explains, Need, Size
from scotoma.study.settings.base import Share

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Verified(Arm):
    """`verified: 18000`: synthetic rows to which the labeller gives the label that they were written with.

    `{n: 18000, verifier_accuracy: 0.8}` has the labeller misjudge one row in five: it confirms what it would
    reject, and rejects what it would confirm.
    """

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "labels"))
    sentence: ClassVar[str] = (
        "synthetic rows to which the labeller gives the label that they were written with"
    )
    explains: ClassVar[tuple[Explains, ...]] = (
        Explains("unconfirmed rows, left out", "synthetic", repairs=True),
    )
    named_by: ClassVar[tuple[str, ...]] = ("verifier_accuracy",)

    kind: Literal["verified"] = "verified"
    n: Size
    verifier_accuracy: Share | None = Field(
        None,
        description=(
            "Share of rows that are confirmed or rejected as the labeller says; on the others it is the "
            "other way round. None = all."
        ),
    )

    @property
    def described(self) -> str:
        """With what a verifier that errs does."""
        if self.verifier_accuracy is None:
            return self.sentence
        return (
            f"{self.sentence}, but for the share of rows, drawn at random, on which the verifier was made to "
            "err and confirmed what the labeller rejects or rejected what it confirms"
        )

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that are confirmed."""
        from scotoma.arms.selection.verified import verified

        return supply.take(
            self.n,
            written=verified(supply.pool(), supply.relabelled_pool(), self.verifier_accuracy, supply.seed),
        )
