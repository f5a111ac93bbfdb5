"""A beginning computed once for all rows, in the layouts of layers that models have: as it is row by row."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from test_fast_paths import LONG_PROMPT, NO_DROPOUT, assert_alike, filled, loss_and_gradients
from transformers import AutoConfig, AutoModelForSequenceClassification, Gemma3ForCausalLM, Gemma3TextConfig

from scotoma.models.base import prepare
from scotoma.models.classifier import Classifier, new_classifier
from scotoma.models.classifier_training import check_padding, prompts
from scotoma.models.quiet import silence_libraries
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD

#: Tokens that all rows begin with, and those of the longest row.
SHARED, LONGEST = 13, 33

GEMMA = ("sliding_attention", "full_attention", "sliding_attention")


def make_gemma(folder: Path, tiny: Path, window: int) -> Path:
    """A Gemma 3 of a few thousand weights, two of its three layers with a sliding window, and a tokenizer."""
    config = Gemma3TextConfig(
        vocab_size=64,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=len(GEMMA),
        layer_types=list(GEMMA),
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=8,
        sliding_window=window,
        max_position_embeddings=64,
        initializer_range=0.3,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
    )
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        Gemma3ForCausalLM(config).save_pretrained(folder)
    for path in tiny.glob("tokenizer*"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


@pytest.fixture(params=["llama, grouped heads", "window 5", "window 20", "window 64"])
def layout(
    request: pytest.FixtureRequest, make_tiny: Callable[..., Path], tiny: Path, tmp_path: Path
) -> Path:
    """A base whose windows are shorter than the shared beginning, than the rows, or than neither."""
    if request.param.startswith("llama"):
        model = make_tiny(num_attention_heads=4, num_key_value_heads=2)
    else:
        model = make_gemma(tmp_path / "gemma", tiny, int(request.param.split()[1]))
    base = tmp_path / "base"
    base.mkdir()
    prepare(str(model), None, None, base)
    return base


def new(base: Path, precision: str, adapter: Adapter, *, shares: bool) -> Classifier:
    model = filled(new_classifier(base, precision, adapter, MICROWORLD.labels, 0, "cpu"))
    model.shares = shares
    return model


def passes(model: Classifier) -> list[tuple[int, ...]]:
    """Rows and tokens of every pass through the layers from now on."""
    seen: list[tuple[int, ...]] = []
    model._parts[0].register_forward_pre_hook(
        lambda _m, _a, named: seen.append(tuple(named["input_ids"].shape)), with_kwargs=True
    )
    return seen


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_predictions_are_those_of_the_plain_path(layout: Path, table: pl.DataFrame, precision: str) -> None:
    rows = prompts(layout, LONG_PROMPT, table)
    plain = new(layout, precision, NO_DROPOUT, shares=False)
    fast = new(layout, precision, NO_DROPOUT, shares=True)
    check_padding(fast, rows, precision)
    assert fast.shares
    seen = passes(fast)
    found, expected = fast.logits(rows), plain.logits(rows)
    assert seen == [(1, SHARED), (len(rows), LONGEST - SHARED)]
    loose = (1e-5 if precision == "fp32" else 0.05) * expected.abs().max().item()
    torch.testing.assert_close(found, expected, atol=loose, rtol=0)
    if precision == "fp32":
        assert torch.equal(found.argmax(1), expected.argmax(1))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("adapter", [NO_DROPOUT, Full(kind="full")], ids=["lora", "full"])
def test_loss_and_gradients_are_those_of_the_plain_path(
    layout: Path, table: pl.DataFrame, adapter: Adapter, precision: str
) -> None:
    rows = prompts(layout, LONG_PROMPT, table)
    fast, plain = (new(layout, precision, adapter, shares=shares) for shares in (True, False))
    seen = passes(fast)
    found = loss_and_gradients(fast, rows)
    assert seen == [(1, SHARED), (len(rows), LONGEST - SHARED)]
    assert_alike(found, loss_and_gradients(plain, rows), precision)


SMALL: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "initializer_range": 0.3,
}


def of_family(name: str) -> Classifier:
    """A classifier of another family, with values drawn at random."""
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        config = AutoConfig.for_model(name, num_labels=3, **SMALL)
        model = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)
    return Classifier(model.eval(), 0, "fp32")


def random_rows() -> list[list[int]]:
    draw = torch.Generator().manual_seed(0)
    first, *rest = (torch.randint(5, 60, (n,), generator=draw).tolist() for n in (SHARED, 5, 9, 20, 20, 7))
    return [first + own for own in rest]


@pytest.mark.parametrize(
    "family", ["mistral", "qwen2", "qwen3", "gemma2", "phi3", "mixtral", "gpt_neox", "gpt2"]
)
def test_other_families_share_as_well(family: str) -> None:
    model, rows = of_family(family), random_rows()
    check_padding(model, rows, "fp32")
    assert model.shares
    seen = passes(model)
    found = model.logits(rows)
    assert seen == [(1, SHARED), (5, 20)]
    model.shares = False
    torch.testing.assert_close(found, model.logits(rows), atol=1e-5, rtol=0)


def test_a_family_with_a_state_in_place_of_keys_takes_the_plain_path() -> None:
    model, rows = of_family("jamba"), random_rows()
    check_padding(model, rows, "fp32")
    assert not model.shares
    alone = torch.cat([model.logits([row]) for row in rows])
    torch.testing.assert_close(model.logits(rows), alone, atol=1e-5, rtol=0)
