import statistics
from pathlib import Path

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE

from scotoma.basics.errors import ScotomaError
from scotoma.models.classifier import Classifier, new_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.generator import new_generator, train_generator
from scotoma.study.settings.models import Adapter, Full, Recipe
from scotoma.tasks import MICROWORLD

FULL = Full(kind="full")


def quiet_progress(_done: int, _total: int) -> None:
    """No one watches."""


def trained(
    base: Path,
    table: pl.DataFrame,
    *,
    adapter: Adapter = LORA,
    precision: str = "fp32",
    recipe: Recipe = RECIPE,
    seed: int = 0,
    init_seed: int = 0,
) -> tuple[Classifier, list[float]]:
    model = new_classifier(base, precision, adapter, MICROWORLD.labels, init_seed, "cpu")
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    rows = prompts(base, MICROWORLD, table)
    losses = train_classifier(model, rows, labels, recipe, seed, quiet_progress).losses
    return model, losses


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("adapter", [LORA, FULL], ids=["lora", "full"])
def test_training_learns_the_rows(base: Path, table: pl.DataFrame, adapter: Adapter, precision: str) -> None:
    recipe = RECIPE.model_copy(update={"epochs": 15})
    model, losses = trained(base, table, adapter=adapter, precision=precision, recipe=recipe)
    assert sum(losses[-6:]) < sum(losses[:6]) / 2
    predicted = model.logits(prompts(base, MICROWORLD, table)).argmax(dim=1)
    gold = torch.tensor([MICROWORLD.labels.index(label) for label in table["label"]])
    assert (predicted == gold).float().mean() > 0.8


def test_the_same_seed_gives_the_same_losses_and_another_seed_others(base: Path, table: pl.DataFrame) -> None:
    (one, losses), (same, again) = trained(base, table), trained(base, table)
    assert losses == again
    assert one.head_sha256() == same.head_sha256()
    assert trained(base, table, seed=1)[1] != losses


def test_a_training_stops_at_the_loss_that_it_is_asked_for_and_is_till_then_the_same(
    base: Path, table: pl.DataFrame
) -> None:
    recipe = RECIPE.model_copy(update={"epochs": 15})
    _, whole = trained(base, table, recipe=recipe)
    means = [statistics.fmean(whole[n - 20 : n]) for n in range(20, len(whole) + 1)]
    until = (means[0] + min(means)) / 2
    n_steps = 20 + next(n for n, mean in enumerate(means) if mean <= until)
    _, losses = trained(base, table, recipe=recipe.model_copy(update={"until_loss": until}))
    assert losses == whole[:n_steps]
    assert n_steps < len(whole)


def test_a_training_that_never_comes_down_to_its_loss_is_refused(base: Path, table: pl.DataFrame) -> None:
    recipe = RECIPE.model_copy(update={"epochs": 4, "until_loss": 1e-9})
    with pytest.raises(ScotomaError, match=r"after all \d+ and never reached 1e-09"):
        trained(base, table, recipe=recipe)


def test_a_recipe_without_a_loss_to_stop_at_is_the_one_it_was(base: Path) -> None:
    assert "until_loss" not in RECIPE.model_dump(context="identity")
    stops = RECIPE.model_copy(update={"until_loss": 0.5})
    assert stops.model_dump(context="identity")["until_loss"] == 0.5


def test_dropout_draws_from_its_own_stream(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = trained(base, table)[1]
    monkeypatch.setattr("scotoma.models.classifier_training.seed_of", lambda *_: 7)
    other = trained(base, table)[1]
    # Updates begin at zero, so the first loss shows the order alone.
    assert other[0] == plain[0]
    assert other != plain


def test_the_frozen_base_stays_as_it_was(base: Path, table: pl.DataFrame) -> None:
    def frozen(model: Classifier) -> list[torch.Tensor]:
        return [p for name, p in model.named_parameters() if not p.requires_grad and "original" not in name]

    fresh = new_classifier(base, "bf16", LORA, MICROWORLD.labels, 0, "cpu")
    model, _ = trained(base, table, precision="bf16")
    assert len(frozen(fresh)) > 10
    assert all(torch.equal(a, b) for a, b in zip(frozen(fresh), frozen(model), strict=True))


def test_training_leaves_the_global_generator_alone(base: Path, table: pl.DataFrame) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    trained(base, table)
    assert torch.equal(torch.rand(3), expected)


def test_progress_counts_rows(base: Path, table: pl.DataFrame) -> None:
    seen: list[tuple[int, int]] = []
    model = new_classifier(base, "fp32", LORA, MICROWORLD.labels, 0, "cpu")
    rows = prompts(base, MICROWORLD, table)
    train_classifier(model, rows, [0] * 24, RECIPE, 0, lambda done, total: seen.append((done, total)))
    assert seen[0] == (4, 48)
    assert seen[-1] == (48, 48)
    assert len(seen) == 12


def test_a_training_that_blows_up_is_stopped(base: Path, table: pl.DataFrame) -> None:
    wild = RECIPE.model_copy(update={"learning_rate": 1e18, "warmup": 0.0, "schedule": "constant"})
    with pytest.raises(ScotomaError, match="Lower the learning rate"):
        trained(base, table, recipe=wild, adapter=FULL)


def test_training_says_nothing(base: Path, table: pl.DataFrame, capfd: pytest.CaptureFixture[str]) -> None:
    trained(base, table)
    assert capfd.readouterr() == ("", "")


def test_a_generator_learns_and_repeats_itself(base: Path, table: pl.DataFrame) -> None:
    def losses(seed: int) -> list[float]:
        model = new_generator(base, "fp32", LORA, 0, "cpu")
        return train_generator(model, base, MICROWORLD, table, "fp32", RECIPE, seed, quiet_progress).losses

    one = losses(0)
    assert sum(one[-3:]) < sum(one[:3])
    assert one == losses(0) != losses(1)
