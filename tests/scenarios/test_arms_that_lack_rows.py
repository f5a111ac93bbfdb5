"""An arm for which a generator has written too few rows is left out, and everything else is done."""

import json
from pathlib import Path

import pytest
import yaml

from scotoma.experiment import plan
from scotoma.results.shortages import shortages
from scotoma.store.store import Store
from scotoma.study.file import load_study
from small_study import ended, lend, prepare, start, with_two_arms

pytestmark = pytest.mark.long

#: All candidates would have to pass the screen; some never do.
ARMS = [{"original": 30}, {"synthetic": 240}, {"synthetic": 30}, {"biased": {"n": 3}}]


@pytest.mark.parametrize("workers", [1, 2])
def test_every_other_arm_is_done_and_the_report_says_what_is_missing(
    undisturbed: Path, tmp_path: Path, workers: int
) -> None:
    prepare(tmp_path, with_two_arms(arms=ARMS))
    lend(undisturbed, tmp_path)
    asked = ("run", "small.yaml", "--workers", str(workers))
    out, errors = ended(start(tmp_path, *asked), code=2)
    told = " ".join(out.split())
    assert "Left out in every replicate, for lack of rows: synthetic-240 from start 60. Arm" in told
    assert "3 left out." in errors
    assert "1 model left out for lack of rows: synthetic-240; everything else is done and reported" in errors
    if workers == 1:  # before any arm was trained
        assert errors.index("assemble synthetic-240") < errors.index("train classifier")
    results = json.loads((tmp_path / "reports" / "small" / "results.json").read_text())
    assert results["missing"] == ["replicate 0, start 60, arm synthetic-240"]
    (gap,) = results["gaps"]
    assert "asks for 80 screened synthetic rows labelled" in gap
    planned, store = plan(load_study(str(tmp_path / "small.yaml"))), Store(tmp_path / "store")
    (short,) = shortages(planned, store)
    assert (short.model, short.start, short.replicates) == ("synthetic-240", "60", (0,))
    assert sum(not store.done(step) for step in planned.steps) == 3

    shown, _ = ended(start(tmp_path, "status", "small.yaml"))
    assert "1 failed, 2 left out" in " ".join(shown.split())
    shown, _ = ended(start(tmp_path, "plan", "small.yaml"))
    assert "Left out in every replicate, for lack of rows: synthetic-240" in " ".join(shown.split())

    settings = yaml.safe_load((tmp_path / "small.yaml").read_text(encoding="utf8"))
    settings["arms"] = [arm for arm in settings["arms"] if arm != {"synthetic": 240}]
    (tmp_path / "small.yaml").write_text(yaml.safe_dump(settings), encoding="utf8")
    _, errors = ended(start(tmp_path, *asked))
    assert "0 steps ran" in errors
    assert "left out" not in errors
