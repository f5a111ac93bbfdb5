"""Figures that others have published, to stand beside a study's own."""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

import polars as pl


@dataclass(frozen=True)
class Figures:
    """A published table of results.

    Attributes:
        name: Of the table, and of the bundled study that has its settings.
        title: Where it is published.
        remark: What a reader must know of these numbers.
    """

    name: str
    title: str
    remark: str

    @cached_property
    def table(self) -> pl.DataFrame:
        """One row a number: start (originals it had seen), arm (`none` is the start itself), size, test,
        cell, measure, value, and provenance: `notebook` (printed there) or `figure` (read off it)."""
        text = (files("scotoma") / "bundled" / "published" / f"{self.name}.csv").read_bytes()
        return pl.read_csv(text).with_columns(pl.col("size").fill_null(""))


FIGURES = {
    figures.name: figures
    for figures in (
        Figures(
            name="zhang2025",
            title="Zhang and Pavlick 2025, Does Training on Synthetic Data Make Models Less Robust? "
            "(arXiv 2502.07164)",
            remark="One run a cell, so no interval can be given for them. Most were read off the paper's "
            "figures, to about .001, or .002 where lines overlap; the others are printed in its notebook.",
        ),
    )
}
