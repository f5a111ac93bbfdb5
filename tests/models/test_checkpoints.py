"""A training that was killed goes on and ends as if it had not been."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE

from scotoma.basics import interruption
from scotoma.models import checkpoints
from scotoma.models.classifier import Classifier, ClassifierLoss, new_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.generator import new_generator, train_generator
from scotoma.study.settings.models import Adapter, Full, Recipe
from scotoma.tasks import MICROWORLD

FULL = Full(kind="full")


class Killed(Exception):
    """Stands for the end of the process."""


def until(rows: int) -> Callable[[int, int], None]:
    def progress(done: int, _total: int) -> None:
        if done >= rows:
            raise Killed

    return progress


@pytest.fixture(autouse=True)
def _at_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_EVERY", 0.0)


def train(
    base: Path,
    table: pl.DataFrame,
    folder: Path | None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    adapter: Adapter = LORA,
    recipe: Recipe = RECIPE,
) -> tuple[Classifier, list[float]]:
    model = new_classifier(base, "fp32", adapter, MICROWORLD.labels, 0, "cpu")
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    rows = prompts(base, MICROWORLD, table)
    return model, train_classifier(model, rows, labels, recipe, 0, progress, folder).losses


def weights(model: torch.nn.Module) -> list[torch.Tensor]:
    return [weight for weight in model.parameters() if weight.requires_grad]


@pytest.mark.parametrize("schedule", ["cosine", "constant"])
@pytest.mark.parametrize("adapter", [LORA, FULL], ids=["lora", "full"])
def test_a_classifier_killed_twice_ends_with_the_same_weights_and_losses(
    base: Path, table: pl.DataFrame, tmp_path: Path, adapter: Adapter, schedule: str
) -> None:
    recipe = RECIPE.model_copy(update={"schedule": schedule})
    whole, losses = train(base, table, None, adapter=adapter, recipe=recipe)
    for rows in (12, 32):
        with pytest.raises(Killed):
            train(base, table, tmp_path, until(rows), adapter, recipe)
    seen: list[tuple[int, int]] = []
    again, same = train(base, table, tmp_path, lambda *of: seen.append(of), adapter, recipe)
    assert same == losses
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(again), strict=True))
    # The killed step is done again; those before it are not.
    assert (seen[0], seen[-1]) == ((32, 48), (48, 48))


def test_a_signal_waits_for_the_step_and_a_checkpoint(
    base: Path, table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    losses = train(base, table, None)[1]
    monkeypatch.setattr(checkpoints, "_EVERY", 1e9)

    def signal_after(done: int, _total: int) -> None:
        if done == 16:
            interruption.interrupt(15, None)

    with pytest.raises(interruption.Interrupted):
        train(base, table, tmp_path, signal_after)
    assert len(list(tmp_path.iterdir())) == 1
    assert not interruption.is_requested()
    seen: list[int] = []
    assert train(base, table, tmp_path, lambda done, _: seen.append(done))[1] == losses
    assert seen[0] == 20


def signalled(times: int) -> None:
    with interruption.saves_first():
        for _ in range(times):
            interruption.interrupt(15, None)


def test_a_second_signal_and_one_outside_a_training_stop_at_once() -> None:
    with pytest.raises(interruption.Interrupted):
        interruption.interrupt(15, None)
    with pytest.raises(interruption.Interrupted):
        signalled(2)
    assert not interruption.is_requested()


def test_a_signal_that_comes_too_late_for_the_training_to_look_is_not_lost() -> None:
    with pytest.raises(interruption.Interrupted):
        signalled(1)
    assert not interruption.is_requested()


def test_a_generator_killed_ends_the_same(base: Path, table: pl.DataFrame, tmp_path: Path) -> None:
    def run(folder: Path | None, progress: Callable[[int, int], None]) -> list[float]:
        model = new_generator(base, "fp32", LORA, 0, "cpu")
        return train_generator(model, base, MICROWORLD, table, "fp32", RECIPE, 0, progress, folder).losses

    losses = run(None, until(1000))
    with pytest.raises(Killed):
        run(tmp_path, until(20))
    assert run(tmp_path, until(1000)) == losses


def test_of_two_checkpoints_a_spoilt_one_is_passed_over(
    base: Path, table: pl.DataFrame, tmp_path: Path
) -> None:
    losses = train(base, table, None)[1]
    with pytest.raises(Killed):
        train(base, table, tmp_path, until(24))
    old, new = sorted(tmp_path.iterdir())
    new.write_bytes(new.read_bytes()[:-7])
    seen: list[int] = []
    assert train(base, table, tmp_path, lambda done, _: seen.append(done))[1] == losses
    assert seen[0] == 20
    assert old.name < new.name


def test_with_all_checkpoints_spoilt_it_begins_anew(base: Path, table: pl.DataFrame, tmp_path: Path) -> None:
    losses = train(base, table, None)[1]
    with pytest.raises(Killed):
        train(base, table, tmp_path, until(24))
    for path in tmp_path.iterdir():
        path.write_bytes(b"")
    seen: list[int] = []
    assert train(base, table, tmp_path, lambda done, _: seen.append(done))[1] == losses
    assert seen[0] == 4


def test_a_training_goes_on_in_as_many_parts_as_memory_left_it(
    base: Path, table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forward = ClassifierLoss.forward
    n_full = 0

    def once_cramped(self: Any, input_ids: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        nonlocal n_full
        n_full += len(input_ids) == RECIPE.batch_size
        if n_full == 1 and len(input_ids) == RECIPE.batch_size:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return forward(self, *rest, input_ids=input_ids, **named)

    monkeypatch.setattr(ClassifierLoss, "forward", once_cramped)
    calm = LORA.model_copy(update={"dropout": 0.0})
    whole, losses = train(base, table, None, adapter=calm)
    n_full = 0
    with pytest.raises(Killed):
        train(base, table, tmp_path, until(12), adapter=calm)
    again, same = train(base, table, tmp_path, adapter=calm)
    assert same == losses
    assert all(torch.equal(a, b) for a, b in zip(weights(whole), weights(again), strict=True))
    assert n_full == 1  # parted from the first step on, before and after


def test_a_state_from_a_machine_without_a_gpu_is_taken_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    states = checkpoints.generators()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    checkpoints.set_generators({"generator": states["generator"]})
    assert torch.equal(torch.get_rng_state(), states["generator"])
