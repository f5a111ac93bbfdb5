"""Two processes that train one model together, or share it: the training of one, but for rounding."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from scotoma.experiment import plan
from scotoma.store.store import Store
from scotoma.study.file import load_study

SMALL = Path(__file__).parent / "small_study.yaml"


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A start, a generator and an arm, without dropout; one row is left for the arm's last batch."""
    settings = yaml.safe_load(SMALL.read_text(encoding="utf8"))
    settings["generator"]["adapter"]["dropout"] = 0.0
    settings["generator"]["recipe"]["epochs"] = 1
    settings["generator"]["sampling"] |= {"candidates_per_label": 2, "max_new_tokens": 4}
    settings |= {"starts": [60], "arms": [{"original": 33}, {"synthetic": 3}]}
    path = tmp_path / "few.yaml"
    path.write_text(yaml.safe_dump(settings | {"claims": []}), encoding="utf8")
    return path


@pytest.fixture
def sharded(study: Path) -> Path:
    """The same study, which says that two processes share a model."""
    path = study.with_name("sharded.yaml")
    spread = "distributed: {processes: 2, sharding: fsdp}\n"
    path.write_text(study.read_text(encoding="utf8") + spread, encoding="utf8")
    return path


def trainings(study: Path, store: Path, *options: str) -> dict[str, dict[str, object]]:
    """What the classifier on original rows and the generator say of their trainings, by title."""
    command = [sys.executable, "-m", "scotoma", "run", str(study), "--store", str(store), "--device", "cpu"]
    # What four tokens hold passes no screen, so the run ends there, after the trainings that count.
    ended = subprocess.run(
        [*command, *options],
        cwd=study.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = {
        step.title: json.loads((Store(store).folder(step) / "training.json").read_text())
        for step in plan(load_study(str(study))).steps
        if step.stage in ("train_classifier", "train_generator") and Store(store).done(step)
    }
    assert len(found) == 3, ended.stderr
    return found


@pytest.mark.slow
def test_losses_are_those_of_one_process(study: Path, sharded: Path, tmp_path: Path) -> None:
    alone = trainings(study, tmp_path / "alone")
    together = trainings(study, tmp_path / "together", "--processes-per-training", "2")
    shared = trainings(sharded, tmp_path / "shared")
    for title, one in alone.items():
        for both in (together[title], shared[title]):
            assert (one["processes"], both["processes"]) == (1, 2)
            np.testing.assert_allclose(both["loss"], one["loss"], rtol=2e-3, atol=1e-4)
