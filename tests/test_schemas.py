"""The JSON Schemas come with the package as the code makes them, and refuse what is never written."""

import json
from typing import Any

import jsonschema
import pytest

import schemas
from scotoma.api.plan_record import PLAN_VERSION, STATUS_VERSION
from scotoma.audits.record import AUDIT_VERSION
from scotoma.comparisons.record import COMPARE_VERSION, SCORE_VERSION
from scotoma.results.results import FORMAT, SCHEMA_VERSION
from shipped_schemas import shipped

VERSIONS = {
    "results": SCHEMA_VERSION,
    "audit": AUDIT_VERSION,
    "score": SCORE_VERSION,
    "compare": COMPARE_VERSION,
    "plan": PLAN_VERSION,
    "status": STATUS_VERSION,
}


def objects(schema: Any) -> list[dict[str, Any]]:
    """Every part of a schema that describes an object by its keys."""
    if isinstance(schema, list):
        return [found for part in schema for found in objects(part)]
    if not isinstance(schema, dict):
        return []
    here = [schema] if isinstance(schema.get("properties"), dict) and "type" in schema else []
    return here + [found for part in schema.values() for found in objects(part)]


def test_every_shipped_schema_is_the_one_that_the_code_makes() -> None:
    made = schemas.files()
    assert len(made) == len(list(schemas.SHIPPED.glob("*.schema.json"))) == len(VERSIONS)
    for path, text in made.items():
        assert path.read_text(encoding="utf8") == text, "run python scripts/schemas.py"
        jsonschema.Draft202012Validator.check_schema(json.loads(text))


@pytest.mark.parametrize("name", VERSIONS)
def test_a_schema_names_its_version_and_takes_no_other_format(name: str) -> None:
    schema = shipped(name)
    assert schema["title"].endswith(f"schema {VERSIONS[name]}")
    version = schema["properties"]["schema"]
    jsonschema.validate(VERSIONS[name], version)
    first = int(VERSIONS[name].partition(".")[0])
    for other in (f"{first + 1}.0", f"{first - 1}.0", "", f"{first}"):
        with pytest.raises(jsonschema.ValidationError, match="does not match"):
            jsonschema.validate(other, version)


def test_the_schema_of_results_counts_the_format_of_results() -> None:
    assert SCHEMA_VERSION.partition(".")[0] == str(FORMAT)


@pytest.mark.parametrize("name", VERSIONS)
def test_every_object_of_a_schema_is_closed_and_has_all_of_its_keys(name: str) -> None:
    found = objects(shipped(name))
    assert len(found) >= 3
    for one in found:
        assert one["additionalProperties"] is False
        assert set(one["required"]) == set(one["properties"])


@pytest.mark.parametrize("name", VERSIONS)
def test_every_key_of_a_schema_says_what_it_is(name: str) -> None:
    schema = shipped(name)
    parts = objects(schema)
    silent = [
        key
        for part in parts
        for key, value in part["properties"].items()
        if not value.get("description") and not schema["$defs"][defined(value)]["description"]
    ]
    assert sum(len(part["properties"]) for part in parts) >= 18
    assert silent == []
    assert all(part["description"] for part in parts)


def defined(value: dict[str, Any]) -> str:
    """Name of the object that a value is."""
    return str(value["$ref"]).removeprefix("#/$defs/")
