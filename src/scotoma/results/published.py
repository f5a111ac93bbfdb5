"""A study's results beside published ones, cell by cell, and what both readings say of either.

The readings: against the start, as the paper has it, and against the same amount of original data. In
the paper's own numbers the two differ: synthetic data are about neutral on HANS by the first, and lower
in 18 of 18 cells by the second.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from scotoma.results.contrasts import STUDY_SCHEMA, contrasts
from scotoma.statistics.intervals import LEVEL, t_interval
from scotoma.study.file import load_study
from scotoma.study.published import FIGURES, Figures, Published
from scotoma.study.study import Study

REFERENCES = ("start", "original")
_PLACE = ("test", "cell", "measure")
_AT = ("start", "arm", *_PLACE)

#: Columns of the cells; `scotoma.report.columns` says what each is.
CELLS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("start", "arm"), pl.String),
    **dict.fromkeys(("arm_n", "their_start"), pl.Int64),
    **dict.fromkeys(("their_arm", "their_size", "their_test", *_PLACE), pl.String),
    "ours": pl.Float64,
    "replicates": pl.Int64,
    "theirs": pl.Float64,
    "provenance": pl.String,
    **dict.fromkeys(("ours_against_start", "theirs_against_start"), pl.Float64),
    **dict.fromkeys(("ours_against_original", "theirs_against_original"), pl.Float64),
}

#: Columns of the readings; `scotoma.report.columns` says what each is.
READINGS: dict[str, type[pl.DataType]] = {
    **dict.fromkeys(("their_test", *_PLACE, "arm", "reference"), pl.String),
    "theirs": pl.Float64,
    **dict.fromkeys(("their_cells", "theirs_down"), pl.Int64),
    **dict.fromkeys(("ours", "low", "high"), pl.Float64),
    **dict.fromkeys(("replicates", "our_cells", "ours_down", "both_cells", "same_sign"), pl.Int64),
}

#: What of a study decides whether its numbers may be held against those of another.
_SAME = ("task", "blindspots", "data", "model", "recipe", "generator", "screening", "heuristic", "evaluation")


@dataclass(frozen=True)
class BesidePublished:
    """Published figures and ours.

    Attributes:
        figures: Published figures.
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
            f"This study differs from the bundled study {self.figures.name} in its {names}. Unless they are "
            "the same under another name, the published figures show the layout only, and nothing follows "
            "from a difference."
        )

    def record(self) -> dict[str, Any]:
        """Plain values for results.json, but for the tables."""
        published = self.figures
        figures = {"figures": published.name, "title": published.title, "remark": published.remark}
        return {**figures, "differs": list(self.differs)}


def beside_published(
    study: Study, measures: pl.DataFrame, differences: pl.DataFrame
) -> BesidePublished | None:
    """Published figures beside a study's; None where it names none.

    Args:
        study: Study whose `published` names the figures and says which of theirs match ours.
        measures: All measures of the study.
        differences: All contrasts of the study.
    """
    if study.published is None:
        return None
    figures = FIGURES[study.published.figures]
    own, bundled = (
        one.model_dump(mode="json", context="identity")
        for one in (study, load_study(f"bundled:{figures.name}"))
    )
    cells = _cells(study.published, figures.table, measures, differences)
    readings = pl.DataFrame(list(_readings(cells, differences)), schema=READINGS, orient="row")
    return BesidePublished(
        figures, tuple(name for name in _SAME if own[name] != bundled[name]), cells, readings
    )


def _cells(
    published: Published, table: pl.DataFrame, measures: pl.DataFrame, differences: pl.DataFrame
) -> pl.DataFrame:
    """Columns of `CELLS`: both differences of theirs are made as ours are, in their own names for things."""
    published_measures = _as_measures(table)
    own = measures.group_by(_AT).agg(ours=pl.col("value").mean(), replicates=pl.col("value").count())
    return (
        published_measures.join(
            _mean_differences(contrasts(published_measures), "theirs"),
            on=_AT,
            how="left",
            maintain_order="left",
        )
        .with_columns(
            test=_study_names("their_test", published.tests),
            start=_study_names("their_start", published.starts),
            arm_n=_study_names("their_size", published.sizes).cast(pl.Int64),
        )
        .with_columns(arm=_named("arm_n"))
        .filter(pl.col("test").is_not_null())
        .join(own, on=_AT, how="left", maintain_order="left")
        .join(_mean_differences(differences, "ours"), on=_AT, how="left", maintain_order="left")
        .with_columns(pl.col("replicates").fill_null(0))
        .select(pl.col(name).cast(kind) for name, kind in CELLS.items())
    )


