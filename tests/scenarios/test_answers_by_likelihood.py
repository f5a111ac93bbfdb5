"""A tiny study whose task models have no head, from its file to its report."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from transformers import AutoModelForCausalLM, AutoTokenizer

import scotoma
from command_line import one_thread
from command_line import scotoma as command
from scotoma.basics.records import read_table
from scotoma.experiment import Plan, plan
from scotoma.models.quiet import silence_libraries
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from tiny_study import TINY

WORDS = {"entailment": "Yes", "neutral": "Maybe Maybe", "contradiction": "No"}
ANSWERS = {"by": "likelihood", "prompt": "{premise} {hypothesis}", "words": WORDS}
LORA = {"kind": "lora", "rank": 4, "alpha": 8, "dropout": 0.1, "targets": ["q_proj", "v_proj"]}


def planned(folder: Path, **changes: Any) -> Plan:
    folder.mkdir(exist_ok=True)
    content = yaml.safe_load(TINY) | {"answers": ANSWERS, "starts": [0, 60], **changes}
    (folder / "tiny.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf8")
    return plan(load_study(str(folder / "tiny.yaml")))


def run(folder: Path, made: Plan) -> Store:
    store = Store(folder / "store")
    with one_thread():
        for step in made.steps:
            store.make(step, Runtime())
    return store


def files(store: Store, step: Step) -> dict[str, str]:
    return cast("dict[str, str]", store.manifest(step)["files"])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("likelihood")


@pytest.fixture(scope="module")
def made(folder: Path) -> Plan:
    return planned(folder)


@pytest.fixture(scope="module")
def store(folder: Path, made: Plan) -> Store:
    return run(folder, made)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    with one_thread():
        yield


def by_transformers(model: str, tests: pl.DataFrame) -> np.ndarray:
    """Probabilities of the labels by the library alone: one text at a time, its logits, and no batch."""
    with silence_libraries(), torch.no_grad():
        tokenizer = AutoTokenizer.from_pretrained(model)
        asked = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
        rows = []
        for premise, hypothesis in tests.select("premise", "hypothesis").iter_rows():
            prompt, each = f"{premise} {hypothesis}", []
            n = len(tokenizer(prompt)["input_ids"])
            for word in WORDS.values():
                ids = torch.tensor([tokenizer(f"{prompt} {word}")["input_ids"]])
                log_p = torch.log_softmax(asked(ids).logits[0].double(), dim=-1)
                each.append(sum(log_p[at - 1, ids[0, at]] for at in range(n, ids.shape[1])))
            rows.append(torch.softmax(torch.stack(each), dim=0).numpy())
    return np.array(rows)


def answers(store: Store, model: Any) -> pl.DataFrame:
    return read_table(store.folder(model.predictions) / "predictions.parquet")


def shares(table: pl.DataFrame) -> np.ndarray:
    return table.select(f"p_{label}" for label in WORDS).to_numpy()


def test_probabilities_are_those_of_a_plain_forward_of_the_trained_model(made: Plan, store: Store) -> None:
    model = made.models[-1]
    assert model.name == "original-30"
    found = answers(store, model)
    tests = pl.concat(
        [
            read_table(store.folder(test) / "examples.parquet").select("premise", "hypothesis")
            for _, test in model.predictions.tests
        ]
    )
    theirs = by_transformers(str(store.folder(model.predictions.classifier) / "model"), tests)
    assert shares(found) == pytest.approx(theirs, abs=1e-5)
    labels = np.array(list(WORDS))
    assert (found["predicted"].to_numpy() == labels[theirs.argmax(axis=1)]).all()


def test_a_start_of_no_rows_is_the_base_as_it_is(made: Plan, store: Store) -> None:
    zero_shot = made.models[0]
    assert (zero_shot.start, zero_shot.name) == ("0", "none")
    table = answers(store, zero_shot)
    base = by_predict(store, "bundled:microworld_base", made)
    assert shares(table.filter(pl.col("test") == "microworld")) == pytest.approx(shares(base), abs=1e-6)


def by_predict(store: Store, model: str, made: Plan) -> pl.DataFrame:
    """What `scotoma predict` says of the same rows, by the study's prompt and words."""
    found = scotoma.predict(model, blindspot=str(store.root.parent / "tiny.yaml"), device="cpu")
    (rows,) = [test for name, test in made.models[0].predictions.tests if name == "microworld"]
    order = read_table(store.folder(rows) / "examples.parquet").select("id")
    return order.join(found, on="id", how="left", maintain_order="left")


