"""An arm that leaves rows out says so where it has left none out: its models are those of arm `synthetic`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from scotoma.basics.records import EXAMPLES, to_table, write_table
from scotoma.experiment import Plan, plan
from scotoma.results.idle import idle
from scotoma.results.reader import Reader
from scotoma.results.results import results
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.sample import Sample
from scotoma.stages.screen import REJECTS, YIELD, Screen
from scotoma.stages.train_generator import TrainGenerator
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import draw_pairs
from small_study import STUDY

ARMS: list[Any] = [
    {"synthetic": 30},
    {"z_filtered": {"threshold": 99, "n": 30}},
    {"z_filtered": {"threshold": 0.5, "n": 12}},
    {"verified": 30},
    {"verified": {"verifier_accuracy": 0.5, "n": 30}},
]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Plan, Store]:
    """Two replicates whose pools are pairs with true labels: everything that is trained on, and no model."""
    study = yaml.safe_load(STUDY)
    study |= {"arms": ARMS, "starts": [60], "claims": [], "replicates": 2}
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    planned, store = plan(load_study(str(tmp_path / "mine.yaml"))), Store(tmp_path / "store")

    def run(screen: Screen, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        write_table(
            to_table(draw_pairs(300, 0.6, screen.raw.seed, "train"), MICROWORLD.fields), out / EXAMPLES
        )
        names = ("id", "label", "text", "reason")
        write_table(pl.DataFrame(schema=dict.fromkeys(names, pl.String)), out / REJECTS)
        (out / YIELD).write_text('{"raw": 300, "kept": 300, "rejected": {}, "by_label": {}}')

    monkeypatch.setattr(Screen, "run", run)
    for stage in (PrepareBase, TrainGenerator, Sample):
        monkeypatch.setattr(stage, "run", lambda step, *, out, inputs, runtime: None)
    for step in planned.steps:
        if step.stage not in ("train_classifier", "predict"):
            store.make(step, Runtime())
    return planned, store


def test_an_arm_that_leaves_no_row_out_is_named_with_what_that_means(made: tuple[Plan, Store]) -> None:
    planned, store = made
    same = "has exactly the rows of an arm `synthetic` of its size"
    filtered, verified = idle(planned, Reader.of(store))
    assert filtered == (
        f"In every replicate z_filtered-99-30 {same}: its filter turned no row away; a lower threshold may."
    )
    assert verified == (
        f"In every replicate verified-30 {same}: every row that it would have drawn unverified was confirmed."
    )


def test_the_replicates_are_named_where_it_is_not_so_in_all(made: tuple[Plan, Store]) -> None:
    planned, store = made
    for model in planned.models:
        data = model.predictions.classifier.data
        if data is not None and model.replicate == 1 and model.arm.name.startswith("verified"):
            store.discard(data)
    said = list(idle(planned, Reader.of(store)))
    assert said[1].startswith("In replicate 0 verified-30 has exactly the rows")


def test_the_report_says_it_among_what_is_missing(made: tuple[Plan, Store]) -> None:
    planned, store = made
    assert any(gap.startswith("In every replicate z_filtered-99-30") for gap in results(planned, store).gaps)
