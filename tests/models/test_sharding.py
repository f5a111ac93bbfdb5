"""A model sharded over two processes: the training of one, but for rounding, and half of what it holds."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from safetensors.torch import load_file
from tiny import CASES, KILLED, LORA, Case, recipe_of

from scotoma.basics.errors import ScotomaError
from scotoma.models import together
from scotoma.models.base import load_config
from scotoma.models.classifier import load_classifier, new_classifier, save_classifier
from scotoma.models.classifier_training import prompts, seen, train_classifier
from scotoma.models.dry_run import memory_of_training
from scotoma.models.generator import new_generator, save_generator, train_generator
from scotoma.models.sharding import full_tensor, gather, layers, loading_device, shard, share_of
from scotoma.models.together import Team
from scotoma.run.spreading import spread
from scotoma.tasks import MICROWORLD

pytestmark = pytest.mark.long

PROGRAM = Path(__file__).with_name("sharded_trainings.py")

#: Largest difference of losses and of weights; a step in bf16 rounds to three digits.
ROUNDING = {"fp32": 1e-4, "bf16": 3e-2}


def quietly(done: int, total: int) -> None:
    """Watches no progress."""


@pytest.fixture(scope="module")
def few(table: pl.DataFrame) -> pl.DataFrame:
    """The last batch has one row, so that one of two processes has none."""
    return table.head(21)


@pytest.fixture(scope="module")
def sharded(base: Path, few: pl.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What two processes made of all cases."""
    folder = tmp_path_factory.mktemp("sharded")
    few.write_parquet(folder / "examples.parquet")
    command = [sys.executable, str(PROGRAM), str(base), str(folder / "examples.parquet"), str(folder / "out")]
    code = spread(command, 1, 2, logs=folder / "logs")
    said = [path.read_text() for path in sorted((folder / "logs").glob("*"))]
    assert code == 0, "\n".join(said)
    return folder / "out"


def alone(case: Case, base: Path, table: pl.DataFrame, out: Path) -> list[float]:
    """The losses of the same training in one process, which saves what comes out."""
    recipe = recipe_of(case)
    if case.what == "generator":
        model = new_generator(base, case.precision, case.adapter, 0, "cpu")
        losses = train_generator(model, base, MICROWORLD, table, case.precision, recipe, 0, quietly).losses
        save_generator(model, "tiny", out)
        return losses
    model = new_classifier(base, case.precision, case.adapter, MICROWORLD.labels, 0, "cpu")
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    losses = train_classifier(model, prompts(base, MICROWORLD, table), labels, recipe, 0, quietly).losses
    save_classifier(model, MICROWORLD.labels, "tiny", out)
    return losses


def weights(folder: Path) -> dict[str, torch.Tensor]:
    """All that was saved."""
    (path,) = folder.glob("*/*.safetensors")
    return load_file(path)


@pytest.mark.parametrize("name", CASES)
def test_losses_and_saved_weights_are_those_of_one_process(
    base: Path, few: pl.DataFrame, sharded: Path, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    expected = alone(case, base, few, tmp_path)
    found = json.loads((sharded / name / "losses.json").read_text())
    assert len(found) == 6
    assert found[-1] != found[0]
    np.testing.assert_allclose(found, expected, rtol=ROUNDING[case.precision], atol=1e-4)
    ours, theirs = weights(sharded / name), weights(tmp_path)
    assert ours.keys() == theirs.keys()
    for key, value in ours.items():
        assert value.dtype == theirs[key].dtype
        torch.testing.assert_close(value, theirs[key], rtol=ROUNDING[case.precision], atol=1e-3)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.what == "classifier"])
def test_what_was_saved_is_what_was_trained(base: Path, few: pl.DataFrame, sharded: Path, name: str) -> None:
    case = CASES[name]
    labels = MICROWORLD.labels
    read_back = load_classifier(base, sharded / name, case.precision, case.adapter, labels, "cpu")
    trained = torch.tensor(json.loads((sharded / name / "logits.json").read_text()))
    logits = seen(read_back, prompts(base, MICROWORLD, few))[1]
    torch.testing.assert_close(logits, trained, rtol=ROUNDING[case.precision], atol=1e-4)


def test_a_killed_training_goes_on_to_the_same_bytes(sharded: Path) -> None:
    for path in (sharded / KILLED).rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (sharded / "again" / path.relative_to(sharded / KILLED)).read_bytes()


def test_a_state_of_two_processes_is_taken_up_by_one(base: Path, few: pl.DataFrame, sharded: Path) -> None:
    case = CASES[KILLED]
    model = new_classifier(base, case.precision, case.adapter, MICROWORLD.labels, 0, "cpu")
    labels = [MICROWORLD.labels.index(label) for label in few["label"]]
    done: list[int] = []
    losses = train_classifier(
        model,
        prompts(base, MICROWORLD, few),
        labels,
        recipe_of(case),
        0,
        lambda n, _: done.append(n),
        sharded / "states",
    ).losses
    assert done == [21]  # the last step's row alone was left
    np.testing.assert_allclose(losses, json.loads((sharded / KILLED / "losses.json").read_text()), rtol=1e-4)


@pytest.mark.parametrize("name", CASES)
def test_the_estimate_is_what_the_first_process_holds_and_the_other_holds_no_more(
    base: Path, sharded: Path, name: str
) -> None:
    case = CASES[name]
    estimate = memory_of_training(
        load_config(base),
        case.precision,
        case.adapter,
        n_labels=None if case.what == "generator" else 3,
        rows=4,
        tokens=32,
        processes=2,
        sharded=True,
    )
    first, second = (json.loads((sharded / f"shares-{rank}.json").read_text())[name] for rank in (0, 1))
    assert first == {part: getattr(estimate, part) for part in first}
    assert all(0.9 * first[part] < second[part] <= first[part] for part in first)


def test_two_layers_and_what_lies_outside_are_gathered_with_their_gradients(base: Path) -> None:
    case = CASES["full"]
    model: Any = new_classifier(base, case.precision, case.adapter, MICROWORLD.labels, 0, "cpu")
    in_layers = [sum(weight.nbytes for weight in layer.parameters()) for layer in layers(model)]
    assert len(in_layers) == 2
    config, n = load_config(base), {"rows": 4, "tokens": 32, "n_labels": 3}
    found = memory_of_training(config, "fp32", case.adapter, processes=2, sharded=True, **n)  # type: ignore[arg-type]
    # Both layers of this model, so all of it.
    assert found.gathered == 2 * sum(weight.nbytes for weight in model.parameters())
    assert memory_of_training(config, "fp32", case.adapter, processes=2, **n).gathered == 0  # type: ignore[arg-type]


def test_where_no_team_shards_nothing_changes(base: Path) -> None:
    model = new_classifier(base, "fp32", LORA, MICROWORLD.labels, 0, "cpu")
    before = dict(model.named_parameters())
    shard(model)
    gather(model)
    assert all(weight is before[name] for name, weight in model.named_parameters())
    weight = torch.ones(2)
    assert full_tensor(weight) is weight
    assert share_of(weight, weight) is weight
    assert loading_device("cuda:1") == "cuda:1"


def test_a_model_without_known_layers_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "_team", Team(size=2, mesh=object()))  # type: ignore[arg-type]
    assert loading_device("cuda:1") == "cpu"
    with pytest.raises(ScotomaError, match="does not say which of its modules are layers"):
        shard(torch.nn.Linear(2, 2))
