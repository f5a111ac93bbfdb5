"""`scripts/pretrain_microworld.py`: a stopped training continues to the same base."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import pretrain_microworld
from pretrain_microworld import Settings
from scotoma.models import checkpoints
from scotoma.models.optimization import share_of_rate

TINY = Settings(
    documents=60,
    primer_steps=3,
    steps=12,
    warmup_steps=4,
    batch_size=4,
    hidden_size=16,
    intermediate_size=48,
    layers=2,
    heads=2,
)


def pretrained(settings: Settings, folder: Path | None = None) -> tuple[dict[str, torch.Tensor], list[Any]]:
    torch.manual_seed(0)
    tokenizer = pretrain_microworld.build_tokenizer(settings)
    texts = [pretrain_microworld._write_text(settings, at) for at in range(settings.documents)]
    model, curve, _ = pretrain_microworld.pretrain(settings, tokenizer, texts, "cpu", folder)
    return model.state_dict(), curve


def stop_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the pre-training that comes next stop in the midst of a step."""
    loss, calls = pretrain_microworld._loss, iter(range(step))

    def stopping(*arguments: Any) -> Any:
        if next(calls, None) is None:
            raise KeyboardInterrupt
        return loss(*arguments)

    monkeypatch.setattr(pretrain_microworld, "_loss", stopping)


@pytest.mark.parametrize("optimizer", ["muon", "adamw"])
def test_a_base_whose_training_was_stopped_twice_is_the_base_of_one_that_was_not(
    optimizer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(TINY, optimizer=optimizer)
    weights, curve = pretrained(settings)
    monkeypatch.setattr(checkpoints, "_EVERY", 0.0)
    for steps in (5, 3):
        with monkeypatch.context() as patch:
            stop_at(steps, patch)
            with pytest.raises(KeyboardInterrupt):
                pretrained(settings, tmp_path)
    (newest, _) = sorted(tmp_path.iterdir(), reverse=True)
    assert newest.name.startswith("000000008-")
    resumed, curve_of_resumed = pretrained(settings, tmp_path)
    assert curve_of_resumed == curve
    assert all(torch.equal(resumed[name], value) for name, value in weights.items())


def test_the_learning_rate_rises_from_zero_and_ends_near_zero() -> None:
    shares = [share_of_rate("cosine", step, TINY.warmup_steps, TINY.steps) for step in range(TINY.steps)]
    assert shares[:5] == [0, 0.25, 0.5, 0.75, 1]
    assert shares[8] == pytest.approx(0.5)
    assert shares[-1] == pytest.approx(0.0381, abs=1e-4)
