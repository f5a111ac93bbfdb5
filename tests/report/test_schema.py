"""Reports hold to the JSON Schema of results.json."""

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest

from fake_study import make, plan, study
from scotoma.report import write_report
from scotoma.report.schema import TABLES
from scotoma.results import results
from shipped_schemas import shipped

if TYPE_CHECKING:
    from scotoma.experiment import Plan

SCHEMA = shipped("results")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    planned = plan(study())
    store = make(planned, tmp_path_factory.mktemp("store"))
    out = tmp_path_factory.mktemp("report")
    write_report(results(cast("Plan", planned), store), out)
    found: dict[str, Any] = json.loads((out / "results.json").read_text("utf8"))
    return found


def test_a_report_holds_to_its_schema_and_every_table_is_in_it(record: dict[str, Any]) -> None:
    jsonschema.validate(record, SCHEMA)
    assert record.keys() == set(SCHEMA["properties"])
    assert set(TABLES) <= record.keys()
    assert record["verdicts"]


def test_an_unfinished_study_holds_to_the_schema_too(tmp_path: Path) -> None:
    planned, begun = plan(study()), plan(study(replicates=1))
    write_report(results(cast("Plan", planned), make(begun, tmp_path / "store")), tmp_path / "report")
    found = json.loads((tmp_path / "report" / "results.json").read_text("utf8"))
    assert found["missing"]
    jsonschema.validate(found, SCHEMA)


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("verdicts", 0, "estimate"), "large"),
        (("verdicts", 0, "verdict"), "NO EFFECT"),
        (("measures", 0, "n"), 0.5),
        (("contrasts", 0, "values"), [None]),
        (("models", 0, "loss"), 1.0),
        (("schema",), "2.0"),
        (("format",), 2),
    ],
)
def test_what_a_report_never_has_is_refused(
    record: dict[str, Any], where: tuple[str | int, ...], value: object
) -> None:
    changed: Any = copy.deepcopy(record)
    inner = changed
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError, match=r".+"):
        jsonschema.validate(changed, SCHEMA)
