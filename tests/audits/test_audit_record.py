"""What an audit prints as JSON holds to its schema."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from audit_tables import TASK, micro

from scotoma.audits import audit, audit_file, record
from scotoma.tasks import MNLI
from shipped_schemas import check, shipped


@pytest.fixture(scope="module")
def full() -> dict[str, Any]:
    """The record of an audit that has all that an audit may have."""
    rows, reference = micro(120, 0.9), micro(120, 0.1, seed=5)
    tests = {"test": micro(60, 0.5), "own": rows[:20]}
    return record(audit(rows, **TASK, reference=reference, tests=tests, other_labels="label"))


def test_a_full_audit_holds_to_its_schema(full: dict[str, Any]) -> None:
    check(full, "audit")
    assert full["leaks"]["by_test"]["own"]["examples"] is not None
    assert full["agreement"]["share"]["value"] == 1.0
    assert full["diversity"]["at_equal_size"]["fields"]["premise"]["reference"]["n"] == 120


def test_an_audit_of_a_single_text_without_a_reference_holds_to_it_too() -> None:
    rows = pl.DataFrame(
        {
            "text": [f"no {n}" if n % 3 else f"yes {n}" for n in range(90)],
            "label": ["good", "bad", "bad"] * 30,
        }
    )
    found = record(audit(rows, fields=("text",), labels=("good", "bad"), target="good"))
    check(found, "audit")
    assert found["unavailable"]
    assert found["copies_of_reference"] is found["diversity"]["at_equal_size"] is found["agreement"] is None


def test_an_audit_of_files_with_integer_labels_and_rows_without_gold_holds_to_it_too(tmp_path: Path) -> None:
    rows = [{"premise": f"a {n} b", "hypothesis": f"a {n}", "label": n % 4 - 1} for n in range(24)]
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    found = record(audit_file(path, task=MNLI))
    check(found, "audit")
    assert found["without_gold"] == {"data": 6}
    assert found["label_codes"]["data"]["0"] == "entailment"
    assert found["notes"]["data"]


@pytest.mark.parametrize(
    ("where", "value"),
    [
        (("n",), 0.5),
        (("associations", 0, "odds_ratio"), "large"),
        (("associations", 0, "counts", "holds"), 3),
        (("shortcuts", 0, "carried"), "perhaps"),
        (("leaks", "by_test", "test", "conflicting"), 0),
        (("baselines", "overlap_only", "reference", "reference"), None),
        (("length_cuts", "taken_from"), "test"),
        (("schema",), "2.0"),
    ],
)
def test_what_an_audit_never_says_is_refused(
    full: dict[str, Any], where: tuple[str | int, ...], value: object
) -> None:
    changed: Any = copy.deepcopy(full)
    inner = changed
    for step in where[:-1]:
        inner = inner[step]
    inner[where[-1]] = value
    with pytest.raises(jsonschema.ValidationError, match=r".+"):
        jsonschema.validate(changed, shipped("audit"))
