"""A task model on an encoder is trained, saved, read back and asked as one on a decoder is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny import VOCABULARY

from scotoma.basics.errors import ScotomaError
from scotoma.models.base import prepare
from scotoma.models.classifier import load_classifier, new_classifier, save_classifier
from scotoma.models.classifier_training import check_padding, prompts, train_classifier
from scotoma.models.encoder import Encoder
from scotoma.models.prediction import predict_logits
from scotoma.study.settings.models import Adapter, Full, LoRA, Recipe
from scotoma.tasks import MICROWORLD
from scotoma.tasks.task import Task
from tiny_encoders import FAMILIES, make_encoder

LABELS = MICROWORLD.labels
FULL = Full(kind="full")
TARGETS = {
    "bert": ("query", "value"),
    "roberta": ("query", "value"),
    "deberta-v2": ("query_proj", "value_proj"),
    "modernbert": ("Wqkv",),
    "electra": ("query", "value"),
    "distilbert": ("q_lin", "v_lin"),
    "albert": ("query", "value"),
}
RECIPE = Recipe(
    epochs=2,
    batch_size=8,
    learning_rate=1e-2,
    schedule="constant",
    warmup=0,
    optimizer="adamw",
    betas=(0.9, 0.999),
    epsilon=1e-8,
    weight_decay=0,
    max_grad_norm=1,
    order="random",
)


def lora(family: str) -> LoRA:
    return LoRA(kind="lora", rank=2, alpha=4, dropout=0.1, targets=TARGETS[family])


def adapter_of(kind: str, family: str) -> Adapter:
    return FULL if kind == "full" else lora(family)


@pytest.fixture(scope="session")
def bases(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    made: dict[str, Path] = {}

    def base(family: str) -> Path:
        if family not in made:
            folder = make_encoder(family, tmp_path_factory.mktemp(family), VOCABULARY)
            made[family] = tmp_path_factory.mktemp("base")
            prepare(str(folder), None, None, made[family])
        return made[family]

    return base


def quietly(done: int, total: int) -> None:
    pass


def trained(base: Path, adapter: Adapter, table: pl.DataFrame, seed: int = 0, precision: str = "fp32") -> Any:
    model, rows = (
        new_classifier(base, precision, adapter, LABELS, seed, "cpu"),
        prompts(base, MICROWORLD, table),
    )
    labels = [LABELS.index(label) for label in table["label"]]
    found = train_classifier(model, rows, labels, RECIPE, seed, quietly)
    return model, rows, found.losses


@pytest.mark.parametrize("kind", ["full", "lora"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_trained_and_saved_comes_back_and_answers_the_same(
    bases: Callable[[str], Path], table: pl.DataFrame, tmp_path: Path, family: str, kind: str
) -> None:
    base, adapter = bases(family), adapter_of(kind, family)
    fresh = new_classifier(base, "fp32", adapter, LABELS, 0, "cpu")
    assert isinstance(fresh, Encoder)
    model, rows, losses = trained(base, adapter, table)
    assert len(losses) == 6
    assert model.head_sha256() != fresh.head_sha256()
    save_classifier(model, LABELS, "base", tmp_path)
    again = load_classifier(base, tmp_path, "fp32", adapter, LABELS, "cpu")
    assert again.head_sha256() == model.head_sha256()
    torch.testing.assert_close(again.logits(rows), model.logits(rows))
    found = predict_logits(again, rows, 60, quietly).logits
    torch.testing.assert_close(torch.from_numpy(found), model.logits(rows), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_do_not_depend_on_what_stands_beside_a_row(
    bases: Callable[[str], Path], table: pl.DataFrame, family: str
) -> None:
    base = bases(family)
    model, rows = new_classifier(base, "fp32", FULL, LABELS, 0, "cpu"), prompts(base, MICROWORLD, table)
    assert len({len(row) for row in rows}) > 3
    check_padding(model, rows, "fp32")
    assert not model.shares


@pytest.mark.parametrize("kind", ["full", "lora"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_head_is_its_seeds_and_the_encoder_is_the_bases(
    bases: Callable[[str], Path], family: str, kind: str
) -> None:
    base, adapter = bases(family), adapter_of(kind, family)
    with torch.random.fork_rng():
        torch.manual_seed(7)
        one = new_classifier(base, "fp32", adapter, LABELS, 0, "cpu")
        torch.manual_seed(8)
        same = new_classifier(base, "fp32", adapter, LABELS, 0, "cpu")
    other = new_classifier(base, "fp32", adapter, LABELS, 1, "cpu")
    assert one.head_sha256() == same.head_sha256() != other.head_sha256()
    assert isinstance(one, Encoder)
    head = set(one.drawn)
    assert head
    for (name, a), (_, b) in zip(one.model.named_parameters(), other.model.named_parameters(), strict=True):
        if "lora_" not in name and "modules_to_save" not in name and "original_module" not in name:
            assert torch.equal(a, b) == (name.removeprefix("base_model.model.") not in head or a.dim() < 2), (
                name
            )


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("kind", ["full", "lora"])
@pytest.mark.parametrize("family", ["bert", "modernbert"])
def test_the_same_seed_trains_the_same_weights_and_another_others(
    bases: Callable[[str], Path], table: pl.DataFrame, family: str, kind: str, precision: str
) -> None:
    base, adapter = bases(family), adapter_of(kind, family)
    one, rows, losses = trained(base, adapter, table, precision=precision)
    same, _, again = trained(base, adapter, table, precision=precision)
    other, _, others = trained(base, adapter, table, seed=1, precision=precision)
    assert losses == again != others
    assert torch.equal(one.logits(rows), same.logits(rows))
    assert not torch.equal(one.logits(rows), other.logits(rows))


def test_texts_of_a_pair_are_told_apart_by_segments_and_no_special_token_is_read_from_a_text(
    bases: Callable[[str], Path], table: pl.DataFrame
) -> None:
    base = bases("bert")
    (row,) = prompts(base, MICROWORLD, table.head(1))
    premise, hypothesis = (table[field][0].split() for field in MICROWORLD.fields)
    assert len(row) == len(premise) + len(hypothesis) + 3
    assert row.segments == [0] * (len(premise) + 2) + [1] * (len(hypothesis) + 1)  # type: ignore[attr-defined]
    model = new_classifier(base, "fp32", FULL, LABELS, 0, "cpu")
    turned = type(row).of(list(row), [1 - one for one in row.segments])  # type: ignore[attr-defined]
    assert not torch.allclose(model.logits([row]), model.logits([turned]), atol=1e-3)


def test_a_task_of_single_texts_is_read_too(bases: Callable[[str], Path], table: pl.DataFrame) -> None:
    single = Task(
        name="single",
        fields=("premise",),
        labels=("bad", "good"),
        target="good",
        classifier_prompt="Text: {premise} Label:",
        generator_text="A {label} text. Text: {premise}",
        end_marker="End",
    )
    rows = prompts(bases("roberta"), single, table)
    assert [len(row) for row in rows] == [len(text.split()) + 2 for text in table["premise"]]


def test_a_row_may_have_as_many_tokens_as_the_positions_that_are_left(
    tmp_path: Path, table: pl.DataFrame
) -> None:
    longest = max(len(f"{row['premise']} {row['hypothesis']}".split()) + 3 for row in table.to_dicts())
    for family, positions, fits in (
        ("bert", longest, True),
        ("bert", longest - 1, False),
        ("roberta", longest + 1, True),  # RoBERTa counts from behind the padding, whose id is 0 here
        ("roberta", longest, False),
    ):
        folder = make_encoder(
            family, tmp_path / f"{family}{positions}", VOCABULARY, max_position_embeddings=positions
        )
        base = tmp_path / f"base of {family}{positions}"
        base.mkdir()
        prepare(str(folder), None, None, base)
        if fits:
            rows = prompts(base, MICROWORLD, table)
            new_classifier(base, "fp32", FULL, LABELS, 0, "cpu").logits(rows)
        else:
            with pytest.raises(ScotomaError, match="longer than the model's"):
                prompts(base, MICROWORLD, table)


def test_a_base_that_lacks_weights_of_the_encoder_is_refused(tmp_path: Path) -> None:
    folder = make_encoder("bert", tmp_path / "bert", VOCABULARY)
    path = folder / "model.safetensors"
    weights = load_file(path)
    lost = next(name for name in weights if "encoder.layer.1.attention.self.query.weight" in name)
    save_file(
        {name: value for name, value in weights.items() if name != lost}, path, metadata={"format": "pt"}
    )
    (tmp_path / "base").mkdir()
    with pytest.raises(ScotomaError, match=r"lack 1 weight of the model itself: bert.encoder.layer.1"):
        prepare(str(folder), None, None, tmp_path / "base")


def test_a_pooler_that_the_base_has_is_kept_and_one_that_it_lacks_is_drawn(tmp_path: Path) -> None:
    from transformers import BertModel

    without = make_encoder("bert", tmp_path / "without", VOCABULARY)
    whole = make_encoder("bert", tmp_path / "whole", VOCABULARY)
    BertModel.from_pretrained(without).save_pretrained(whole)
    for folder, drawn in ((without, True), (whole, False)):
        base = tmp_path / f"base {drawn}"
        base.mkdir()
        prepare(str(folder), None, None, base)
        model = new_classifier(base, "fp32", FULL, LABELS, 0, "cpu")
        assert isinstance(model, Encoder)
        assert any(".pooler." in name for name in model.drawn) == drawn


def test_a_saved_head_says_which_weights_were_drawn(bases: Callable[[str], Path], tmp_path: Path) -> None:
    model = new_classifier(bases("roberta"), "fp32", FULL, LABELS, 0, "cpu")
    save_classifier(model, LABELS, "base", tmp_path)
    saved = json.loads((tmp_path / "head.json").read_text())
    assert saved["drawn"] == [
        "classifier.dense.weight",
        "classifier.dense.bias",
        "classifier.out_proj.weight",
        "classifier.out_proj.bias",
    ]


@pytest.mark.parametrize("family", ["bert", "roberta"])
def test_an_encoder_whose_pad_token_is_not_its_tokenizers_is_refused(family: str, tmp_path: Path) -> None:
    # RoBERTa counts positions from behind that id: another one would shift them all.
    folder = make_encoder(family, tmp_path / "model", VOCABULARY, pad_token_id=3)
    (tmp_path / "out").mkdir()
    with pytest.raises(ScotomaError, match="the tokenizer's pad token is 0 and the model's is 3"):
        prepare(str(folder), None, None, tmp_path / "out")
