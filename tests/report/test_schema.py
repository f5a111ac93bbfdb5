"""Reports hold to the JSON Schema of results.json, and their tables have the columns that are promised."""

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import jsonschema
import pytest

from fake_study import make, plan, study
from scotoma.report import write_report
from scotoma.report.columns import COMMON, OF_TABLE
from scotoma.report.schema import FILES, TABLES
from scotoma.results import results
from shipped_schemas import check_report, shipped

if TYPE_CHECKING:
    from scotoma.experiment import Plan

SCHEMA = shipped("results")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    planned = plan(study())
    store = make(planned, tmp_path_factory.mktemp("store"))
    out = tmp_path_factory.mktemp("report")
    write_report(results(cast("Plan", planned), store), out)
    return check_report(out)


def test_a_report_holds_to_its_schema_and_every_table_is_in_it(record: dict[str, Any]) -> None:
    assert set(TABLES) <= record.keys()
    assert record["verdicts"]


def test_an_unfinished_study_holds_to_the_schema_too(tmp_path: Path) -> None:
    planned, begun = plan(study()), plan(study(replicates=1))
    write_report(results(cast("Plan", planned), make(begun, tmp_path / "store")), tmp_path / "report")
    assert check_report(tmp_path / "report")["missing"]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("verdicts", 0, "estimate"), "large"),
        (("verdicts", 0, "verdict"), "NO EFFECT"),
        (("measures", 0, "n"), 0.5),
        (("contrasts", 0, "values"), [None]),
        (("models", 0, "loss"), 1.0),
        (("schema",), "1.0"),
        (("format",), 1),
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


def test_no_meaning_is_kept_of_a_column_that_no_table_has() -> None:
    columns: dict[str, set[str]] = {}
    tables = [*((name, found) for name, (_, found) in TABLES.items()), *FILES.values()]
    for name, found in tables:
        columns.setdefault(name, set()).update(found)
    stale = {(name, column) for name, told in OF_TABLE.items() for column in told.keys() - columns[name]}
    assert stale == set()
    assert COMMON.keys() <= set().union(*columns.values())
    own = {name: OF_TABLE.get(name, {}).keys() for name in columns}
    assert [
        one for one in COMMON if all(one in own[name] or one not in columns[name] for name in columns)
    ] == []
