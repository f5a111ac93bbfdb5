"""A batch that does not fit into memory, or is large for a CPU, is computed in parts: the same training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE

from scotoma.basics.errors import ScotomaError
from scotoma.models import batches
from scotoma.models.batches import rows_at_once
from scotoma.models.classifier import ClassifierLoss, new_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.generator import GeneratorLoss, new_generator, train_generator
from scotoma.models.training import Trained
from scotoma.tasks import MICROWORLD

CALM = LORA.model_copy(update={"dropout": 0.0})


def classifier(base: Path, table: pl.DataFrame) -> tuple[Any, Trained]:
    model = new_classifier(base, "fp32", CALM, MICROWORLD.labels, 0, "cpu")
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    rows = prompts(base, MICROWORLD, table)
    return model, train_classifier(model, rows, labels, RECIPE, 0, lambda done, total: None)


def generator(base: Path, table: pl.DataFrame) -> tuple[Any, Trained]:
    model = new_generator(base, "fp32", CALM, 0, "cpu")
    progress = lambda done, total: None  # noqa: E731
    return model, train_generator(model, base, MICROWORLD, table, "fp32", RECIPE, 0, progress)


def cramp(kind: Any, room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets a forward pass of more than so many rows run out of memory."""
    forward = kind.forward

    def cramped(self: Any, input_ids: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        if len(input_ids) > room:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 TiB")
        return forward(self, *rest, input_ids=input_ids, **named)

    monkeypatch.setattr(kind, "forward", cramped)


@pytest.mark.parametrize(
    ("train", "kind"), [(classifier, ClassifierLoss), (generator, GeneratorLoss)], ids=["task", "generator"]
)
@pytest.mark.parametrize("room", [2, 1])
def test_weights_and_losses_are_those_of_whole_batches_and_the_parts_are_counted(
    base: Path,
    table: pl.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., tuple[Any, Trained]],
    kind: Any,
    room: int,
) -> None:
    whole, expected = train(base, table)
    cramp(kind, room, monkeypatch)
    parted, found = train(base, table)
    assert (expected.parts, found.parts) == (1, RECIPE.batch_size // room)
    torch.testing.assert_close(
        torch.tensor(found.losses), torch.tensor(expected.losses), rtol=1e-3, atol=1e-4
    )
    for one, other in zip(whole.parameters(), parted.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(
    ("train", "kind"), [(classifier, ClassifierLoss), (generator, GeneratorLoss)], ids=["task", "generator"]
)
def test_a_cpu_takes_a_large_batch_in_parts_to_the_same_weights(
    base: Path,
    table: pl.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
    train: Callable[..., tuple[Any, Trained]],
    kind: Any,
) -> None:
    monkeypatch.setattr(kind, "packs", False)
    forward, shapes = kind.forward, []

    def looked_at(self: Any, input_ids: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        shapes.append(tuple(input_ids.shape))
        return forward(self, *rest, input_ids=input_ids, **named)

    monkeypatch.setattr(kind, "forward", looked_at)
    whole, expected = train(base, table)
    assert {n_rows for n_rows, _ in shapes} == {RECIPE.batch_size}
    shapes.clear()
    monkeypatch.setattr(batches, "_TOKENS_AT_ONCE", 50)
    parted, found = train(base, table)
    assert shapes
    assert all(1 <= n_rows <= max(1, 50 // n_tokens) < RECIPE.batch_size for n_rows, n_tokens in shapes)
    assert found.parts == 1  # memory sufficed
    torch.testing.assert_close(
        torch.tensor(found.losses), torch.tensor(expected.losses), rtol=1e-3, atol=1e-4
    )
    for one, other in zip(whole.parameters(), parted.parameters(), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-2, atol=1e-3)


def test_packed_tokens_are_never_parted_for_their_number(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, expected = classifier(base, table)
    assert expected.packed
    monkeypatch.setattr(batches, "_TOKENS_AT_ONCE", 50)
    _, found = classifier(base, table)
    assert found.losses == expected.losses


def test_a_row_longer_than_a_cpu_takes_at_a_time_is_a_part_of_its_own() -> None:
    assert (rows_at_once(1), rows_at_once(300), rows_at_once(1024), rows_at_once(5000)) == (1024, 3, 1, 1)


def test_a_single_row_that_does_not_fit_is_an_error(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    cramp(ClassifierLoss, 0, monkeypatch)
    with pytest.raises(ScotomaError, match="out of memory in training with a single row"):
        classifier(base, table)


def test_another_error_is_not_taken_for_a_lack_of_memory(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> torch.Tensor:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(ClassifierLoss, "forward", broken)
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        classifier(base, table)