def test_predict_asks_a_trained_task_model_alike(made: Plan, store: Store) -> None:
    model = made.models[-1]
    found = by_predict(store, str(store.folder(model.predictions.classifier) / "model"), made)
    ours = answers(store, model).filter(pl.col("test") == "microworld")
    assert shares(ours) == pytest.approx(shares(found), abs=1e-6)
    assert ours["predicted"].to_list() == found["predicted"].to_list()


def test_predict_asks_a_trained_adapter_alike(tmp_path: Path) -> None:
    base = {"name": "bundled:microworld_base", "precision": "fp32", "adapter": LORA}
    made = planned(tmp_path, model=base, starts=[60])
    store = run(tmp_path, made)
    adapter = store.folder(made.models[-1].predictions.classifier) / "adapter"
    ours = answers(store, made.models[-1]).filter(pl.col("test") == "microworld")
    assert shares(ours) == pytest.approx(shares(by_predict(store, str(adapter), made)), abs=1e-6)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(
    made: Plan, store: Store, tmp_path: Path
) -> None:
    again, other = planned(tmp_path / "again"), planned(tmp_path / "other", seed=1)
    second, third = run(tmp_path / "again", again), run(tmp_path / "other", other)
    for one, two, three in zip(made.models[1:], again.models[1:], other.models[1:], strict=True):
        for pick in (lambda model: model.predictions.classifier, lambda model: model.predictions):
            ours, same, others = (
                files(where, pick(model)) for where, model in ((store, one), (second, two), (third, three))
            )
            assert ours == same
            assert ours != others


def test_a_start_is_trained_on_and_every_folder_says_its_words(made: Plan, store: Store) -> None:
    trained = {model.start + model.name: store.folder(model.predictions.classifier) for model in made.models}
    weights = {(folder / "model" / "model.safetensors").read_bytes() for folder in trained.values()}
    assert len(weights) == len(trained) == 4
    assert all(json.loads((folder / "words.json").read_text()) == WORDS for folder in trained.values())
    report = json.loads((trained["60original-30"] / "training.json").read_text())
    assert (report["n_examples"], report["n_steps"], report["packed"]) == (30, 4, True)
    assert not (trained["60none"] / "head.json").exists()


def test_a_loss_at_which_training_stops_is_that_of_the_answer(tmp_path: Path) -> None:
    recipe = yaml.safe_load(TINY)["recipe"] | {"until_loss": 0.5, "epochs": 12}
    made = planned(tmp_path, recipe=recipe, starts=[60], arms=["none"])
    store = run(tmp_path, made)
    report = json.loads((store.folder(made.models[0].predictions.classifier) / "training.json").read_text())
    assert sum(report["loss"][-20:]) / 20 <= 0.5
    assert report["n_steps"] < 90


@pytest.mark.long
def test_the_whole_study_runs_to_a_report_that_says_how_it_was_asked(
    made: Plan, store: Store, folder: Path
) -> None:
    ended = command("run", "tiny.yaml", "--device", "cpu", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    results = json.loads((folder / "reports" / "tiny" / "results.json").read_text())
    assert {row["measure"] for row in results["measures"]} >= {"d_prime", "accuracy"}
    page = (folder / "reports" / "tiny" / "index.html").read_text(encoding="utf8")
    assert "They have no classification head" in page
