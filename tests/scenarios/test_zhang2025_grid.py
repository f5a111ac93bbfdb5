"""The paper's grid, scaled down: the same path from the study file to the figures beside the paper's."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from scotoma.experiment import Plan, plan
from scotoma.run.cost import count_costs
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.finding import bundled_studies

#: What makes the twin small; all else is the paper's.
SCALED = {"task", "blindspots", "data", "model", "starts", "recipe", "generator", "arms", "published"}


def read(name: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load(bundled_studies()[name].read_text(encoding="utf8"))
    return content


def run(folder: Path, study: str, *options: str) -> dict[str, Any]:
    """Runs a study to its report and gives its results."""
    command = [sys.executable, "-m", "scotoma", "run", study, "--out", "report", *options]
    ended = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=1790,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    record: dict[str, Any] = json.loads((folder / "report" / "results.json").read_text(encoding="utf8"))
    return record


def test_the_twin_is_the_paper_s_study_but_for_its_scale() -> None:
    paper, twin = read("zhang2025"), read("zhang2025-twin")
    assert set(paper) == set(twin)
    for name in set(paper) - SCALED:
        assert paper[name] == twin[name], name
    assert set(paper["recipe"]) == set(twin["recipe"])
    for part in ("adapter", "recipe", "sampling"):
        assert set(paper["generator"][part]) == set(twin["generator"][part]), part
    for same in ("also_train", "targets"):
        assert paper["generator"]["adapter"][same] == twin["generator"]["adapter"][same]
    assert paper["generator"]["trained_on"] == twin["generator"]["trained_on"]


def test_the_twin_s_steps_are_those_of_the_paper_s_grid() -> None:
    paper, twin = plan(load_study("zhang2025")), plan(load_study("zhang2025-twin"))

    def stages(found: Plan) -> Counter[str]:
        return Counter(step.stage for step in found.steps)

    def kinds(found: Plan) -> list[str]:
        return [model.arm.kind for model in found.models]

    assert stages(paper) == stages(twin)
    assert kinds(paper) == kinds(twin)
    assert len(kinds(twin)) == 60
    for found in (paper, twin):
        published = found.study.published
        assert published is not None
        assert set(published.starts.values()) == set(found.study.starts)
        assert set(published.sizes.values()) == {arm.n for arm in found.study.arms if arm.n}


def test_figures_beside_a_study_change_no_step(tmp_path: Path) -> None:
    content = read("zhang2025-twin")
    del content["published"]
    (tmp_path / "twin.yaml").write_text(yaml.safe_dump(content), encoding="utf8")
    without = plan(load_study(str(tmp_path / "twin.yaml")))
    assert [s.key for s in without.steps] == [s.key for s in plan(load_study("zhang2025-twin")).steps]


@pytest.fixture(scope="module")
def thin(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """Two of the six starts and two of the three sizes, on half of the rows."""
    folder = tmp_path_factory.mktemp("thin")
    study = read("zhang2025-twin")
    study["starts"] = [0, 24]
    study["arms"] = [arm for arm in study["arms"] if arm == "none" or 168 not in arm.values()]
    study["data"]["train"]["microworld"]["n"] = 450
    study["generator"]["sampling"] |= {"candidates_per_label": 300, "until": {"kept": 300, "candidates": 600}}
    study["blindspots"][0]["source"]["microworld"]["n"] = 2
    (folder / "thin.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    return folder, run(folder, "thin.yaml")


@pytest.mark.long
def test_a_thinner_twin_runs_to_figures_beside_the_paper_s(thin: tuple[Path, dict[str, Any]]) -> None:
    folder, results = thin
    assert results["missing"] == []
    assert len(results["models"]) == 2 * (1 + 3 * 2)
    assert results["published"]["differs"] == ["task", "blindspots", "data", "model", "recipe", "generator"]
    cells = pl.DataFrame(results["published_cells"], infer_schema_length=None)
    assert cells.height == 188
    common = cells.filter(pl.col("cell") != "lexical_overlap", pl.col("measure") == "accuracy")
    ours = common.filter(pl.col("ours").is_not_null(), pl.col("test") != "mismatched")
    assert ours.height == 3 * 14
    reading = results["published_readings"][0]
    assert (reading["our_cells"], reading["their_cells"]) == (4, 18)
    page = (folder / "report" / "index.html").read_text(encoding="utf8")
    assert "For the layout only" in page
    assert (folder / "report" / "published.csv").is_file()


@pytest.mark.long
def test_a_thinner_twin_keeps_as_many_rows_of_a_label_as_are_asked_for(
    thin: tuple[Path, dict[str, Any]],
) -> None:
    folder, results = thin
    (found,) = (one["funnel"] for one in results["yields"])
    assert {of["kept"] for of in found["by_label"].values()} == {300}
    assert found["until"] == {"kept": 300, "candidates": 600, "short": []}
    (first,), (whole,) = (
        (folder / "store" / "done").glob(f"{stage}-*/raw.parquet") for stage in ("sample", "sample_on")
    )
    written = pl.read_parquet(whole)
    assert written.height == found["raw"]
    assert written.filter(pl.col("row") < 300).equals(pl.read_parquet(first))


@pytest.mark.long
def test_the_disk_that_was_foretold_is_the_disk_that_is_taken(thin: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = thin
    made, store = plan(load_study(str(folder / "thin.yaml"))), Store(folder / "store")
    foretold = {step.key: cost.size for step, cost in count_costs(made, Store(folder / "empty")).steps}
    for stage in ("train_classifier", "train_generator"):
        for step in (step for step in made.steps if step.stage == stage):
            weights = sum(path.stat().st_size for path in store.folder(step).rglob("*.safetensors"))
            assert weights == pytest.approx(foretold[step.key], rel=0.1), step.title


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_whole_twin_runs_to_figures_beside_the_paper_s(tmp_path: Path) -> None:
    results = run(tmp_path, "zhang2025-twin", "--workers", "2")
    assert results["missing"] == []
    assert len(results["models"]) == 60
    cells = pl.DataFrame(results["published_cells"], infer_schema_length=None)
    assert cells["ours"].null_count() == 0
    assert {row["our_cells"] for row in results["published_readings"]} == {18}
