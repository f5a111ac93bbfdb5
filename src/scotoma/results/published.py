"""A study's results beside published ones, cell by cell, and what both readings say of either.

The readings: against the start, as the paper has it, and against the same amount of original data. In
the paper's own numbers the two differ: synthetic data are about neutral on HANS by the first, and lower
in 18 of 18 cells by the second.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from scotoma.statistics.intervals import LEVEL, t_interval
from scotoma.study.file import load_study
from scotoma.study.published import FIGURES, Figures
from scotoma.study.study import Published, Study

#: Columns of the cells. `their_*` name a published number, the others the same place in the study
#: (`arm_n` and `start` null where the study names none). `ours` is the mean over `replicates`; null where
#: nothing was measured. `*_against_*` are differences.
CELLS: dict[str, type[pl.DataType]] = {
    "start": pl.String,
    "arm": pl.String,
    "arm_n": pl.Int64,
    "their_start": pl.Int64,
    "their_arm": pl.String,
    "their_size": pl.String,
    "their_test": pl.String,
    "test": pl.String,
    "cell": pl.String,
    "measure": pl.String,
    "ours": pl.Float64,
    "replicates": pl.Int64,
    "theirs": pl.Float64,
    "provenance": pl.String,
    "ours_against_start": pl.Float64,
    "theirs_against_start": pl.Float64,
    "ours_against_original": pl.Float64,
    "theirs_against_original": pl.Float64,
}

#: Columns of the readings: the mean difference over cells (starts by sizes), how many cells there are and
#: how many of them fell. Only ours has replicates, and from two on an interval over them.
READINGS: dict[str, type[pl.DataType]] = {
    "their_test": pl.String,
    "test": pl.String,
    "cell": pl.String,
    "measure": pl.String,
    "arm": pl.String,
    "reference": pl.String,
    "theirs": pl.Float64,
    "their_cells": pl.Int64,
    "theirs_down": pl.Int64,
    "ours": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "replicates": pl.Int64,
    "our_cells": pl.Int64,
    "ours_down": pl.Int64,
}

_PLACE = ["test", "cell", "measure"]

#: What of a study decides whether its numbers may be held against those of another.
_COMPARED = (
    "task",
    "blindspots",
    "data",
    "model",
    "recipe",
    "generator",
    "screening",
    "heuristic",
    "evaluation",
)


@dataclass(frozen=True)
class Beside:
    """Published figures and ours.

    Attributes:
        figures: Theirs.
        differs: Settings in which the study is not the one that has theirs.
        cells: Columns of `CELLS`.
        readings: Columns of `READINGS`.
    """

    figures: Figures
    differs: tuple[str, ...]
    cells: pl.DataFrame
    readings: pl.DataFrame

    @property
    def warning(self) -> str:
        """Why the two sides cannot be held against one another; empty where they can."""
        if not self.differs:
            return ""
        names = " and ".join(filter(None, [", ".join(self.differs[:-1]), self.differs[-1]]))
        return (
            f"Other {names} than in the bundled study {self.figures.name}. Unless they are the same under "
            "another name, the published figures show the layout only, and nothing follows from a difference."
        )

    def record(self) -> dict[str, Any]:
        """Plain values for results.json, but for the tables."""
        figures = self.figures
        return {
            "figures": figures.name,
            "title": figures.title,
            "remark": figures.remark,
            "differs": list(self.differs),
        }


def beside(study: Study, measures: pl.DataFrame, contrasts: pl.DataFrame) -> Beside | None:
    """Published figures beside a study's; None where it names none.

    Args:
        study: Its `published` says which figures, and what of theirs is what of ours.
        measures: All of the study's.
        contrasts: All of the study's.
    """
    if study.published is None:
        return None
    figures = FIGURES[study.published.figures]
    cells = _cells(study.published, figures.table, measures, contrasts)
    readings = pl.DataFrame(list(_readings(cells, contrasts)), schema=READINGS, orient="row")
    return Beside(figures, _differences(study, figures), cells, readings)


def _differences(study: Study, figures: Figures) -> tuple[str, ...]:
    ours, theirs = (
        one.model_dump(mode="json", context="identity") for one in (study, load_study(figures.name))
    )
    return tuple(name for name in _COMPARED if ours[name] != theirs[name])


def _cells(
    published: Published, table: pl.DataFrame, measures: pl.DataFrame, contrasts: pl.DataFrame
) -> pl.DataFrame:
    theirs = (
        _with_differences(table)
        .filter(pl.col("test").is_in(list(published.tests)))
        .with_columns(
            pl.col("test").replace_strict(published.tests, return_dtype=pl.String),
            their_test=pl.col("test"),
            start=_ours(pl.col("their_start"), published.starts).cast(pl.String),
            arm_n=_ours(pl.col("their_size"), published.sizes).cast(pl.Int64),
        )
        .with_columns(
            arm=pl.when(pl.col("their_arm") == "none")
            .then(pl.lit("none"))
            .otherwise(pl.format("{}-{}", "their_arm", "arm_n"))
        )
    )
    ours = measures.group_by("start", "arm", *_PLACE).agg(
        ours=pl.col("value").mean(), replicates=pl.col("value").count().cast(pl.Int64)
    )
    found = theirs.join(ours, on=["start", "arm", *_PLACE], how="left", maintain_order="left")
    for reference in ("start", "original"):
        moved = contrasts.filter(pl.col("contrast").str.ends_with(f" - {reference}")).select(
            "start", "arm", *_PLACE, pl.col("mean").alias(f"ours_against_{reference}")
        )
        found = found.join(moved, on=["start", "arm", *_PLACE], how="left", maintain_order="left")
    return found.with_columns(pl.col("replicates").fill_null(0)).select(
        pl.col(name).cast(kind) for name, kind in CELLS.items()
    )


def _ours(theirs: pl.Expr, names: Mapping[Any, Any]) -> pl.Expr:
    """The study's names, as text; null where it has none."""
    mapped = {str(key): str(value) for key, value in names.items()}
    return theirs.cast(pl.String).replace_strict(mapped, default=None, return_dtype=pl.String)


