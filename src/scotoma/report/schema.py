"""The JSON Schema of `results.json`, made from the records and tables that are written there.

`python scripts/schemas.py` writes it to `bundled/results.schema.json`; a test holds the two together.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from scotoma.basics.described import schema_of
from scotoma.measures import TAGS as CELL_TAGS
from scotoma.results import carried, causes, contrasts, doses, flips, noise, published, rounds
from scotoma.results.models import TAGS as MODEL_TAGS
from scotoma.results.results import SCHEMA_VERSION, Model
from scotoma.results.yields import Yield
from scotoma.verdicts.record import JudgementRecord

Columns = Mapping[str, type[pl.DataType] | pl.DataType]


class Versions(TypedDict):
    """What some of the predictions were made with."""

    scotoma: str
    python: str
    libraries: dict[str, str]


class Tries(TypedDict):
    """Where the question of some claims was also put to other settings in the store, or with other seeds."""

    claims: Annotated[list[int], Field(description="Numbers of the claims, from 0.")]
    own: Annotated[int, Field(description="Settings that the study tries of each.")]
    before: Annotated[int, Field(description="Others that had results before these were put on record.")]
    since: Annotated[int, Field(description="Others that have results by now.")]
    studies: Annotated[list[str], Field(description="Whose they are.")]
    seeds: Annotated[list[str], Field(description="What the same settings were also run with.")]
    sentence: str
    exploratory: bool


class Shared(TypedDict):
    """Trained models that another study in the store has too."""

    study: str
    models: int


class Claims(TypedDict):
    """Whether the claims came before the results."""

    sha256: str
    exploratory: Annotated[str, Field(description="Why the verdicts confirm nothing; else empty.")]
    peeked: Annotated[str, Field(description="Says that replicates were added after a look; else empty.")]
    tries: list[Tries]
    shares: list[Shared]


class Published(TypedDict):
    """Whose figures stand beside the study's."""

    figures: str
    title: str
    remark: str
    differs: Annotated[list[str], Field(description="Settings in which the study is not theirs.")]


class _Records(TypedDict):
    """The keys of `results.json` that are no tables."""

    format: Annotated[Literal[1], Field(description="Raised when a key changes its meaning.")]
    schema: Annotated[
        str, Field(pattern=r"^1\.", description="Version of this schema; the second number counts new keys.")
    ]
    scotoma: Annotated[str, Field(description="Version that wrote the report.")]
    study: Annotated[dict[str, Any], Field(description="The settings; a data file is named by its hash.")]
    seeds: Annotated[dict[str, int], Field(description="The seed of each replicate.")]
    versions: list[Versions]
    claims: Claims
    verdicts: list[JudgementRecord]
    missing: Annotated[list[str], Field(description="Models without predictions, in words.")]
    sources: Annotated[list[str], Field(description="How the study's own data were read, in words.")]
    gaps: Annotated[list[str], Field(description="What is altered, failed or another study's, in words.")]
    models: Annotated[list[Model], Field(description="What each number can be traced to.")]
    yields: Annotated[list[Yield], Field(description="What became of generated rows.")]
    published: Annotated[Published | None, Field(description="Null if the study names no figures.")]
    files: Annotated[list[str], Field(description="Every other file of the report.")]


def _named(columns: Columns, *, tags: Iterable[str] = (*MODEL_TAGS, *CELL_TAGS)) -> Columns:
    """The columns without those that stand once, in the lists of models and cells."""
    left_out = set(tags)
    return {name: kind for name, kind in columns.items() if name not in left_out}


#: What the rows of each table are, and its columns.
TABLES: Mapping[str, tuple[str, Columns]] = {
    "measures": ("Every measure of every model in every cell.", _named(contrasts.STUDY_SCHEMA)),
    "cells": (
        "What each cell's name is made of.",
        {"test": pl.String, "cell": pl.String, **CELL_TAGS},
    ),
    "contrasts": (
        "Every arm against its reference: `values` are the differences of `replicate_ids`.",
        _named(contrasts.SCHEMA),
    ),
    "noise": ("Each repetition against the arm it repeats.", _named(noise.SCHEMA, tags=CELL_TAGS)),
    "flips": ("Answers right or wrong before, crossed with right or wrong after.", flips.COUNTS),
    "carried": ("How often the shortcut holds in the rows a model was trained on.", _named(carried.SCHEMA)),
    "causes": ("What explains the difference, part by part.", causes.SCHEMA),
    "doses": ("Curves over the share of rows that are not original.", doses.SCHEMA),
    "rounds": ("What drifts from round to round; round 0 is original data.", rounds.SCHEMA),
    "published_cells": ("Each published number, with the study's beside it.", published.CELLS),
    "published_readings": ("What all published cells together say.", published.READINGS),
}


def results_schema() -> dict[str, Any]:
    """The schema, in the dialect of 2020-12."""
    made = schema_of(
        _Records,
        title=f"results.json of a Scotoma report, schema {SCHEMA_VERSION}",
        description="A number that is not defined is null, and `reason` says why.",
    )
    tables = {name: _table(told, columns) for name, (told, columns) in TABLES.items()}
    made["properties"] |= tables
    made["required"] += tables
    return made


def _table(told: str, columns: Columns) -> dict[str, Any]:
    row = {
        "type": "object",
        "properties": {name: _cell(kind) for name, kind in columns.items()},
        "required": list(columns),
        "additionalProperties": False,
    }
    return {"description": told, "type": "array", "items": row}


def _cell(kind: type[pl.DataType] | pl.DataType) -> dict[str, Any]:
    if isinstance(kind, pl.List):
        inner = kind.inner
        return {"type": "array", "items": {"type": _type(inner)}}
    return {"type": [_type(kind), "null"]}


def _type(kind: Any) -> str:
    for name, known in (("integer", pl.Int64), ("number", pl.Float64), ("string", pl.String)):
        if kind == known:
            return name
    return "boolean"
