from collections.abc import Callable
from pathlib import Path
from typing import Literal

import polars as pl
import pytest
import torch
from safetensors.torch import load_file
from tiny import LORA, RECIPE, VOCABULARY

from scotoma.models.base import load_tokenizer, prepare
from scotoma.models.fast import vocabulary_loss as chunks
from scotoma.models.fast.vocabulary_loss import vocabulary_loss
from scotoma.models.generator import (
    GeneratorLoss,
    collate_examples,
    encode_examples,
    load_generator,
    new_generator,
    save_generator,
    train_generator,
)
from scotoma.study.settings.models import Full, Recipe
from scotoma.tasks import MICROWORLD
from scotoma.tasks.read_row import prompt_for

WHOLE = LORA.model_copy(update={"also_train": ("embed_tokens", "lm_head")})


def batch(base: Path, table: pl.DataFrame) -> dict[str, torch.Tensor]:
    examples = list(zip(table.select(MICROWORLD.fields).to_dicts(), table["label"], strict=True))
    rows, n_prompt = encode_examples(load_tokenizer(base), MICROWORLD, examples)
    return collate_examples(rows, n_prompt, 0)


def whole_batch(table: pl.DataFrame) -> Recipe:
    """A recipe whose first step sees every row."""
    return RECIPE.model_copy(update={"batch_size": table.height})


@pytest.mark.parametrize("held", [1, 33, 2**24])
def test_the_loss_in_chunks_is_the_cross_entropy(held: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chunks, "_LOGITS_HELD", held)
    monkeypatch.setattr(chunks, "_LOGITS_IN_FP32", held // 2)
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(7, 5, generator=generator).requires_grad_()
    weight = torch.randn(11, 5, generator=generator).requires_grad_()
    targets = torch.randint(11, (7,), generator=generator)
    expected = torch.nn.functional.cross_entropy(hidden @ weight.T, targets)
    wanted = torch.autograd.grad(expected * 3, (hidden, weight))
    found = vocabulary_loss(hidden, weight, targets)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(found * 3, (hidden, weight)), wanted)


def test_only_what_follows_the_prompt_counts_and_no_padding(base: Path, table: pl.DataFrame) -> None:
    found = batch(base, table)
    tokenizer = load_tokenizer(base)
    for ids, counts, label in zip(found["input_ids"], found["counts"], table["label"], strict=True):
        assert tokenizer.decode(ids[~counts], skip_special_tokens=True) == f"Relation: {label}"
        assert tokenizer.decode(ids[counts]).startswith("Premise: The")
        assert tokenizer.decode(ids[counts]).endswith(". End")


def test_of_a_premise_that_is_read_nothing_counts_and_of_what_is_read_before_a_row_neither(
    base: Path, table: pl.DataFrame
) -> None:
    tokenizer = load_tokenizer(base)
    examples = list(zip(table.select(MICROWORLD.fields).to_dicts(), table["label"], strict=True))
    for reads in ("premise", "row"):
        prompts = [prompt_for(MICROWORLD, label, reads, texts) for texts, label in examples]
        rows, n_prompt = encode_examples(tokenizer, MICROWORLD, examples, prompts)
        for (texts, label), row, n in zip(examples, rows, n_prompt, strict=True):
            written = MICROWORLD.write(texts, label)
            before = prompt_for(MICROWORLD, label, reads, texts)[1]
            words = written.removeprefix(before).split()
            known = [word if word in VOCABULARY else "<unk>" for word in words]
            assert tokenizer.decode(row[n:]).split() == known
            assert words[-1] == "End"
            assert (" ".join(words) == f"{texts['hypothesis']} End") == (reads == "premise")


def test_the_prompt_counts_in_the_loss_where_the_study_says_so(base: Path, table: pl.DataFrame) -> None:
    def first_loss(loss: Literal["written", "all"]) -> float:
        model, at_once = new_generator(base, "fp32", LORA, 0, "cpu"), whole_batch(table)
        trained = train_generator(
            model, base, MICROWORLD, table, "fp32", at_once, 0, lambda done, total: None, loss=loss
        )
        return trained.losses[0]

    model, found = new_generator(base, "fp32", LORA, 0, "cpu"), batch(base, table)
    # Of each row the tokens that count are its last ones, so padding is what comes after them.
    is_padding = ~found["counts"].flip(1).cummax(1).values.flip(1)
    labels = found["input_ids"].masked_fill(is_padding, -100)
    expected = model(input_ids=found["input_ids"], labels=labels).loss.item()
    assert first_loss("all") == pytest.approx(expected, rel=1e-5)
    assert first_loss("written") != pytest.approx(expected, rel=1e-3)


