"""The arm `noise_matched`: rows with true labels, made wrong in the pattern of the generator's errors."""

from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field

from scotoma.arms.arm import Arm, Explains, Need, Size
from scotoma.study.settings.base import Share

if TYPE_CHECKING:
    import polars as pl

    from scotoma.arms.supply import Supply


class NoiseMatched(Arm):
    """`noise_matched: 18000`: originals whose labels are wrong as often as the generator's, by label.

    `{n: 18000, texts: synthetic, errors_by: heuristic, label_accuracy: 0.8}` makes as many labels wrong as
    leave that share true, of the generator's texts, on the rows where the generator errs.
    """

    needs: ClassVar[frozenset[Need]] = frozenset(("generator", "labels"))
    sentence: ClassVar[str] = (
        "original rows whose labels were made wrong as often, and in the same directions, as those of the "
        "generator"
    )
    explains: ClassVar[tuple[Explains, ...]] = (Explains("label noise, put into originals", "original"),)
    named_by: ClassVar[tuple[str, ...]] = ("texts", "errors_by", "label_accuracy")

    kind: Literal["noise_matched"] = "noise_matched"
    n: Size
    texts: Literal["original", "synthetic"] = Field(
        "original",
        description="Rows whose labels are made wrong: originals, or the generator's, relabelled first.",
    )
    errors_by: Literal["label", "heuristic"] = Field(
        "label",
        description=(
            "What errors go with: the written label, or that and the heuristic's predicate, which then holds "
            "as often within each written label as in the generator's rows."
        ),
    )
    label_accuracy: Share | None = Field(
        None,
        description=(
            "Share of rows whose label is true; the generator's errors are scaled up or down in proportion. "
            "None = as many errors as the generator makes."
        ),
    )

    @property
    def needed(self) -> frozenset[Need]:
        """The heuristic, too, where errors go with it."""
        return self.needs | ({"heuristic"} if self.errors_by == "heuristic" else set())

    @property
    def described(self) -> str:
        """In general where a setting is given: the name of each arm says which."""
        if not self.name_values:
            return self.sentence
        return (
            "rows with true labels, original ones or, where the name says `synthetic`, the generator's with "
            "the labeller's labels; labels were then made wrong until the stated label accuracy was reached, "
            "in the proportions of the generator's errors by written label or, where the name says "
            "`heuristic`, by written label and by whether the heuristic's predicate holds"
        )

    @property
    def n_written(self) -> int:
        """None of originals: the generator's rows are the pattern alone."""
        return self.n if self.texts == "synthetic" else 0

    def draw(self, supply: "Supply") -> "pl.DataFrame":
        """Rows of which labels are as wrong as the pool's, or as often as is asked."""
        from scotoma.arms.selection.noise import Pattern, noise_matched

        right = supply.relabelled_pool()
        rows = right if self.texts == "synthetic" else supply.originals()
        request = supply.request("written" if self.texts == "synthetic" else "original")
        pool = supply.pool().select("id", written="label").join(right, on="id", maintain_order="left")
        pool = pool.rename({"label": "true"})
        if self.errors_by == "heuristic":
            rows, pool = (table.with_columns(holds=supply.holds(table)) for table in (rows, pool))
        pattern = Pattern.of(pool, supply.labels, request)
        if self.label_accuracy is not None:
            pattern = pattern.at(self.label_accuracy, request)
        return noise_matched(rows, pattern, self.n, request)

    def check_other_rows(self, supply: "Supply") -> None:
        """Refuses too few originals; how many of each label it takes, only the generator's rows will tell."""
        if self.texts == "original":
            n_there = sum(supply.n_originals().values())
            supply.request("original").check(self.n, "", n_there, n_there)
