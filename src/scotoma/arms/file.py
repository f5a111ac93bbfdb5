"""The arm `file`: rows of the user's own."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Sourced
from scotoma.study.settings.base import Count
from scotoma.study.settings.sources import Source

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class OwnFile(Sourced):
    """`file: PATH`, or `file: {source: PATH, n: 18000}`: rows of a file, or of another source."""

    sentence: ClassVar[str] = "rows of a file that came with the study"
    short: ClassVar[str] = "source"
    stream: ClassVar[str] = "file"

    kind: Literal["file"] = "file"
    n: Count | None = Field(
        None, description="Number of rows, shared out equally over the labels; none = the file as it is."
    )
    source: Source = Field(description="Path of a file, or another source of rows.")

    @property
    def one_sample(self) -> str:
        """Why there is no second sample: a whole file is there once."""
        if self.n is not None:
            return ""
        return "it takes the file as it is, so nothing is left for another; give `n`"

    @property
    def name(self) -> str:
        """`file-STEM`, with its size if it has one."""
        return f"file-{self.source_name}" if self.n is None else f"file-{self.source_name}-{self.n}"

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of the file; all of them, in its order, where no size is given."""
        rows = supply.own("file")
        if self.n is None:
            import polars as pl

            return rows.with_columns(rank=pl.int_range(pl.len()))
        return supply.take(self.n, other=rows, kind="file")

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses a file with too few rows."""
        from scotoma.arms.supply import by_label

        self.check_counts(supply, by_label(supply.corpus), supply.request("file"))
