"""Published figures, to be reported beside a study's own.

A table is two files in `bundled/published`: NAME.yaml says where it is published and what a reader must know
of it, NAME.csv has its numbers. The bundled study of the same name has its settings.
"""

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self

import yaml
from pydantic import Field, model_validator

from scotoma.basics.errors import nearest
from scotoma.study.settings.base import Settings

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True)
class Figures:
    """A published table of results.

    Attributes:
        path: File of its numbers.
        title: Publication that has the figures.
        remark: What a reader must know of these numbers.
    """

    path: Path
    title: str
    remark: str

    @property
    def name(self) -> str:
        """Name of the table, and of the bundled study that has its settings."""
        return self.path.stem

    @cached_property
    def table(self) -> "pl.DataFrame":
        """One row a number: start (originals it had seen), arm (`none` is the start itself), size, test,
        cell, measure, value, and provenance, such as `notebook` (printed there) or `figure` (read off it)."""
        import polars as pl

        kinds = {"start": pl.Int64, "size": pl.String, "value": pl.Float64}
        return pl.read_csv(self.path, schema_overrides=kinds).with_columns(pl.col("size").fill_null(""))


def figures_in(folder: Path) -> dict[str, Figures]:
    """The published tables of a folder, by name."""
    return {
        path.stem: Figures(path.with_suffix(".csv"), **yaml.safe_load(path.read_text(encoding="utf8")))
        for path in sorted(folder.glob("*.yaml"))
    }


FIGURES = figures_in(Path(str(files("scotoma") / "bundled" / "published")))


class Published(Settings):
    """Published figures that the report shows beside the study's, and how their names map."""

    figures: str = Field(description="Name of the published table.")
    tests: dict[str, str] = Field(description="Published test sets, mapped to the study's.")
    starts: dict[int, int | Literal["all"]] = Field(description="Published starts, mapped to the study's.")
    sizes: dict[str, int] = Field(description="Published sizes of arms, mapped to the study's.")

    @model_validator(mode="after")
    def _theirs_are_known(self) -> Self:
        if self.figures not in FIGURES:
            raise ValueError(f"figures {self.figures!r} are not known. {nearest(self.figures, FIGURES)}")
        table = FIGURES[self.figures].table
        for column, mapping in (("test", self.tests), ("start", self.starts), ("size", self.sizes)):
            published = {str(value) for value in table[column].unique() if value != ""}
            for name in mapping:
                if str(name) not in published:
                    raise ValueError(
                        f"{self.figures} has no {column} {name}. {nearest(str(name), published)}"
                    )
        return self
