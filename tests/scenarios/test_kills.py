"""A run that is killed at any moment, again and again, ends with the bytes of one that was left alone."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import killing
from scotoma.experiment import plan
from scotoma.study.file import load_study
from small_study import ONE_THREAD, STUDY, artifacts, prepare, reports, without_generator


def killed(
    folder: Path, undisturbed: Path, n_kills: int, seed: int = 0, study: str = STUDY
) -> dict[str, int]:
    """How often at each stage; the run ends after it."""
    prepare(folder, study)
    n_steps = len(plan(load_study(str(folder / "small.yaml"))).steps)
    command = [sys.executable, killing.__file__, str(folder), str(n_steps), str(n_kills), str(seed)]
    done = subprocess.run(
        command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    made, whole = artifacts(folder), artifacts(undisturbed)
    assert made == {name: whole[name] for name in made}
    if study == STUDY:
        assert made.keys() == whole.keys()
        assert reports(folder) == reports(undisturbed)
    counts: dict[str, int] = json.loads(done.stdout)
    return counts


def stages(undisturbed: Path) -> set[str]:
    return killing.stages({path.name for path in (undisturbed / "store" / "done").iterdir()})


@pytest.mark.long
def test_a_run_killed_some_times_ends_with_the_same_bytes(undisturbed: Path, tmp_path: Path) -> None:
    counts = killed(tmp_path, undisturbed, n_kills=4, study=without_generator())
    assert sum(counts.values()) == 4
    assert len(counts) >= 3


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_run_killed_more_than_a_hundred_times_at_every_stage_ends_with_the_same_bytes(
    undisturbed: Path, tmp_path: Path, seed: int
) -> None:
    counts = killed(tmp_path, undisturbed, n_kills=120, seed=seed)
    assert sum(counts.values()) == 120
    assert counts.keys() >= stages(undisturbed), counts