def _with_differences(table: pl.DataFrame) -> pl.DataFrame:
    """A published table with both differences of every arm, and their names for things."""
    at = ["start", *_PLACE]
    start = table.filter(pl.col("arm") == "none").select(*at, reference="value")
    original = table.filter(pl.col("arm") == "original").select(*at, "size", as_many="value")
    arm, value = pl.col("arm"), pl.col("value")
    return (
        table.join(start, on=at, how="left", maintain_order="left")
        .join(original, on=[*at, "size"], how="left", maintain_order="left")
        .with_columns(
            theirs_against_start=pl.when(arm != "none").then(value - pl.col("reference")),
            theirs_against_original=pl.when(arm != "original").then(value - pl.col("as_many")),
        )
        .rename({"start": "their_start", "arm": "their_arm", "size": "their_size", "value": "theirs"})
    )


def _readings(cells: pl.DataFrame, contrasts: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Means over the cells of one arm on one test, by both references; a single cell is no grid."""
    of_arms = cells.filter(pl.col("their_arm") != "none")
    grids = of_arms.group_by("their_test", *_PLACE, "their_arm", maintain_order=True)
    for (*place, arm), grid in grids:
        for reference in ("start", "original"):
            theirs = grid[f"theirs_against_{reference}"].drop_nulls()
            if len(theirs) < 2:
                continue
            ours = grid[f"ours_against_{reference}"].drop_nulls()
            values = _by_replicate(grid, contrasts, reference)
            found = t_interval(values, level=LEVEL)
            yield (
                *place,
                arm,
                reference,
                *(theirs.mean(), len(theirs), int((theirs < 0).sum())),
                *(found.mean, found.low, found.high, found.n, len(ours), int((ours < 0).sum())),
            )


def _by_replicate(grid: pl.DataFrame, contrasts: pl.DataFrame, reference: str) -> list[float]:
    """Our mean difference over the cells of a grid, in every replicate that has all that any has."""
    means = (
        contrasts.filter(pl.col("contrast").str.ends_with(f" - {reference}"))
        .join(grid, on=["start", "arm", *_PLACE], how="semi")
        .explode("values", "replicate_ids")
        .drop_nulls("values")
        .group_by("replicate_ids")
        .agg(pl.col("values").mean(), pl.len())
        .sort("replicate_ids")
    )
    return means.filter(pl.col("len") == pl.col("len").max())["values"].to_list()
