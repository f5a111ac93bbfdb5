"""One frozen base in memory for all models on it."""

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE

from scotoma.models import base as bases
from scotoma.models.classifier import new_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.generator import new_generator, train_generator
from scotoma.tasks import MICROWORLD


def test_models_on_one_frozen_base_share_its_weights_and_read_them_once(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bases, "_held", {})
    read: list[str] = []
    load = bases.load_weights
    monkeypatch.setattr(
        bases, "load_weights", lambda *args, **how: read.append(args[1]) or load(*args, **how)
    )
    one, other = (new_classifier(base, "bf16", LORA, MICROWORLD.labels, seed, "cpu") for seed in (0, 1))
    assert len(read) == 1
    weights = [
        {name: weight for name, weight in model.named_parameters() if "base_layer" in name}
        for model in (one, other)
    ]
    assert len(weights[0]) > 3
    assert all(weights[0][name] is weights[1][name] for name in weights[0])
    assert one.head_sha256() != other.head_sha256()


def test_models_on_one_base_in_four_bits_share_it_and_do_not_disturb_each_other(
    make_tiny: Callable[..., Path], table: pl.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("bitsandbytes", reason="not here: bitsandbytes (pip install 'scotoma[quantised]')")
    # A study asks for a CUDA device; the library computes on a CPU as well, slowly.
    monkeypatch.setattr(bases, "require_bitsandbytes", lambda *args, **named: None)
    monkeypatch.setattr(bases, "_held", {})
    bases.prepare(str(make_tiny(hidden_size=64, intermediate_size=128)), None, None, tmp_path)
    rows = prompts(tmp_path, MICROWORLD, table)
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    adapter = LORA.model_copy(update={"kind": "qlora"})
    still, trained = (
        new_classifier(tmp_path, "bf16", adapter, MICROWORLD.labels, 0, "cpu") for _ in range(2)
    )
    layers = [
        [module for module in model.modules() if getattr(module, "quant_state", None) is not None]
        for model in (still, trained)
    ]
    assert len(layers[0]) == len(layers[1]) > 10
    for one, other in zip(*layers, strict=True):
        assert one is not other
        assert one.weight is other.weight
        assert one.quant_state is other.quant_state
    before = still.logits(rows)
    train_classifier(trained, rows, labels, RECIPE, 0, lambda done, total: None)
    assert torch.equal(still.logits(rows), before)
    assert not torch.equal(trained.logits(rows), before)


@pytest.mark.parametrize("also_train", [("lm_head",), ("embed_tokens", "lm_head")])
def test_generators_that_train_parts_whole_follow_one_another_on_one_base(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, also_train: tuple[str, ...]
) -> None:
    adapter = LORA.model_copy(update={"also_train": also_train})

    def losses() -> list[float]:
        model = new_generator(base, "bf16", adapter, 0, "cpu")
        return train_generator(
            model, base, MICROWORLD, table, "bf16", RECIPE, 0, lambda done, total: None
        ).losses

    monkeypatch.setattr(bases, "_held", {})
    expected = losses()
    assert losses() == expected
    (held,) = bases._held.values()
    assert {weight.dtype for weight in held.parameters()} == {torch.bfloat16}
    plain = new_generator(base, "bf16", LORA, 0, "cpu")
    assert plain.get_base_model().dtype == torch.bfloat16


def test_training_one_model_leaves_another_on_the_same_base_as_it_was(
    base: Path, table: pl.DataFrame
) -> None:
    rows = prompts(base, MICROWORLD, table)
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    for precision in ("fp32", "bf16"):
        still = new_classifier(base, precision, LORA, MICROWORLD.labels, 0, "cpu")
        before = still.logits(rows)
        trained = new_classifier(base, precision, LORA, MICROWORLD.labels, 0, "cpu")
        train_classifier(trained, rows, labels, RECIPE, 0, lambda done, total: None)
        generator = new_generator(
            base, precision, LORA.model_copy(update={"also_train": ("lm_head",)}), 0, "cpu"
        )
        train_generator(generator, base, MICROWORLD, table, precision, RECIPE, 0, lambda done, total: None)
        assert torch.equal(still.logits(rows), before)
        assert not torch.equal(trained.logits(rows), before)
        fresh = new_classifier(base, precision, LORA, MICROWORLD.labels, 0, "cpu")
        assert torch.equal(fresh.logits(rows), before)
