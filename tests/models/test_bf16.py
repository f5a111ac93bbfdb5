"""Where a processor emulates bf16, weights rounded to bf16 are computed with in fp32."""

from pathlib import Path

import polars as pl
import pytest
import torch
from test_fast_paths import NO_DROPOUT, assert_alike, filled, loss_and_gradients
from tiny import LORA
from torch import Tensor

from scotoma.models import precision
from scotoma.models.base import load_tokenizer
from scotoma.models.classifier import new_classifier
from scotoma.models.classifier_training import prompts
from scotoma.models.generator import load_untrained
from scotoma.models.precision import computes_in
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD

FULL = Full(kind="full")


@pytest.fixture
def emulates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "multiplies_bf16", lambda: False)


@pytest.mark.usefixtures("emulates")
def test_only_a_cpu_without_its_instructions_computes_bf16_in_fp32(monkeypatch: pytest.MonkeyPatch) -> None:
    assert computes_in("bf16", "cpu") == computes_in("fp32", "cpu") == "fp32"
    assert computes_in("bf16", "cuda:0") == "bf16"
    monkeypatch.setattr(precision, "multiplies_bf16", lambda: True)
    assert computes_in("bf16", "cpu") == "bf16"


@pytest.mark.parametrize("able", [("_is_avx512_bf16_supported",), ("_is_amx_tile_supported",), ()])
def test_either_kind_of_instructions_will_do(
    base: Path, monkeypatch: pytest.MonkeyPatch, able: tuple[str, ...]
) -> None:
    monkeypatch.undo()
    monkeypatch.setattr(precision.platform, "machine", lambda: "x86_64")
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda name=name: name in able)
    precision.multiplies_bf16.cache_clear()
    assert precision.multiplies_bf16() is bool(able)
    monkeypatch.setattr(precision.platform, "machine", lambda: "arm64")
    precision.multiplies_bf16.cache_clear()
    assert precision.multiplies_bf16()
    precision.multiplies_bf16.cache_clear()


@pytest.mark.usefixtures("emulates")
def test_frozen_weights_are_those_rounded_to_bf16_held_in_fp32(base: Path) -> None:
    model = new_classifier(base, "bf16", LORA, MICROWORLD.labels, 0, "cpu")
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    exact = dict(new_classifier(base, "fp32", LORA, MICROWORLD.labels, 0, "cpu").named_parameters())
    frozen = {
        name: weight
        for name, weight in model.named_parameters()
        if not weight.requires_grad and "score" not in name
    }
    assert all(torch.equal(weight, exact[name].bfloat16().float()) for name, weight in frozen.items())
    assert any(not torch.equal(weight, exact[name]) for name, weight in frozen.items())


@pytest.mark.parametrize("adapter", [FULL, NO_DROPOUT], ids=["full", "lora"])
def test_losses_and_gradients_are_those_of_bf16_but_for_rounding(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, adapter: Adapter
) -> None:
    def found(*, emulated: bool) -> list[Tensor]:
        monkeypatch.setattr(precision, "multiplies_bf16", lambda: not emulated)
        model = filled(new_classifier(base, "bf16", adapter, MICROWORLD.labels, 0, "cpu"))
        model.packed, model.shares = None, False
        return loss_and_gradients(model, prompts(base, MICROWORLD, table))

    assert_alike(found(emulated=False), found(emulated=True), precision="bf16")


@pytest.mark.usefixtures("emulates")
def test_a_generator_writes_in_fp32(base: Path) -> None:
    model = load_untrained(base, "bf16", LORA, "cpu")
    assert {weight.dtype for weight in model.parameters()} == {torch.float32}
    ids = torch.tensor([load_tokenizer(base)("The judge met the doctor .")["input_ids"]])
    assert model(input_ids=ids).logits.dtype == torch.float32
