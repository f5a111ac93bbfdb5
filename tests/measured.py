"""Tables of measures from what a test says of them: the names of models and cells, and the numbers."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from scotoma.measures import Tags
from scotoma.results.contrasts import STUDY_SCHEMA

_NAME = re.compile(
    r"(?P<kind>[a-z_]+)[^+@~]*([+](?P<generator>\w+))?(@(?P<round>\d+))?(~(?P<repetition>.+))?"
)

#: What a test gives of a row, in this order.
Given = tuple[int, str, str, int | None, str, str, str, float | None, int, str]

_GIVEN = ("replicate", "start", "arm", "arm_n", "test", "cell", "measure", "value", "n", "reason")


def measured_table(rows: Iterable[Given]) -> pl.DataFrame:
    """The columns of `STUDY_SCHEMA`; what the names say stands in columns of its own, as in a study."""
    whole = [completed(dict(zip(_GIVEN, row, strict=True))) for row in rows]
    return pl.DataFrame(whole, schema=STUDY_SCHEMA)


def completed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with what the names of its model and cell say."""
    found = _NAME.fullmatch(row["arm"])
    assert found is not None, row["arm"]
    said = {name: value or "" for name, value in found.groupdict().items()}
    changed = said["repetition"].split("-")[0]
    return {
        **row,
        **said,
        "round": int(said["round"] or 1),
        "changed": changed,
        **Tags.of(row["cell"])._asdict(),
    }
