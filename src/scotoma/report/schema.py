"""The JSON Schema of `results.json`, made from the records and tables that are written there.

`python scripts/schemas.py` writes it to `bundled/results.schema.json`; a test holds the two together.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from scotoma.basics.described import schema_of
from scotoma.measures.cells import TAGS as CELL_TAGS
from scotoma.report.columns import meaning
from scotoma.report.files import by_replicate, without_lists
from scotoma.results import carried, causes, contrasts, doses, flips, noise, published, rounds, traits
from scotoma.results.models import TAGS as MODEL_TAGS
from scotoma.results.models import Model
from scotoma.results.results import SCHEMA_VERSION
from scotoma.results.yields import Yield
from scotoma.verdicts.record import JudgementRecord

Columns = Mapping[str, type[pl.DataType] | pl.DataType]


class Versions(TypedDict):
    """Software that some of the predictions were made with."""

    scotoma: Annotated[str, Field(description="Version of Scotoma.")]
    python: Annotated[str, Field(description="Version of Python.")]
    libraries: Annotated[dict[str, str], Field(description="By name of a library, its version.")]


class Tries(TypedDict):
    """Where the question of some claims was also put to other settings in the store, or with other seeds."""

    claims: Annotated[list[int], Field(description="Numbers of the claims, from 0.")]
    own: Annotated[
        int, Field(description="Number of settings in which the study itself asks each claim's question.")
    ]
    before: Annotated[
        int,
        Field(description="Number of other settings that had results before the claims were put on record."),
    ]
    since: Annotated[int, Field(description="Number of other settings that have results by now.")]
    studies: Annotated[list[str], Field(description="Names of the studies with these other settings.")]
    seeds: Annotated[list[str], Field(description="Seeds that the same settings were also run with.")]
    sentence: Annotated[str, Field(description="These numbers and seeds in a sentence.")]
    exploratory: Annotated[bool, Field(description="Whether the verdicts on these claims are exploratory.")]


class Shared(TypedDict):
    """Trained models that another study in the store has too."""

    study: Annotated[str, Field(description="Name of the other study.")]
    models: Annotated[int, Field(description="Trained models of this study that the other has too.")]


class Claims(TypedDict):
    """Whether the claims came before the results."""

    sha256: Annotated[str, Field(description="SHA-256 of the claims as they are now.")]
    exploratory: Annotated[str, Field(description="Why the verdicts are exploratory; else empty.")]
    peeked: Annotated[str, Field(description="Says that replicates were added after a look; else empty.")]
    tries: Annotated[
        list[Tries], Field(description="Questions that were also put to other settings, or with other seeds.")
    ]
    shares: Annotated[list[Shared], Field(description="Studies that have some of the trained models too.")]


class Published(TypedDict):
    """The published figures next to the study's."""

    figures: Annotated[str, Field(description="Name of the published figures.")]
    title: Annotated[str, Field(description="Where they were published.")]
    remark: Annotated[str, Field(description="What a reader must know about them.")]
    differs: Annotated[
        list[str],
        Field(description="Settings in which the study differs from the one that has these figures."),
    ]


class _Records(TypedDict):
    """The keys of `results.json` that are no tables."""

    format: Annotated[Literal[2], Field(description="Raised when a key or a value changes its meaning.")]
    schema: Annotated[
        str, Field(pattern=r"^2\.", description="Version of this schema; the second number counts new keys.")
    ]
    scotoma: Annotated[str, Field(description="Version that wrote the report.")]
    study: Annotated[
        dict[str, Any], Field(description="Settings of the study; a data file is named by its hash.")
    ]
    seeds: Annotated[dict[str, int], Field(description="By replicate, its seed.")]
    versions: Annotated[
        list[Versions],
        Field(description="Software that made the predictions; several entries if they were mixed."),
    ]
    claims: Annotated[Claims, Field(description="Whether the claims came before the results.")]
    verdicts: Annotated[
        list[JudgementRecord], Field(description="Each declared claim, judged for each arm from each start.")
    ]
    missing: Annotated[list[str], Field(description="Models without predictions, in words.")]
    sources: Annotated[list[str], Field(description="How the study's own data were read, in words.")]
    gaps: Annotated[
        list[str],
        Field(
            description="What is altered, failed, left out or taken from another study, and arms that were "
            "to leave rows out and left none out, in words."
        ),
    ]
    models: Annotated[
        list[Model],
        Field(description="Every model, done or not, and the file that its numbers can be traced to."),
    ]
    yields: Annotated[
        list[Yield], Field(description="By generator and round, what became of the rows that were written.")
    ]
    published: Annotated[
        Published | None,
        Field(description="Published figures shown next to the study's; null if it names none."),
    ]
    files: Annotated[
        list[str],
        Field(
            description="Every other file of the report; a later one here removes what it no longer writes."
        ),
    ]


