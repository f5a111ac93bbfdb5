"""Whether what is written holds to the schemas that come with the package."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl

from scotoma.report.schema import FILES


def shipped(name: str) -> dict[str, Any]:
    """The schema of results, or of what a command prints."""
    path = files("scotoma").joinpath("bundled", f"{name}.schema.json")
    schema: dict[str, Any] = json.loads(path.read_text("utf8"))
    return schema


def check(record: dict[str, Any], name: str) -> None:
    """Fails unless the record is what the schema promises, with every key at its top."""
    schema = shipped(name)
    printed = json.loads(json.dumps(record, allow_nan=False))
    jsonschema.validate(printed, schema)
    assert printed.keys() == set(schema["properties"])
    assert printed == record  # plain values: what is printed is what Python code gets


def check_report(folder: Path) -> dict[str, Any]:
    """The report's JSON. Fails unless it, and every table beside it, is what is promised."""
    record: dict[str, Any] = json.loads((folder / "results.json").read_text("utf8"))
    check(record, "results")
    found = {path.name: pl.read_csv(path).columns for path in folder.glob("*.csv")}
    found |= {path.name: pl.read_parquet(path).columns for path in folder.glob("*.parquet")}
    as_csv = found.pop("measures.parquet")
    assert as_csv == found["measures.csv"]
    assert found == {name: list(FILES[name][1]) for name in found}
    return record
