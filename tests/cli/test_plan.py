"""`scotoma plan` and `scotoma status` for programs."""

import json
from pathlib import Path

import jsonschema
import pytest

import scotoma as library
from command_line import scotoma
from scotoma.experiment import plan
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.file import load_study
from shipped_schemas import shipped
from tiny_study import TINY


@pytest.fixture
def begun(tmp_path: Path) -> Path:
    """A study whose rows have been read."""
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf8")
    store = Store(tmp_path / "store")
    for step in plan(load_study(str(tmp_path / "tiny.yaml"))).steps:
        if step.stage == "read_examples":
            store.make(step, Runtime())
    return tmp_path


def test_a_plan_and_how_it_stands_are_printed_as_their_schemas_say(begun: Path) -> None:
    for command in ("plan", "status"):
        record = json.loads(scotoma(command, "tiny.yaml", "--json", cwd=begun).stdout)
        jsonschema.validate(record, shipped(command))
        steps = record["steps"]
        done = {step["key"] for step in steps if step["state"] == "done"}
        assert done == {path.name for path in (begun / "store" / "done").iterdir()}
        assert {step["stage"] for step in steps if step["key"] in done} == {"read_examples"}
        assert all((step["seconds"] is not None) == (step["key"] in done) for step in steps)
        assert record["study"] == "tiny"
        assert record["seconds_left"] is None


def test_a_plan_s_json_is_the_record_that_python_has(begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed = json.loads(scotoma("plan", "tiny.yaml", "--json", cwd=begun).stdout)
    monkeypatch.chdir(begun)
    record = library.Study.read("tiny.yaml").plan().record()
    assert printed == json.loads(json.dumps(record))
    assert sum(stage["missing"] for stage in record["stages"]) == len(record["steps"]) - 3
    trained = [step for step in record["steps"] if step["stage"] == "train_classifier"]
    assert trained
    assert all(step["flops"] > 0 and step["replicate"] is not None for step in trained)


def test_a_change_that_cannot_be_is_null_with_its_reason(
    begun: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(begun)
    claim = "contrast: original - start, margin: 0.05, alpha: 0.05}"
    claims = [
        f"{{blindspot: microworld, cell: all/non-entailment, measure: {measure}, {claim}"
        for measure in ("accuracy", "log_odds")
    ]
    Path("tiny.yaml").write_text(f"{TINY}claims: [{', '.join(claims)}]\n", encoding="utf8")
    command = ("plan", "tiny.yaml", "--replicates", "3", "--sd", ".9")
    record = json.loads(scotoma(*command, "--json", cwd=begun).stdout)
    jsonschema.validate(record, shipped("plan"))
    bounded, unbounded = record["claims"]
    assert bounded["detectable"] is None
    assert "accuracy lies within 0 to 1" in bounded["detectable_reason"]
    assert unbounded["detectable"] > 1
    assert unbounded["detectable_reason"] == ""
    assert "no possible change" in scotoma(*command, cwd=begun).stdout
    found = library.Study.read("tiny.yaml", replicates=3).plan(sd=0.9)
    assert found.record()["claims"] == record["claims"]
    assert bounded["detectable_reason"] in " ".join(str(found).split())


def test_a_plan_says_that_a_study_needs_a_gpu_where_it_runs(begun: Path) -> None:
    assert "CUDA" not in scotoma("plan", "tiny.yaml", cwd=begun).stdout
    (begun / "tiny.yaml").write_text(TINY.replace("optimizer: adamw", "optimizer: paged_adamw_32bit"))
    told = scotoma("plan", "tiny.yaml", cwd=begun, COLUMNS="400").stdout
    assert "optimizer: paged_adamw_32bit needs a CUDA device and bitsandbytes on the machine" in told
    assert "qlora" not in told


def test_a_plan_says_what_a_study_takes_on_a_core_of_this_machine(begun: Path) -> None:
    shown = scotoma("plan", "tiny.yaml", cwd=begun, COLUMNS="120").stdout
    columns = next(line for line in shown.splitlines() if "device time" in line).split("┃")
    in_all = next(line for line in shown.splitlines() if "all steps" in line).split("│")
    of_device, of_core = (
        in_all[next(at for at, name in enumerate(columns) if name.strip() == f"{which} time")].strip()
        for which in ("device", "core")
    )
    assert of_device == "0.0 s"
    assert of_core.endswith(" s")
    assert float(of_core.removesuffix(" s").replace(" min", "")) > 0
    assert "measured just now at" in " ".join(shown.split())


def test_a_changed_file_is_why_the_rows_are_read_again(begun: Path) -> None:
    text = TINY.replace("part: test, n: ", "part: test, n: 1")
    assert text != TINY
    (begun / "tiny.yaml").write_text(text, encoding="utf8")
    shown = scotoma("plan", "tiny.yaml", cwd=begun, COLUMNS="120").stdout
    assert "new because source.microworld.n of read_examples is 1" in shown
    why = json.loads(scotoma("plan", "tiny.yaml", "--json", cwd=begun).stdout)["why"]
    assert [change["setting"] for change in why["changes"]] == ["source.microworld.n"]
