"""A report folder is a study's: another study's report is never overwritten."""

import json
from pathlib import Path
from typing import Any

import pytest

from command_line import scotoma
from fake_study import study
from scotoma.basics.errors import ScotomaError
from scotoma.report.folder import check_folder, default_folder, previous_results, replaced_note


def holding(out: Path, record: Any) -> Path:
    """The folder, with these results in it."""
    out.mkdir(parents=True)
    text = record if isinstance(record, str) else json.dumps(record)
    (out / "results.json").write_text(text, encoding="utf8")
    return out


def results_of(**changes: Any) -> dict[str, Any]:
    """What a report of the study says of its settings, with some of them changed."""
    return {"study": study().model_dump(mode="json", context="identity") | changes}


def test_the_report_of_another_study_and_a_file_that_is_no_report_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match=r"the report of another study, 'theirs'; .*'fake' would"):
        check_folder(study(), holding(tmp_path / "theirs", results_of(name="theirs")))
    for at, strange in enumerate(([1, 2], {"study": 3}, {"all": 1.0})):
        with pytest.raises(ScotomaError, match=r"holds a results\.json that is no study's report"):
            check_folder(study(), holding(tmp_path / str(at), strange))


def test_the_studys_own_report_an_empty_folder_and_half_a_report_are_taken(tmp_path: Path) -> None:
    check_folder(study(), tmp_path / "not there")
    check_folder(study(), tmp_path)
    check_folder(study(), holding(tmp_path / "half", '{"study": {"name": "fa'))
    check_folder(study(), holding(tmp_path / "own", results_of(seed=8)))
    assert previous_results(tmp_path / "half") is None


def test_a_report_with_other_settings_is_named_by_them_and_an_equal_one_is_not_named(tmp_path: Path) -> None:
    assert replaced_note(study(), tmp_path) == ""
    assert replaced_note(study(), holding(tmp_path / "same", results_of())) == ""
    told = replaced_note(study(), holding(tmp_path / "other", results_of(seed=8, replicates=1)))
    assert told.endswith("had other settings and was replaced: seed is 7 (was 8); replicates is 5 (was 1).")
    many = results_of(seed=8, replicates=1, starts=[1], arms=[], claims=[])
    assert replaced_note(study(), holding(tmp_path / "many", many)).endswith("; and 2 more.")


@pytest.mark.parametrize("command", ["run", "report"])
@pytest.mark.parametrize("out", [None, "elsewhere"])
def test_a_command_stops_before_it_does_anything(tmp_path: Path, command: str, out: str | None) -> None:
    folder = holding(tmp_path / (out or "reports/quickstart"), results_of(name="theirs"))
    refused = scotoma(command, "quickstart", *(["--out", out] if out else []), cwd=tmp_path)
    assert refused.returncode == 2
    assert "holds the report of another study, 'theirs'" in refused.stderr
    assert json.loads((folder / "results.json").read_text())["study"]["name"] == "theirs"
    assert not (tmp_path / "store").exists()


def test_a_report_has_a_folder_of_the_studys_name_if_none_is_given() -> None:
    assert default_folder(study()) == Path("reports/fake")


@pytest.mark.parametrize("broken", [{}, {"claims": 3}, {"claims": [3, {"measure": []}]}])
def test_a_report_from_before_a_measure_was_renamed_has_no_other_settings(
    tmp_path: Path, broken: dict[str, Any]
) -> None:
    claims = [{**claim.model_dump(), "measure": "log_odds"} for claim in study().claims]
    now = study(claims=claims)
    before = [
        {**claim, "measure": "margin"} for claim in now.model_dump(mode="json", context="identity")["claims"]
    ]
    assert replaced_note(now, holding(tmp_path / "old", results_of(claims=before))) == ""
    strange = {"study": {"name": "fake", **broken}}
    assert "had other settings and was replaced" in replaced_note(now, holding(tmp_path / "strange", strange))
