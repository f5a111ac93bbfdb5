"""`scotoma.Study`: read, planned, run and reported from Python as by the commands."""

import json
import sys
from pathlib import Path

import pytest

import fake_study
import scotoma
from scotoma.api import running
from scotoma.api.study import StudyResult
from scotoma.results import results
from scotoma.run.requests import name_of
from scotoma.run.workers import logs_of
from scotoma.store.store import Store
from tiny_study import TINY


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> StudyResult:
    plan = fake_study.plan(fake_study.study())
    return StudyResult(results(plan, fake_study.make(plan, tmp_path_factory.mktemp("fake"))))


def test_a_study_runs_goes_on_and_is_reported(tmp_path: Path) -> None:
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf8")
    study, store = scotoma.Study.read(tmp_path / "tiny.yaml"), tmp_path / "store"
    planned = study.plan(store)
    assert planned.missing == planned.steps["steps"].sum() > 5
    assert planned.costs["tokens"].sum() > 0
    assert not store.exists()
    lines: list[str] = []
    first = study.run(store, device="cpu", say=lines.append)
    assert first.measures.height > 0
    assert f"{planned.missing} steps ran, 0 were done already." in lines
    assert any(line.startswith("[1/") for line in lines)
    assert study.plan(store).missing == 0
    again = study.run(store, device="cpu")
    assert again.record() == first.record() == study.results(store).record()
    assert study.report(tmp_path / "report", store).gaps == first.gaps
    written = json.loads((tmp_path / "report" / "results.json").read_text(encoding="utf8"))
    assert written["measures"] == first.record()["measures"]


def test_verdicts_have_their_numbers_from_the_study(found: StudyResult) -> None:
    (verdict,) = found.verdicts
    (told,) = found.record()["verdicts"]
    assert verdict.word == told["verdict"] == "WORSE"
    assert (verdict.difference, verdict.interval) == (told["estimate"], (told["low"], told["high"]))
    assert len(verdict.differences) == 5
    assert sum(verdict.differences) / 5 == pytest.approx(verdict.difference)
    assert "synthetic-1500 against original-1500, start 4000: accuracy on hans" in verdict.title
    assert repr(found) == f"<StudyResult fake: {verdict.brief}>"
    assert f"{verdict.word}: synthetic-1500 against original-1500 from start 4000" in str(found)
    assert told["signature"] in str(found)


def test_its_frames_and_its_drawing(found: StudyResult, tmp_path: Path) -> None:
    assert found.tables.keys() == found.to_pandas().keys()
    assert found.contrasts.filter(measure="accuracy").height > 0
    assert found._repr_html_().count("<svg") == 1
    assert found.write(tmp_path / "report").is_file()


def test_a_claim_beyond_the_task_is_drawn_with_a_tick_for_each_replicate(tmp_path: Path) -> None:
    claim = {"blindspot": "hans", "cell": "all/non-entailment", "measure": "accuracy", "margin": 0.05}
    claim |= {"contrast": "synthetic - original", "alpha": 0.05}
    plan = fake_study.plan(fake_study.study(claims=[claim, claim | {"beyond": "matched"}]))
    plain, beyond = StudyResult(results(plan, fake_study.make(plan, tmp_path / "store"))).verdicts
    assert beyond.title.endswith("beyond matched")
    assert len(beyond.differences) == 5
    assert beyond.differences != plain.differences
    assert sum(beyond.differences) / 5 == pytest.approx(beyond.difference)
    assert beyond._repr_html_().count("<line") == plain._repr_html_().count("<line") == 2 + 5 + 2


def test_a_name_in_place_of_settings_is_refused_with_what_reads_it() -> None:
    with pytest.raises(scotoma.ScotomaError, match=r"got 'quickstart' \(settings\)\. .*scotoma\.Study\.read"):
        scotoma.Study("quickstart")  # type: ignore[arg-type]


def test_a_study_without_results_says_so(tmp_path: Path) -> None:
    study = scotoma.Study.read("quickstart", replicates=3)
    assert repr(study) == "<Study quickstart: 3 replicates, 2 claims>"
    none = study.results(tmp_path / "store")
    assert {verdict.word for verdict in none.verdicts} == {"NO VERDICT"}
    assert "12 models not evaluated yet" in repr(none)
    assert none.gaps
    assert "--store" not in " ".join(none.gaps)
    assert not (tmp_path / "store").exists()


def test_a_plan_shows_what_the_replicates_can_show(tmp_path: Path) -> None:
    planned = scotoma.Study.read("quickstart").plan(tmp_path / "store", sd=0.1)
    assert planned.claims.height == 2
    assert planned.claims["sd"].to_list() == [0.1, 0.1]
    assert repr(planned).startswith("<PlanResult quickstart: ")
    assert "EQUIVALENT requires" in str(planned)
    assert "<table>" in planned._repr_html_()
    assert not (tmp_path / "store").exists()


def test_a_failed_worker_s_last_words_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dies = [sys.executable, "-c", "import sys; sys.exit('no room left')"]
    monkeypatch.setattr(running, "worker_command", lambda *_: dies)
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf8")
    study = scotoma.Study.read(tmp_path / "tiny.yaml")
    logs = logs_of(Store(tmp_path / "store"), name_of(study.settings))
    logs.mkdir(parents=True)
    (logs / "local_7.log").write_text("of a run before", encoding="utf8")
    with pytest.raises(scotoma.ScotomaError, match="a worker ended with code 1:\nno room left") as told:
        study.run(tmp_path / "store", device="cpu", workers=2)
    assert "of a run before" not in str(told.value)
    assert str(told.value).endswith("Fix what it reports; the same call continues.")


def test_mistakes_are_told_in_the_words_of_python(tmp_path: Path) -> None:
    with pytest.raises(scotoma.ScotomaError, match="'quickstrat' is neither a file nor a bundled study"):
        scotoma.Study.read("quickstrat")
    with pytest.raises(scotoma.ScotomaError, match=r"the sd must be above 0; got -1 \(sd\)"):
        scotoma.Study.read("quickstart").plan(tmp_path / "store", sd=-1)
    for power in (0.05, 1, float("nan")):
        with pytest.raises(scotoma.ScotomaError, match=r"above alpha \(0.05\) and below 1; got .* \(power\)"):
            scotoma.Study.read("quickstart").plan(tmp_path / "store", power=power)
    with pytest.raises(scotoma.ScotomaError, match=r"at least 1; got 0 \(parameters\)"):
        scotoma.Study.read("quickstart").plan(tmp_path / "store", parameters=0)
    with pytest.raises(scotoma.ScotomaError, match=r"device 'moon' is not known \(device\)"):
        scotoma.Study.read("quickstart").run(tmp_path / "store", device="moon")
