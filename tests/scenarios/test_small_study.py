"""A whole study through the command line, on a handful of rows: every stage and every kind of arm."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from small_study import STUDY, artifacts, done, lend, prepare, reports, run, with_two_arms


def test_a_run_ends_in_a_verdict_a_table_and_a_report(undisturbed: Path) -> None:
    shown = (undisturbed / "out.txt").read_text()
    assert "NO VERDICT" in shown
    assert "1 of at least 3 replicates" in shown
    for arm in ("original-30", "mixed-0.5-30", "file-more", "anti_biased-3"):
        assert re.split("[-_]", arm)[0] in shown  # the table breaks names there
    files = reports(undisturbed)
    assert {name for name in files if "/" not in name} == {
        "results.json",
        "measures.parquet",
        "measures.csv",
        "contrasts.csv",
        "differences.csv",
        "flips.csv",
        "flips.parquet",
        "doses.csv",
        "index.html",
    }
    for kind in ("task-and", "differences", "cells", "subcases", "sensitivity", "flips"):
        assert {f"figures/{kind}-microworld.pdf", f"figures/{kind}-microworld.png"} < set(files)
    assert "tables/micro-world-blind-spot-headline.tex" in files
    results = json.loads((undisturbed / "reports" / "small" / "results.json").read_text())
    assert results["missing"] == []
    assert len(results["models"]) == 2 * 10


def test_every_reject_is_kept_with_its_reason(undisturbed: Path) -> None:
    (found,) = (undisturbed / "store" / "done").glob("screen-*/yield.json")
    funnel = json.loads(found.read_text())
    assert funnel["raw"] == 240
    assert funnel["kept"] + sum(funnel["rejected"].values()) == 240


@pytest.mark.parametrize("options", [(), pytest.param(("--on", "local"), marks=pytest.mark.slow)])
def test_a_second_run_executes_no_step(undisturbed: Path, tmp_path: Path, options: tuple[str, ...]) -> None:
    prepare(tmp_path)
    subprocess.run(["cp", "-r", undisturbed / "store", tmp_path / "store"], check=True)
    assert "0 steps ran" in run(tmp_path, *options)[1]
    assert artifacts(tmp_path) == artifacts(undisturbed)
    assert reports(tmp_path) == reports(undisturbed)


@pytest.mark.long
def test_several_workers_make_the_same_bytes_and_no_step_twice(undisturbed: Path, tmp_path: Path) -> None:
    prepare(tmp_path, with_two_arms())
    n_lent = lend(undisturbed, tmp_path)
    _, said = run(tmp_path, "--workers", "2")
    begun = [line for line in said.splitlines() if line.startswith("[")]
    made, whole = artifacts(tmp_path), artifacts(undisturbed)
    assert len(begun) == len(set(begun)) == len(list((tmp_path / "store" / "done").iterdir())) - n_lent
    assert made == {name: whole[name] for name in made}


@pytest.mark.slow
@pytest.mark.parametrize("workers", [2, 8])
def test_several_workers_make_the_same_bytes_of_every_arm_and_the_same_report(
    undisturbed: Path, tmp_path: Path, workers: int
) -> None:
    prepare(tmp_path)
    _, said = run(tmp_path, "--workers", str(workers))
    begun = [line for line in said.splitlines() if line.startswith("[")]
    assert len(begun) == len(set(begun)) == len(list((undisturbed / "store" / "done").iterdir()))
    assert artifacts(tmp_path) == artifacts(undisturbed)
    assert reports(tmp_path) == reports(undisturbed)


@pytest.mark.long
def test_another_seed_makes_other_rows_and_other_models(undisturbed: Path, tmp_path: Path) -> None:
    prepare(tmp_path, with_two_arms(seed=1))
    run(tmp_path)

    def contents(folder: Path, name: str) -> set[str]:
        return {sha for path, sha in artifacts(folder).items() if path.endswith(name)}

    for name in ("raw.parquet", "predictions.parquet", "model.safetensors", "adapter_model.safetensors"):
        assert contents(tmp_path, name)
        assert not contents(tmp_path, name) & contents(undisturbed, name), name


@pytest.mark.long
def test_a_report_is_built_from_predictions_alone(undisturbed: Path, tmp_path: Path) -> None:
    """With every model deleted and torch out of reach."""
    store = tmp_path / "store"
    subprocess.run(["cp", "-r", undisturbed / "store", store], check=True)
    for path in store.rglob("*.safetensors"):
        path.unlink()
    prepare(tmp_path)
    blocked = "import sys; sys.modules['torch'] = None; from scotoma.cli import main; main()"
    command = [sys.executable, "-c", blocked, "report", "small.yaml"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    assert reports(tmp_path) == reports(undisturbed)


@pytest.mark.slow
def test_a_report_of_an_unfinished_study_says_what_is_missing(undisturbed: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", undisturbed / "store", tmp_path / "store"], check=True)
    prepare(tmp_path, STUDY.replace("replicates: 1", "replicates: 2"))
    assert "Unfinished: 20 of 40 models" in done(tmp_path, "report", "small.yaml", "--out", "report")[0]
