"""A verdict's signature, and whether it is that of the results it is said to be of."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from fake_study import make, plan, study
from prediction_files import replicates
from scotoma import __version__
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files
from scotoma.report.files import to_json
from scotoma.results import results
from scotoma.verdicts.signature import parts_of, read, written
from scotoma.verdicts.verifying import Check, verify

if TYPE_CHECKING:
    from scotoma.experiment import Plan

FALL = ([0.80, 0.82, 0.79, 0.81, 0.80], [0.50, 0.53, 0.47, 0.52, 0.50])
Record = dict[str, Any]


@pytest.fixture(scope="module")
def of_study(tmp_path_factory: pytest.TempPathFactory) -> Record:
    planned = plan(study())
    store = make(planned, tmp_path_factory.mktemp("store"))
    found: Record = json.loads(to_json(results(cast("Plan", planned), store, on_record=False).record()))
    return found


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Record:
    folder = tmp_path_factory.mktemp("compared")
    named = enumerate(zip("ab", FALL, strict=True))
    sides = [replicates(folder / name, right, start=50 * n) for n, (name, right) in named]
    cells = ["all/non-entailment", "subsequence/non-entailment"]
    found: Record = json.loads(json.dumps(compare_files(*sides, blindspot=HANS, cells=cells).record()))
    return found


@pytest.fixture(params=["study", "comparison"])
def record(request: pytest.FixtureRequest, of_study: Record, compared: Record) -> Record:
    return copy.deepcopy(of_study if request.param == "study" else compared)


def verdicts(record: Record) -> list[Record]:
    found: list[Record] = record.get("verdicts") or record["claims"]
    return found


def checked(signature: str, record: Record, folder: Path) -> list[Check]:
    path = folder / "results.json"
    path.write_text(json.dumps(record), encoding="utf8")
    return verify(signature, path)


def differing(checks: list[Check]) -> list[str]:
    return [check.what for check in checks if not check.agrees]


def test_a_signature_names_what_was_judged_and_how(of_study: Record, compared: Record) -> None:
    (verdict,) = of_study["verdicts"]
    parts = read(verdict["signature"])
    assert verdict["signature"].startswith(
        f"scotoma|claim:{verdict['arm']}-{verdict['reference']}|start:{verdict['start']}|on:hans:"
        f"{verdict['cell']}|measure:accuracy|replicates:5|margin:0.05|alpha:0.05|claims:{verdict['n_claims']}"
        f"|verdict:WORSE|data:"
    )
    assert parts["version"] == __version__
    first, second = compared["claims"]
    assert first["signature"].startswith("scotoma|claim:after-before|on:hans:all/non-entailment|measure:")
    assert "|claims:2|verdict:WORSE|data:" in first["signature"]
    assert first["data"] == second["data"]


def test_a_signature_is_that_of_its_results(record: Record, tmp_path: Path) -> None:
    for verdict in verdicts(record):
        checks = checked(verdict["signature"], record, tmp_path)
        assert differing(checks) == []
        assert len(checks) == len(read(verdict["signature"]))


@pytest.mark.parametrize("name", ["replicates", "margin", "alpha", "claims", "verdict", "data", "version"])
def test_each_part_that_is_another_is_named(record: Record, tmp_path: Path, name: str) -> None:
    parts = read(verdicts(record)[0]["signature"])
    other = {"verdict": "EQUIVALENT", "data": "00000000", "version": "0.0.1"}.get(name, "7")
    (told,) = differing(checked(written({**parts, name: other}), record, tmp_path))
    assert told == f"{name}: {other} in the signature, {parts[name]} by the results"


def by_former_name(record: Record) -> Record:
    """The record as it was written when log-odds were called `margin`."""
    return cast("Record", json.loads(json.dumps(record).replace('"log_odds"', '"margin"')))


def test_a_signature_or_results_with_a_measures_former_name_are_of_the_same_verdict(tmp_path: Path) -> None:
    claim = {**study().claims[0].model_dump(), "measure": "log_odds", "margin": 0.5}
    planned = plan(study(claims=[claim]))
    store = make(planned, tmp_path / "store")
    made = results(cast("Plan", planned), store, on_record=False).record()
    record: Record = json.loads(to_json(made))
    signature = record["verdicts"][0]["signature"]
    former = signature.replace("measure:log_odds", "measure:margin")
    assert former != signature
    for one in (signature, former):
        for of in (record, by_former_name(record)):
            checks = checked(one, of, tmp_path)
            assert differing(checks) == []
            assert Check(True, "measure: log_odds") in checks


@pytest.mark.parametrize("name", ["claim", "on", "measure"])
def test_a_verdict_that_the_results_do_not_have_is_not_found(
    record: Record, tmp_path: Path, name: str
) -> None:
    parts = read(verdicts(record)[0]["signature"])
    (check,) = checked(written({**parts, name: "another"}), record, tmp_path)
    assert not check.agrees
    assert f"no verdict on this claim: {'claim another' if name == 'claim' else 'claim '}" in check.what


def _other_differences(record: Record) -> None:
    for verdict in verdicts(record):
        verdict["differences"] = [0.001, -0.002, 0.003, 0.0, -0.001]


def _other_word(record: Record) -> None:
    verdicts(record)[0]["verdict"] = "EQUIVALENT"


def _other_predictions(record: Record) -> None:
    if "models" in record:
        for model in record["models"]:
            model["sha256"] = "0" * 64
    else:
        record["data"][0]["after"] = "0" * 64


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            _other_differences,
            ["verdict: WORSE in the signature, ", "the file says WORSE where", "before and"],
        ),
        (_other_word, ["the file says EQUIVALENT where its differences give WORSE"]),
        (_other_predictions, ["data: "]),
    ],
)
def test_results_that_were_changed_are_found_out(
    record: Record, tmp_path: Path, change: Callable[[Record], None], told: list[str]
) -> None:
    signature = verdicts(record)[0]["signature"]
    change(record)
    found = differing(checked(signature, record, tmp_path))
    assert all(any(one in what for what in found) for one in told)


def test_the_verdict_is_reached_again_at_the_looks_that_were_planned(tmp_path: Path) -> None:
    sides = [replicates(tmp_path / name, right) for name, right in zip("ab", FALL, strict=True)]
    found = compare_files(*sides, blindspot=HANS, looks=(3, 5)).record()
    signature = found["claims"][0]["signature"]
    assert "|replicates:5|looks:3,5|" in signature
    assert differing(checked(signature, found, tmp_path)) == []


def test_data_are_the_answers_whatever_the_order_of_the_claims(compared: Record, tmp_path: Path) -> None:
    sides = [replicates(tmp_path / name, right, start=3) for name, right in zip("ab", FALL, strict=True)]
    other = compare_files(*sides, blindspot=HANS).record()
    assert other["claims"][0]["data"] != compared["claims"][0]["data"]


def test_characters_that_a_part_cannot_hold_are_written_as_in_a_url(of_study: Record) -> None:
    verdict = of_study["verdicts"][0] | {"arm": "file-a|b c", "cell": "subcase:ü%"}
    signature = written(parts_of(verdict, "1"))
    assert "claim:file-a%7Cb%20c-" in signature
    assert signature.isascii()
    assert read(signature)["on"] == "hans:subcase:ü%"


@pytest.mark.parametrize(
    ("signature", "message"),
    [
        ("", "it begins with ''"),
        ("sacrebleu|nrefs:1", "it begins with 'sacrebleu'"),
        ("scotoma|claim:a-b", "on, measure, replicates, .* are missing"),
        ("scotoma|claim:a-b|claim:a-b", "'claim:a-b' is there twice"),
        ("scotoma|hello", "'hello' is not part of one"),
    ],
)
def test_what_is_no_signature_is_refused(tmp_path: Path, signature: str, message: str) -> None:
    with pytest.raises(ScotomaError, match=f"not a signature of a verdict: {message}"):
        verify(signature, tmp_path / "results.json")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"{", "not JSON"),
        (b"[1]", "no verdicts in this file"),
        (b'{"claims": {"sha256": "0"}}', "no verdicts in this file"),
        (
            b'{"scotoma": "1", "verdicts": [{"arm": "a"}]}',
            "is not as a report writes it .KeyError: 'reference'",
        ),
        (b'{"scotoma": "1", "verdicts": ["a"]}', "is not as a report writes it"),
    ],
)
def test_a_file_that_is_not_of_results_is_refused(
    of_study: Record, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ScotomaError, match=message):
        verify(of_study["verdicts"][0]["signature"], path)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("differences", [10**400] * 5),
        ("differences", [float("nan")] * 5),
        ("n_claims", 10**400),
        ("margin", 10**400),
        ("looks", [3, 10**9]),
        ("looks", [0, 1]),
        ("looks", [5]),
        ("better", "sideways"),
        ("measure", ["accuracy"]),
    ],
)
def test_a_verdict_with_a_value_that_no_report_has_is_refused(
    record: Record, tmp_path: Path, key: str, value: object
) -> None:
    verdict = verdicts(record)[0]
    signature = verdict["signature"]
    verdict[key] = value
    with pytest.raises(ScotomaError, match="is not as a report writes it"):
        checked(signature, record, tmp_path)
