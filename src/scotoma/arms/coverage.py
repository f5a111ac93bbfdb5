"""The arm `coverage`: few synthetic rows that stand for many.

A smaller sample is not the beginning of a larger one: it has to cover as much with fewer rows.
"""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Arm, Need, Size
from scotoma.study.settings.base import Share

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class Coverage(Arm):
    """`coverage: {share: 0.9, n: 18000}`: synthetic rows chosen so that they cover a share of the pool."""

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "embeddings"))
    sentence: ClassVar[str] = (
        "synthetic rows chosen greedily so that their neighbours, by the cosine of the base's mean hidden "
        "states, are the stated share of the pool within each label (Tavakkol et al. 2025)"
    )
    named_by: ClassVar[tuple[str, ...]] = ("share",)

    kind: Literal["coverage"] = "coverage"
    n: Size
    share: Share = Field(description="Share of the pool to cover.")

    @property
    def one_sample(self) -> str:
        """Why there is no second sample: its rows are the best for the whole pool."""
        return "its rows represent the whole pool, so the remaining rows cannot do the same"

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the pool that cover it.

        `coverage.json` says for each label the cosine from which a row covered another, and the share of the
        label's rows that were covered.
        """
        import polars as pl

        from scotoma.arms.selection.by_rank import equal_shares
        from scotoma.arms.selection.coverage import cover

        assert supply.vectors is not None
        pool, request, parts, coverage = (
            supply.pool().with_row_index("place"),
            supply.request("written"),
            [],
            {},
        )
        for label, n in zip(supply.labels, equal_shares(self.n, len(supply.labels)), strict=True):
            # By rank, so that another seed breaks ties otherwise.
            rows = pool.filter(pl.col("label") == label).sort("rank")
            request.check(n, label, rows.height, pool.height)
            sample = cover(supply.vectors[rows["place"].to_numpy()], n, self.share)
            parts.append(rows[sample.chosen])
            coverage[label] = {"cosine": sample.threshold, "covered": sample.share, "of": rows.height}
        supply.record("coverage.json", coverage)
        return pl.concat(parts).drop("place")
