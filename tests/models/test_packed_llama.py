"""Packed tokens give the losses and gradients of the plain layers; other layers are not packed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from test_fast_paths import NO_DROPOUT, assert_alike, filled, loss_and_gradients
from test_shared_prefix import of_family
from tiny import LORA, RECIPE
from torch import Tensor

from scotoma.models.base import load_tokenizer, prepare
from scotoma.models.classifier import new_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.fast import packed_llama
from scotoma.models.fast.packed_llama import packed
from scotoma.models.fast.packing import pack
from scotoma.models.generator import GeneratorLoss, collate_examples, encode_examples, new_generator
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD

FULL = Full(kind="full")


def new(base: Path, adapter: Adapter, *, packs: bool = True) -> Any:
    model: Any = new_classifier(base, "fp32", adapter, MICROWORLD.labels, 0, "cpu")
    if not packs:
        model.packed = None
        model.shares = False
    return filled(model)


def test_a_pack_has_every_different_beginning_once_and_gives_each_head_its_slots() -> None:
    ids = torch.tensor([[5, 6, 7, 0], [5, 6, 8, 9], [6, 5, 0, 0], [7, 7, 7, 7]])
    marks = torch.zeros(4, 4, dtype=torch.bool)
    marks[0, 2] = marks[1, 1] = marks[1, 3] = marks[2, 1] = True
    made = pack(ids, marks, heads=2)
    assert made.tokens.tolist() == [0, 5, 6, 7, 8, 9, 6, 5]
    assert made.positions.tolist() == [0, 0, 1, 2, 2, 3, 0, 1]
    assert made.read.tolist() == [3, 2, 5, 7]
    assert [(group.shape, group.mask.shape) for group in made.groups] == [((6, 8, -1), (8, 8))]
    rows = (made.source // 2).view(3, 2, 8)
    assert rows[:, 0, :4].tolist() == [[1, 2, 3, 0], [1, 2, 4, 5], [6, 7, 0, 0]]
    assert torch.equal(made.source % 2, torch.tensor([0, 1]).view(1, 2, 1).expand(3, 2, 8).flatten())
    assert torch.equal(made.source[made.home], torch.arange(16))
    assert len(made.copies) == 4  # two shared tokens, two heads
    assert set((made.source[made.copies] // 2).tolist()) == {1, 2}


@pytest.mark.parametrize("adapter", [FULL, NO_DROPOUT], ids=["full", "lora"])
@pytest.mark.parametrize("training", [True, False])
def test_a_classifier_s_loss_and_gradients_are_those_of_the_plain_layers(
    base: Path, table: pl.DataFrame, adapter: Adapter, training: bool
) -> None:
    rows = prompts(base, MICROWORLD, table)
    fast, plain = new(base, adapter), new(base, adapter, packs=False)
    found = loss_and_gradients(fast, rows, training=training)
    assert_alike(found, loss_and_gradients(plain, rows, training=training))
    assert fast.packs_in_training
    assert not plain.packs


@pytest.mark.parametrize("adapter", [FULL, NO_DROPOUT], ids=["full", "lora"])
def test_a_generator_s_loss_and_gradients_are_those_of_the_plain_layers(
    base: Path, table: pl.DataFrame, adapter: Adapter
) -> None:
    examples = [(row, row["label"]) for row in table.to_dicts()]
    rows, n_prompt = encode_examples(load_tokenizer(base), MICROWORLD, examples)
    batch = collate_examples(rows, n_prompt, 0)

    def run(*, packs: bool) -> list[Tensor]:
        loss_of = GeneratorLoss(filled(new_generator(base, "fp32", adapter, 0, "cpu")), "fp32")
        assert loss_of.packs
        loss_of.packed = loss_of.packed if packs else None
        loss = loss_of.train()(**batch)
        loss.backward()
        return [loss.detach(), *(p.grad for p in loss_of.parameters() if p.grad is not None)]

    assert_alike(run(packs=True), run(packs=False))


def test_long_rows_and_dropout_take_the_plain_layers(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = prompts(base, MICROWORLD, table)
    calls: list[int] = []

    def counted(self: Any, input_ids: Tensor, marks: Tensor) -> Tensor:
        calls.append(len(input_ids))
        return call(self, input_ids, marks)

    dropping, calm = new(base, LORA), new(base, NO_DROPOUT)
    call = packed_llama.PackedLlama.__call__
    monkeypatch.setattr(packed_llama.PackedLlama, "__call__", counted)
    loss_and_gradients(dropping, rows)
    assert (calls, dropping.packs, dropping.packs_in_training) == ([], True, False)
    dropping.logits(rows)
    assert calls == [24]
    monkeypatch.setattr(packed_llama, "_LONGEST", max(map(len, rows)) - 1)
    calm.logits(rows)
    assert calls == [24]


@pytest.mark.parametrize("family", ["mistral", "qwen2", "qwen3", "gemma2", "phi3", "gpt2"])
def test_other_families_are_not_packed(family: str) -> None:
    assert not of_family(family).packs


@pytest.mark.parametrize(
    "changes",
    [
        {"num_attention_heads": 4, "num_key_value_heads": 2},
        {"hidden_act": "gelu"},
        {"attention_dropout": 0.1},
        {"rope_parameters": {"rope_type": "linear", "rope_theta": 1e4, "factor": 2.0}},
    ],
    ids=lambda changes: ", ".join(changes),
)
def test_another_llama_is_not_packed(
    make_tiny: Callable[..., Path], tmp_path: Path, changes: dict[str, Any]
) -> None:
    prepare(str(make_tiny(**changes)), None, None, tmp_path)
    assert not new(tmp_path, FULL).packs


def test_biases_are_computed_too(make_tiny: Callable[..., Path], tmp_path: Path, table: pl.DataFrame) -> None:
    prepare(str(make_tiny(attention_bias=True, mlp_bias=True)), None, None, tmp_path)
    found = []
    for packs in (True, False):
        model = new(tmp_path, FULL, packs=packs)
        assert model.packs == packs
        with torch.no_grad():
            for name, weight in model.named_parameters():
                if name.endswith("bias"):
                    weight.fill_(0.3)
        found.append(loss_and_gradients(model, prompts(tmp_path, MICROWORLD, table)))
    assert_alike(*found)


def test_weights_in_bf16_and_bf16_arithmetic_are_not_packed(base: Path) -> None:
    for adapter in (FULL, NO_DROPOUT):
        assert not new_classifier(base, "bf16", adapter, MICROWORLD.labels, 0, "cpu").packs


def test_layers_that_answer_otherwise_are_found_out(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backbone = new(base, FULL, packs=False)._parts[0]
    assert packed(backbone) is not None
    backbone.layers[0].register_forward_hook(lambda _layer, _inputs, output: output * 1.5)
    assert packed(backbone) is None


def test_a_training_says_whether_it_was_packed(base: Path, table: pl.DataFrame) -> None:
    rows, labels = prompts(base, MICROWORLD, table), [i % 3 for i in range(table.height)]
    progress = lambda done, total: None  # noqa: E731
    found = [
        train_classifier(new(base, FULL, packs=packs), rows, labels, RECIPE, 0, progress)
        for packs in (True, False)
    ]
    assert [one.packed for one in found] == [True, False]
    torch.testing.assert_close(
        torch.tensor(found[0].losses), torch.tensor(found[1].losses), rtol=1e-3, atol=1e-4
    )