def _as_measures(table: pl.DataFrame) -> pl.DataFrame:
    """A published table as the measures of one replicate, in its own names; what else it says beside them."""
    rows = table.select(
        *(pl.col(name).alias(f"their_{name}") for name in ("start", "arm", "size", "test")),
        *(*_PLACE, "value", "provenance"),
        theirs="value",
        start=pl.col("start").cast(pl.String),
        kind="arm",
        arm_n=pl.col("size").rank("dense"),  # contrasts are with originals of the same size, by number
        replicate=pl.lit(0),
        repetition=pl.lit(""),
        reason=pl.lit(""),
    ).with_columns(arm=_named("their_size"))
    return pl.concat([pl.DataFrame(schema=STUDY_SCHEMA), rows], how="diagonal_relaxed")


def _named(size: str) -> pl.Expr:
    """The name of an arm of its kind and this size; null where it has none in the study."""
    kind = pl.col("kind")
    return pl.when(kind == "none").then(pl.lit("none")).otherwise(pl.format("{}-{}", kind, size))


def _study_names(published: str, names: Mapping[Any, Any]) -> pl.Expr:
    """The study's names, as text; null where it has none."""
    mapped = {str(key): str(value) for key, value in names.items()}
    return pl.col(published).cast(pl.String).replace_strict(mapped, default=None, return_dtype=pl.String)


def _mean_differences(differences: pl.DataFrame, side: str) -> pl.DataFrame:
    """The mean differences of every arm, a column for each reference."""
    of_reference = (
        pl.col("mean").filter(pl.col("against") == one).first().alias(f"{side}_against_{one}")
        for one in REFERENCES
    )
    return differences.group_by(_AT).agg(*of_reference)


def _readings(cells: pl.DataFrame, differences: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Means over the cells of one arm on one test, by both references; a single cell is no grid."""
    of_arms = cells.filter(pl.col("their_arm") != "none")
    for names, grid in of_arms.group_by("their_test", *_PLACE, "their_arm", maintain_order=True):
        for reference in REFERENCES:
            published, own = (grid[f"{side}_against_{reference}"].drop_nulls() for side in ("theirs", "ours"))
            if len(published) > 1:
                interval = t_interval(_by_replicate(grid, differences, reference), level=LEVEL)
                yield (
                    *(*names, reference, published.mean(), len(published), (published < 0).sum()),
                    *(interval.mean, interval.low, interval.high, interval.n, len(own), (own < 0).sum()),
                    *_same_sign(grid, reference),
                )


def _same_sign(grid: pl.DataFrame, reference: str) -> tuple[int, int]:
    """In how many cells both differences are known, and in how many of these they have the same sign."""
    both = grid.select(theirs=f"theirs_against_{reference}", ours=f"ours_against_{reference}").drop_nulls()
    return both.height, both.filter(pl.col("theirs").sign() == pl.col("ours").sign()).height


def _by_replicate(grid: pl.DataFrame, differences: pl.DataFrame, reference: str) -> list[float]:
    """Our mean difference over the cells of a grid, in every replicate that has all that any has."""
    means = (
        differences.filter(pl.col("against") == reference)
        .join(grid, on=_AT, how="semi")
        .explode("values", "replicate_ids")
        .drop_nulls("values")
        .group_by("replicate_ids")
        .agg(pl.col("values").mean(), pl.len())
        .sort("replicate_ids")
    )
    return means.filter(pl.col("len") == pl.col("len").max())["values"].to_list()
