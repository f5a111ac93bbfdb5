"""What servers have been asked so far, each step counted once."""

import json
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from scotoma.experiment import Plan, plan
from scotoma.run.cost import spent
from scotoma.stages.server_answers import USAGE
from scotoma.store.steps import Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from three_arms import THREE_ARMS

SAMPLING = {"temperature": 1.0, "top_p": 0.95, "candidates_per_label": 40, "max_new_tokens": 60}
ENDPOINT = {"url": "http://127.0.0.1:1/v1", "model": "tiny", "api": "completions", "sampling": SAMPLING}
COUNTED = {"rows": 120, "rows_without_tokens": 0, "prompt_tokens": 840, "completion_tokens": 1320}


class Asked:
    """Stands for a store in which these stages are done, each with the same count."""

    def __init__(self, folder: Path, *stages: str) -> None:
        self._folder, self._stages = folder, stages
        (folder / USAGE).write_text(json.dumps(COUNTED), encoding="utf8")

    def done(self, step: Step) -> bool:
        return step.stage in self._stages

    def folder(self, step: Step) -> Path:
        return self._folder


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    """One replicate, with two generators on one server."""
    content: dict[str, Any] = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    del content["generator"]
    two = {name: {"endpoint": {**ENDPOINT, "shots": 2, "concurrency": n}} for n, name in enumerate("ab", 1)}
    arms = [{"synthetic": 100}]
    content |= {"generators": two, "replicates": 1, "arms": arms, "claims": []}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(content), encoding="utf8")
    return plan(load_study(str(tmp_path / "mine.yaml")))


def test_a_server_that_two_generators_ask_the_same_is_told_of_once(planned: Plan, tmp_path: Path) -> None:
    (said,) = spent(planned, cast(Store, Asked(tmp_path, "ask_endpoint")))
    assert said == "Asked tiny for 120 rows: 840 tokens of prompts, 1,320 of answers."


def test_before_anything_was_asked_nothing_is_said(planned: Plan, tmp_path: Path) -> None:
    assert list(spent(planned, cast(Store, Asked(tmp_path)))) == []
