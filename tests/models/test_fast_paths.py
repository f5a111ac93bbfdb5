"""Every fast path gives what its plain twin gives."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tiny import LORA
from torch import Tensor
from transformers import DynamicCache

from scotoma.models import adapters, classifier
from scotoma.models.classifier import Classifier, ClassifierLoss, new_classifier, shared_tokens
from scotoma.models.classifier_training import check_padding, prompts
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD

NO_DROPOUT = LORA.model_copy(update={"dropout": 0.0, "targets": ("q_proj", "k_proj", "o_proj", "down_proj")})
#: Ten tokens that every row begins with.
LONG_PROMPT = MICROWORLD.model_copy(
    update={"classifier_prompt": "The judge did not met . The doctor met . " + MICROWORLD.classifier_prompt}
)


@pytest.fixture(autouse=True)
def _not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    # A model that runs on packed tokens shares no prefix (test_packed_llama.py).
    monkeypatch.setattr(classifier, "packed", lambda backbone: None)


def filled(model: Classifier) -> Classifier:
    """Gives the updates, zero at first, something to say."""
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_B" in name:
                weight.copy_(torch.randn(weight.shape, generator=generator) * 0.3)
    return model


def loss_and_gradients(model: Classifier, rows: list[list[int]], *, training: bool = True) -> list[Tensor]:
    ids, last = classifier.pad(rows, 0)
    loss_of = ClassifierLoss(model).train(training)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        loss = loss_of(torch.arange(len(rows)) % 3, input_ids=ids, last=last)
    loss.backward()
    return [loss.detach(), *(p.grad for p in model.parameters() if p.grad is not None)]


def assert_alike(found: list[Tensor], expected: list[Tensor], precision: str = "fp32") -> None:
    assert len(found) == len(expected) > 1
    for one, other in zip(found, expected, strict=True):
        if precision == "fp32":
            loose = 1e-5 * max(1e-3, other.abs().max().item())
            torch.testing.assert_close(one, other, atol=loose, rtol=1e-3)
        else:  # rounding to 8 bits adds up over layers, in single entries far more than on the whole
            assert (one - other).norm() <= 0.1 * max(1e-3, other.norm().item())


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("adapter", [NO_DROPOUT, Full(kind="full")], ids=["lora", "full"])
def test_a_prefix_computed_once_gives_the_same_loss_and_gradients(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, adapter: Adapter, precision: str
) -> None:
    rows = prompts(base, LONG_PROMPT, table)
    fast, plain = (
        filled(new_classifier(base, precision, adapter, MICROWORLD.labels, 0, "cpu")) for _ in range(2)
    )
    lengths: list[int] = []
    backbone = fast._parts[0]
    backbone.register_forward_pre_hook(
        lambda _m, _a, named: lengths.append(named["input_ids"].shape[1]), with_kwargs=True
    )
    found = loss_and_gradients(fast, rows)
    assert lengths[0] == 13  # with <s>, and `Premise: The` that all rows share as well
    assert max(lengths) < max(map(len, rows))
    monkeypatch.setattr(classifier, "_WORTH_SHARING", 10**6)
    assert_alike(found, loss_and_gradients(plain, rows), precision)


def test_a_prefix_is_not_shared_where_each_row_has_its_own_dropout(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = prompts(base, LONG_PROMPT, table)
    model = filled(new_classifier(base, "fp32", LORA, MICROWORLD.labels, 0, "cpu"))
    found = loss_and_gradients(model, rows)
    model.zero_grad()
    monkeypatch.setattr(classifier, "_WORTH_SHARING", 10**6)
    assert_alike(found, loss_and_gradients(model, rows))


def test_two_rows_spare_too_little_to_share_their_beginning(base: Path, table: pl.DataFrame) -> None:
    rows = prompts(base, LONG_PROMPT, table)
    model = filled(new_classifier(base, "fp32", NO_DROPOUT, MICROWORLD.labels, 0, "cpu"))
    passes: list[int] = []
    model._parts[0].register_forward_pre_hook(
        lambda _m, _a, named: passes.append(len(named["input_ids"])), with_kwargs=True
    )
    model.logits(rows[:2])
    model.logits(rows[:4])
    assert passes == [2, 1, 4]


def test_shared_tokens_leave_every_row_one_of_its_own() -> None:
    def shared(*rows: list[int]) -> int:
        return shared_tokens(*classifier.pad(list(rows), 0))

    assert shared([1, 2, 3], [1, 2, 4]) == 2
    assert shared([1, 2, 3], [1, 2]) == 1
    assert shared([1, 2, 3], [1, 2, 3]) == 2
    assert shared([1, 2, 3]) == 0
    assert shared([1, 2], [3, 4]) == 0


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("adapter", [NO_DROPOUT, LORA], ids=["plain", "dropout"])
def test_fused_updates_give_what_peft_gives(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch, adapter: Adapter, precision: str
) -> None:
    rows = prompts(base, MICROWORLD, table)

    def run(training: bool) -> list[Tensor]:
        model = filled(new_classifier(base, precision, adapter, MICROWORLD.labels, 0, "cpu"))
        return loss_and_gradients(model, rows, training=training)

    found = run(True), run(False)
    monkeypatch.setattr(adapters, "fuse_updates", lambda _: None)
    assert_alike(found[0], run(True), precision)
    assert_alike(found[1], run(False), precision)


def test_gradients_of_fused_updates_are_fp32(base: Path, table: pl.DataFrame) -> None:
    model = new_classifier(base, "bf16", NO_DROPOUT, MICROWORLD.labels, 0, "cpu")
    found = loss_and_gradients(model, prompts(base, MICROWORLD, table))
    assert {gradient.dtype for gradient in found} == {torch.float32}


def test_layers_with_a_bias_keep_it(
    make_tiny: Callable[..., Path], tmp_path: Path, table: pl.DataFrame
) -> None:
    from scotoma.models.base import prepare

    prepare(str(make_tiny(attention_bias=True)), None, None, tmp_path)
    model: Any = filled(new_classifier(tmp_path, "fp32", NO_DROPOUT, MICROWORLD.labels, 0, "cpu")).eval()
    layer = model._parts[0].layers[0].self_attn.q_proj
    with torch.no_grad():
        layer.base_layer.bias.fill_(2.0)
        x = torch.randn(3, 16)
        torch.testing.assert_close(layer(x), type(layer).forward(layer, x))


def test_a_cache_that_cannot_be_handed_on_is_not_used_and_it_is_known(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = prompts(base, LONG_PROMPT, table)
    plain = new_classifier(base, "fp32", NO_DROPOUT, MICROWORLD.labels, 0, "cpu")
    check_padding(plain, rows, "fp32")
    assert plain.shares
    expected = plain.logits(rows)

    class Forgetful(DynamicCache):
        def batch_repeat_interleave(self, repeats: int) -> None:
            super().batch_repeat_interleave(repeats)
            self.layers[0].keys.zero_()

    class Stubborn(DynamicCache):
        def batch_repeat_interleave(self, repeats: int) -> None:
            raise AttributeError("this cache cannot be repeated")

    for kind in (Forgetful, Stubborn):
        monkeypatch.setattr(classifier, "DynamicCache", kind)
        model = new_classifier(base, "fp32", NO_DROPOUT, MICROWORLD.labels, 0, "cpu")
        check_padding(model, rows, "fp32")
        assert not model.shares
        torch.testing.assert_close(model.logits(rows), expected, rtol=1e-3, atol=1e-5)
