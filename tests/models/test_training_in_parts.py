"""A batch that does not fit into memory is computed in parts: the same training."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE

from scotoma.basics.errors import ScotomaError
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