def _named(columns: Columns, *, tags: Iterable[str] = (*MODEL_TAGS, *CELL_TAGS)) -> Columns:
    """The columns without those that stand once, in the lists of models and cells."""
    left_out = set(tags)
    return {name: kind for name, kind in columns.items() if name not in left_out}


#: What the rows of each table are, and its columns.
TABLES: Mapping[str, tuple[str, Columns]] = {
    "measures": ("Every measure of every model in every cell.", _named(contrasts.STUDY_SCHEMA)),
    "cells": (
        "The parts of each cell's name.",
        {"test": pl.String, "cell": pl.String, **CELL_TAGS},
    ),
    "contrasts": (
        "Every arm against its reference: `values` are the differences of `replicate_ids`.",
        _named(contrasts.SCHEMA),
    ),
    "noise": ("Each repetition against the arm it repeats.", _named(noise.SCHEMA, tags=CELL_TAGS)),
    "flips": ("Answers right or wrong before, crossed with right or wrong after.", flips.COUNTS),
    "traits": ("What the rows have in common on which a WORSE arm lost answers; exploratory.", traits.SCHEMA),
    "carried": ("How often the shortcut holds in the rows a model was trained on.", _named(carried.SCHEMA)),
    "causes": ("What explains the difference, part by part.", causes.SCHEMA),
    "doses": ("Curves over the share of rows that are not original.", doses.SCHEMA),
    "rounds": ("What drifts from round to round; round 0 is original data.", rounds.SCHEMA),
    "published_cells": ("Each published number, with the study's next to it.", published.CELLS),
    "published_readings": ("Summary over all published cells.", published.READINGS),
}


def _columns(change: Callable[[pl.DataFrame], pl.DataFrame], columns: Columns) -> Columns:
    """The columns of a table that is written otherwise than it stands in `results.json`."""
    return change(pl.DataFrame(schema=columns)).schema


#: By file, the table whose columns it has, and these columns.
FILES: Mapping[str, tuple[str, Columns]] = {
    "measures.csv": ("measures", contrasts.STUDY_SCHEMA),
    "contrasts.csv": ("contrasts", _columns(without_lists, contrasts.SCHEMA)),
    "differences.csv": ("contrasts", _columns(by_replicate, contrasts.SCHEMA)),
    "flips.csv": ("flips", flips.COUNTS),
    "flips.parquet": ("flipped", flips.ROWS),
    "traits.csv": ("traits", traits.SCHEMA),
    "doses.csv": ("doses", _columns(without_lists, doses.SCHEMA)),
    "causes.csv": ("causes", _columns(without_lists, causes.SCHEMA)),
    "causes-differences.csv": ("causes", _columns(by_replicate, causes.SCHEMA)),
    "rounds.csv": ("rounds", rounds.SCHEMA),
    "published.csv": ("published_cells", published.CELLS),
    "readings.csv": ("published_readings", published.READINGS),
}


def results_schema() -> dict[str, Any]:
    """The schema, in the dialect of 2020-12."""
    made = schema_of(
        _Records,
        title=f"results.json of a Scotoma report, schema {SCHEMA_VERSION}",
        description="A number that is not defined is null, and `reason` says why.",
    )
    for name, (description, columns) in TABLES.items():
        row = f"{''.join(part.title() for part in name.split('_'))}Row"
        made["$defs"][row] = _row(name, description, columns)
        made["properties"][name] = {
            "description": description,
            "type": "array",
            "items": {"$ref": f"#/$defs/{row}"},
        }
    made["required"] += TABLES
    return made


def _row(table: str, description: str, columns: Columns) -> dict[str, Any]:
    return {
        "description": description,
        "type": "object",
        "properties": {
            name: {"description": meaning(table, name), **_cell(kind)} for name, kind in columns.items()
        },
        "required": list(columns),
        "additionalProperties": False,
    }


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