def test_the_loss_is_that_of_transformers_on_the_same_positions(base: Path, table: pl.DataFrame) -> None:
    model, found = new_generator(base, "fp32", LORA, 0, "cpu"), batch(base, table)
    labels = found["input_ids"].masked_fill(~found["counts"], -100)
    expected = model(input_ids=found["input_ids"], labels=labels).loss
    torch.testing.assert_close(GeneratorLoss(model, "fp32")(**found), expected)


def test_logits_that_are_scaled_after_the_head_take_the_plain_way(base: Path, table: pl.DataFrame) -> None:
    model, found = new_generator(base, "fp32", LORA, 0, "cpu"), batch(base, table)
    expected = GeneratorLoss(model, "fp32")(**found)
    model.config.final_logit_softcapping = 30.0  # Llama itself ignores it
    torch.testing.assert_close(GeneratorLoss(model, "fp32")(**found), expected)


def test_an_adapter_on_the_head_is_trained(base: Path, table: pl.DataFrame) -> None:
    on_head = LORA.model_copy(update={"targets": ("q_proj", "lm_head")})
    model = new_generator(base, "fp32", on_head, 0, "cpu")
    GeneratorLoss(model, "fp32")(**batch(base, table)).backward()
    trained = [name for name, weight in model.named_parameters() if weight.grad is not None]
    assert any("lm_head" in name for name in trained)


def test_an_end_of_text_token_that_a_tokenizer_puts_behind_all_is_left_out(base: Path) -> None:
    tokenizer, rows = load_tokenizer(base), [({"premise": "The doctor saw .", "hypothesis": "."}, "neutral")]
    expected = encode_examples(tokenizer, MICROWORLD, rows)

    class Ending:
        eos_token_id = tokenizer.eos_token_id
        all_special_tokens, unk_token = tokenizer.all_special_tokens, tokenizer.unk_token

        def __call__(self, texts: list[str], **named: bool) -> dict[str, list[list[int]]]:
            found = tokenizer(texts, **named)["input_ids"]
            return {"input_ids": [[*row, self.eos_token_id] for row in found]}

    assert encode_examples(Ending(), MICROWORLD, rows) == expected


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_embeddings_and_head_train_whole_and_come_back(
    make_tiny: Callable[..., Path], table: pl.DataFrame, tmp_path: Path, tied: bool, precision: str
) -> None:
    (tmp_path / "base").mkdir()
    base = tmp_path / "base"
    prepare(str(make_tiny(tie_word_embeddings=tied)), None, None, base)
    model = new_generator(base, precision, WHOLE, 0, "cpu")
    before = {name: p.detach().clone() for name, p in model.named_parameters() if p.requires_grad}
    whole = {name: p for name, p in before.items() if "modules_to_save" in name}
    assert {p.dtype for p in whole.values()} == {torch.float32}
    train_generator(model, base, MICROWORLD, table, precision, RECIPE, 0, lambda _d, _t: None)
    after = dict(model.named_parameters())
    assert whole
    assert all(not torch.equal(p, after[name]) for name, p in whole.items())
    embeddings, head = model.get_input_embeddings().weight, model.get_output_embeddings().weight
    assert torch.equal(embeddings, head) == tied
    save_generator(model, "tiny", tmp_path)
    read_back = load_generator(base, tmp_path, precision, WHOLE, "cpu")
    ids = batch(base, table)["input_ids"]
    found, expected = read_back(ids).logits.float(), model.eval()(ids).logits
    loose = 1e-5 if precision == "fp32" else 0.05 * expected.abs().max().item()
    torch.testing.assert_close(found, expected, atol=loose, rtol=0)


def test_a_fully_trained_generator_comes_back(base: Path, table: pl.DataFrame, tmp_path: Path) -> None:
    model = new_generator(base, "fp32", Full(kind="full"), 0, "cpu")
    train_generator(model, base, MICROWORLD, table, "fp32", RECIPE, 0, lambda _d, _t: None)
    save_generator(model, "tiny", tmp_path)
    read_back = load_generator(base, tmp_path, "fp32", Full(kind="full"), "cpu")
    ids = batch(base, table)["input_ids"]
    torch.testing.assert_close(read_back(ids).logits, model.eval()(ids).logits)
    assert (tmp_path / "model" / "model.safetensors").is_file()


def test_an_adapter_has_no_classification_head(base: Path, tmp_path: Path) -> None:
    save_generator(new_generator(base, "fp32", LORA, 0, "cpu"), "tiny", tmp_path)
    names = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    assert names
    assert all("lora_" in name for name in names)
