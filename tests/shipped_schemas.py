"""The JSON Schemas that come with the package, and whether a record holds to them as it would be printed."""

import json
from importlib.resources import files
from typing import Any

import jsonschema


def shipped(name: str) -> dict[str, Any]:
    """The schema of results, audit, score or compare."""
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
