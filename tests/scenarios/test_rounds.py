"""Rounds, two generators and two bases, each run to its report in one process."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from transformers import LlamaConfig, LlamaForCausalLM

from scotoma.basics.records import read_table
from scotoma.experiment import Plan, plan
from scotoma.models.names import resolve
from scotoma.models.quiet import silence_libraries
from scotoma.report.figures import figures
from scotoma.report.files import to_json, write_report
from scotoma.report.tables.contents import folded
from scotoma.results import results
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.file import load_study
from shipped_schemas import check_report
from small_study import STUDY

pytestmark = pytest.mark.long

BASE = resolve("bundled:microworld_base").paths[0]
SMALL = yaml.safe_load(STUDY)
GENERATOR = {
    "adapter": {"kind": "full"},
    "trained_on": "all",
    "recipe": {**SMALL["generator"]["recipe"], "epochs": 6, "batch_size": 8, "learning_rate": 2e-3},
    "sampling": {**SMALL["generator"]["sampling"], "temperature": 0.8, "candidates_per_label": 50},
}
#: A generator learns from 30 rows, or a few less, of each label.
FEW = {
    "data": {**SMALL["data"], "train": {"microworld": {"part": "train", "n": 90, "dial": 0.5}}},
    "starts": [30],
    "generator": GENERATOR,
    "arms": [{"original": 15}, {"synthetic": 15}],
}


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made(folder: Path, store: Path, **changes: Any) -> tuple[Plan, Store]:
    """A study's plan, and the store in which all of it is done."""
    content = {key: value for key, value in {**SMALL, **FEW, **changes}.items() if value is not None}
    (folder / "small.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
    planned, found = plan(load_study(str(folder / "small.yaml"))), Store(store)
    for step in planned.steps:
        found.make(step, Runtime())
    return planned, found


def record(planned: Plan, store: Store) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(to_json(results(planned, store).record()))
    return found


def hashes(planned: Plan, store: Store) -> dict[str, str]:
    """Of every table and of all weights."""
    return {
        f"{step.key}/{path.name}": hashlib.sha256(path.read_bytes()).hexdigest()
        for step in planned.steps
        for path in sorted(store.folder(step).rglob("*"))
        if path.suffix in (".parquet", ".safetensors")
    }


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store for all studies of this module that differ in their rounds alone."""
    return tmp_path_factory.mktemp("shared")


@pytest.mark.parametrize(
    "data",
    ["replace", *(pytest.param(f"accumulate{how}", marks=pytest.mark.slow) for how in ("", "_subsample"))],
)
def test_three_rounds_end_in_a_report_of_every_round(shared: Path, tmp_path: Path, data: str) -> None:
    planned, store = made(tmp_path, shared, rounds={"k": 3, "data": data})
    found = record(planned, store)
    assert found["missing"] == []
    arms = ["none", "original-15", "synthetic-15", "synthetic-15@2", "synthetic-15@3"]
    assert [model["arm"] for model in found["models"]] == arms
    assert [verdict["arm"] for verdict in found["verdicts"]] == arms[2:]
    assert {verdict["reference"] for verdict in found["verdicts"]} == {"original-15"}
    assert [one["round"] for one in found["yields"]] == [1, 2, 3]
    assert [row["round"] for row in found["rounds"] if row["quantity"] == "true labels"] == [1, 2, 3]
    followed = {(row["source"], row["quantity"]) for row in found["rounds"]}
    assert {source for source, _ in followed} == {"synthetic-15", "pool"}
    assert len(followed) == 5
    general = [row for row in found["rounds"] if row["quantity"] == "accuracy on general"]
    assert [row["round"] for row in general] == [0, 1, 2, 3]
    raw = [read_table(store.folder(s) / "raw.parquet")["text"] for s in planned.steps if s.stage == "sample"]
    assert len(raw) == 3
    assert not any(set(one) == set(other) for one, other in ((raw[0], raw[1]), (raw[1], raw[2])))
    rows = [
        read_table(store.folder(s) / "examples.parquet") for s in planned.steps if s.stage == "round_data"
    ]
    original = rows[0].filter(origin="original").height
    assert (original == 0) == (data == "replace")
    assert (rows[1].height > rows[0].height) == (data == "accumulate")


def test_a_report_folder_has_the_rounds_as_figure_table_and_section(shared: Path, tmp_path: Path) -> None:
    planned, store = made(tmp_path, shared, rounds={"k": 2, "data": "replace"})
    write_report(results(planned, store), tmp_path / "report")
    for name in ("figures/rounds.png", "figures/rounds.pdf", "rounds.csv", "tables/Rounds.tex"):
        assert (tmp_path / "report" / name).stat().st_size > 0
    assert check_report(tmp_path / "report")["rounds"]
    page = (tmp_path / "report" / "index.html").read_text()
    assert '<section id="rounds">' in page
    assert "Drift by round" in page
    assert "round 1 to 2" in page


def test_the_same_seed_writes_the_same_bytes_in_every_round_and_another_seed_others(
    shared: Path, tmp_path: Path
) -> None:
    planned, store = made(tmp_path, shared, rounds={"k": 2, "data": "replace"})
    again, elsewhere = made(tmp_path, tmp_path / "again", rounds={"k": 2, "data": "replace"})
    assert hashes(planned, store) == hashes(again, elsewhere)
    other, third = made(tmp_path, tmp_path / "again", rounds={"k": 2, "data": "replace"}, seed=1)
    ours, theirs = (
        {
            (path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for step in of.steps
            if step.stage in ("sample", "round_data", "train_generator")
            for path in sorted(where.folder(step).rglob("*.[ps]*"))
            if path.suffix in (".parquet", ".safetensors")
        }
        for of, where in ((planned, store), (other, third))
    )
    assert len(ours) == len(theirs) == 5
    assert not ours & theirs


def test_two_generators_fill_arms_of_their_own(shared: Path, tmp_path: Path) -> None:
    """The second is another base: a copy, so it writes the same rows but for its temperature."""
    shutil.copytree(BASE, tmp_path / "other")
    own = {"name": "./other", "precision": "fp32", "adapter": {"kind": "full"}}
    other = {**GENERATOR, "model": own, "sampling": {**GENERATOR["sampling"], "temperature": 1.2}}
    planned, store = made(tmp_path, shared, generator=None, generators={"same": GENERATOR, "other": other})
    found = record(planned, store)
    written = ["synthetic-15+same", "synthetic-15+other"]
    assert [model["arm"] for model in found["models"]] == ["none", "original-15", *written]
    assert {one["generator"] for one in found["yields"]} == {"same", "other"}
    assert [verdict["arm"] for verdict in found["verdicts"]] == written
    assert len({model["sha256"] for model in found["models"]}) == 4
    (table,) = folded(results(planned, store))["Generators"]
    assert [row[:4] for row in table.rows] == [("30", "synthetic-15", "other", "1")]


def test_a_ladder_of_two_tiny_bases_runs_to_its_report(tmp_path: Path) -> None:
    for name, width in (("narrow", 16), ("wide", 32)):
        base = tmp_path / name
        shutil.copytree(BASE, base, ignore=shutil.ignore_patterns("*.safetensors", "pretraining.json"))
        config = LlamaConfig.from_pretrained(BASE)
        config.update({"hidden_size": width, "intermediate_size": width, "num_hidden_layers": 1})
        config.update({"num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": width // 2})
        with silence_libraries(), torch.random.fork_rng():
            torch.manual_seed(0)
            LlamaForCausalLM(config).save_pretrained(base)
    models = {
        name: {"name": f"./{name}", "precision": "fp32", "adapter": {"kind": "full"}}
        for name in ("narrow", "wide")
    }
    arms = [{"original": 15}, {"original_biased": 3}]
    claim = {**SMALL["claims"][0], "contrast": "original - start"}
    alone = {"model": None, "models": models, "generator": None, "claims": [claim], "arms": arms}
    planned, store = made(tmp_path, tmp_path / "store", **alone)
    found = record(planned, store)
    assert found["missing"] == []
    assert {model["start"] for model in found["models"]} == {"narrow/30", "wide/30"}
    assert [verdict["start"] for verdict in found["verdicts"]] == ["narrow/30", "wide/30"]
    values = {
        row["start"]: row["value"]
        for row in found["measures"]
        if (row["arm"], row["test"], row["cell"], row["measure"]) == ("none", "microworld", "all", "auc")
    }
    assert values["narrow/30"] != values["wide/30"]
    told = figures(results(planned, store))["task-and-microworld"].description
    assert "start narrow/30, original-15" in told
