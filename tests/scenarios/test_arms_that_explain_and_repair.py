"""Curves, causes and repairs from a study file to the report, on a handful of rows."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from scotoma.experiment import plan
from scotoma.integrations.export import export_dataset
from scotoma.store.store import Store
from scotoma.study.file import load_study
from small_study import STUDY, artifacts, lend, prepare, run

pytestmark = pytest.mark.long

ARMS = """arms:
  - mixed: {synthetic: [0, 0.5, 1], n: 15}
  - z_filtered: {threshold: 3, n: 15}
  - counter_examples: {share: 0.2, n: 15, source: {microworld: {part: counter, n: 12}}}
  - coverage: {share: 0.8, n: 15}
  - original: {n: 3, samples: 2}
  - synthetic: {n: 3, samples: 2}
  - relabelled: 3
  - reweighted: 3
  - repaired: 3
  - noise_matched: 3
  - verified: {n: 3, by: agreement, answers: 2, agreeing: 2}
"""
BEFORE, _, AFTER = STUDY.partition("arms:\n")
OF_REPAIR = (
    BEFORE.replace("starts: [0, 60]", "starts: [60]")
    + "judge: {original: 60}\n"
    + ARMS
    + AFTER[AFTER.index("evaluation:") :]
)


@pytest.fixture(scope="module")
def folder(undisturbed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("repair")
    prepare(found, OF_REPAIR)
    lend(undisturbed, found)
    (found / "out.txt").write_text(run(found)[0])
    return found


def test_every_arm_is_evaluated_and_the_report_has_the_curve_and_the_parts(folder: Path) -> None:
    results = json.loads((folder / "reports" / "small" / "results.json").read_text())
    assert results["missing"] == []
    assert len(results["models"]) == 16
    assert [row["share"] for row in results["doses"]] == [0.5, 1]
    # Each on the task and in the blind spot, from one start.
    assert len(results["causes"]) == 2 * 6
    assert {"doses.csv", "causes.csv"} <= {path.name for path in (folder / "reports" / "small").iterdir()}
    assert "Share of synthetic rows among 15" in " ".join((folder / "out.txt").read_text().split())


def test_the_rows_of_every_arm_are_of_the_kinds_that_it_says(folder: Path) -> None:
    done = folder / "store" / "done"
    origins: dict[str, dict[str, int]] = {}
    for path in done.glob("assemble*"):
        settings = json.loads((path / "manifest.json").read_text())["settings"]
        if settings["arm"] != "all":
            table = pl.read_parquet(path / "examples.parquet")
            name = f"{settings['arm']['kind']}-{settings['arm']['n']}"
            origins[name] = dict(table["origin"].value_counts().iter_rows())
    assert origins["counter_examples-15"] == {"counter": 3, "synthetic": 12}
    assert origins["coverage-15"] == origins["z_filtered-15"] == {"synthetic": 15}
    assert origins["noise_matched-3"] == {"original": 3}
    (judged,) = done.glob("assemble-*/verified.json")
    of_label = json.loads(judged.read_text()).values()
    assert all(one["confirmed"] >= 1 and one["unread"] == 0 for one in of_label)
    (embedded,) = done.glob("embed-*/embeddings.npy")
    (pool,) = done.glob("screen-*/examples.parquet")
    vectors = np.load(embedded, allow_pickle=False)
    assert vectors.shape[0] == pl.read_parquet(pool).height
    assert np.isfinite(vectors).all()


def test_samples_of_an_arm_are_trained_apart_and_averaged(folder: Path) -> None:
    planned, store = plan(load_study(str(folder / "small.yaml"))), Store(folder / "store")
    sampled = [model for model in planned.models if model.name == "synthetic-3"]
    assert [model.model for model in sampled] == ["synthetic-3", "synthetic-3#2"]
    rows, right = [], []
    for model in sampled:
        data = model.predictions.classifier.data
        assert data is not None
        rows.append(set(pl.read_parquet(store.folder(data) / "examples.parquet")["id"]))
        answers = pl.read_parquet(store.folder(model.predictions) / "predictions.parquet").filter(
            test="general"
        )
        right.append(float((answers["predicted"] == answers["gold"]).to_numpy().mean()))
    assert not rows[0] & rows[1]
    measures = pl.read_parquet(folder / "reports" / "small" / "measures.parquet")
    (found,) = measures.filter(test="general", cell="all", measure="accuracy", arm="synthetic-3")["value"]
    assert found == pytest.approx(sum(right) / 2)
    assert "Inside each replicate original-3 and synthetic-3 were each trained on 2 disjoint samples" in (
        folder / "reports" / "small" / "index.html"
    ).read_text(encoding="utf8")


def test_samples_are_exported_as_splits_of_their_arm(folder: Path, tmp_path: Path) -> None:
    planned, store = plan(load_study(str(folder / "small.yaml"))), Store(folder / "store")
    export_dataset(planned, store, tmp_path / "data")
    found = sorted(path.stem for path in (tmp_path / "data" / "synthetic-3").iterdir())
    assert found == ["replicate_0", "replicate_0_sample_2"]


@pytest.mark.slow
def test_a_second_run_does_nothing(folder: Path) -> None:
    before = artifacts(folder)
    assert "0 steps ran" in run(folder)[1]
    assert artifacts(folder) == before
