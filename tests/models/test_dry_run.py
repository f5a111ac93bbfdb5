"""The estimate of a training's memory, against the same training's own tensors."""

from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tiny import LORA
from transformers import AutoConfig, LlamaConfig

from scotoma.basics.errors import ScotomaError
from scotoma.models import base as bases
from scotoma.models.base import load_config
from scotoma.models.batches import pad
from scotoma.models.classifier import ClassifierLoss, new_classifier
from scotoma.models.classifier_training import prompts
from scotoma.models.dry_run import Memory, bytes_saved, check_adapter, memory_of_training
from scotoma.models.generator import new_generator
from scotoma.study.settings.models import Adapter, Full, LoRA
from scotoma.tasks import MICROWORLD
from tiny_encoders import FAMILIES, make_encoder

FULL = Full(kind="full")


def estimate(config: Any, adapter: Adapter, **changes: Any) -> Memory:
    how: dict[str, Any] = {"n_labels": 3, "rows": 16, "tokens": 32, "processes": 1, "precision": "fp32"}
    return memory_of_training(config, adapter=adapter, **(how | changes))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("adapter", [LORA, FULL], ids=["lora", "full"])
def test_it_is_what_a_training_holds(
    base: Path, table: pl.DataFrame, adapter: Adapter, precision: str
) -> None:
    rows = prompts(base, MICROWORLD, table)
    classifier = new_classifier(base, precision, adapter, MICROWORLD.labels, 0, "cpu")
    # The estimate is that of padded batches; packed tokens hold less.
    classifier.shares, classifier.packed = False, None
    loss = ClassifierLoss(classifier).train()
    ids, last = pad(rows, 0)
    with bytes_saved(loss) as saved:
        loss(torch.zeros(len(rows), dtype=torch.long), input_ids=ids, last=last).backward()
    weights = list(loss.parameters())
    trained = [weight for weight in weights if weight.requires_grad]
    optimizer = torch.optim.AdamW(trained)
    optimizer.step()
    moments = [value for state in optimizer.state.values() for value in state.values() if value.dim()]

    found = estimate(load_config(base), adapter, precision=precision, rows=len(rows), tokens=ids.shape[1])
    assert found.weights == sum(weight.nbytes for weight in weights)
    assert found.gradients == sum(weight.grad.nbytes for weight in trained if weight.grad is not None)
    assert found.optimizer == sum(value.nbytes for value in moments)
    assert found.activations == pytest.approx(sum(saved.values()), rel=0.2)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_shared_base_keeps_what_a_generator_trains_whole(
    base: Path, monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    monkeypatch.setattr(bases, "_held", {})
    adapter = LORA.model_copy(update={"also_train": ("embed_tokens", "lm_head")})
    model = new_generator(base, precision, adapter, 0, "cpu")
    (held,) = bases._held.values()
    weights = {weight.data_ptr(): weight.nbytes for one in (model, held) for weight in one.parameters()}
    found = estimate(load_config(base), adapter, precision=precision, n_labels=None)
    assert found.weights == sum(weights.values())


def test_processes_share_the_rows_and_nothing_else(base: Path) -> None:
    alone, shared = (estimate(load_config(base), LORA, processes=n) for n in (1, 4))
    assert shared.activations == pytest.approx(alone.activations / 4, rel=0.05)
    assert shared.total - shared.activations == alone.total - alone.activations


def test_seven_billion_weights_need_no_memory_to_be_counted() -> None:
    llama = LlamaConfig(num_key_value_heads=32, pad_token_id=0)  # its defaults have the shape of Llama-2-7B
    names = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    lora = LORA.model_copy(update={"rank": 64, "targets": names})
    whole, packed = (
        estimate(llama, lora.model_copy(update={"kind": kind}), precision="bf16", rows=2)
        for kind in ("lora", "qlora")
    )
    n_updates = 32 * 64 * (4 * 2 * 4096 + 3 * (4096 + 11008))
    assert whole.gradients == 4 * (n_updates + 3 * 4096)
    assert whole.weights == pytest.approx(2 * 6.6e9 + whole.gradients, rel=0.02)
    assert packed.weights < 0.4 * whole.weights


@pytest.mark.parametrize("family", FAMILIES)
def test_the_memory_of_every_family_of_encoders_can_be_told(tmp_path: Path, family: str) -> None:
    make_encoder(family, tmp_path, ["<pad>", "<s>", "</s>", "<unk>"])
    found = estimate(AutoConfig.from_pretrained(tmp_path), FULL, tokens=16)
    assert min(found.weights, found.gradients, found.activations) > 0


def test_of_a_model_that_a_library_cannot_build_without_weights_no_adapter_is_refused() -> None:
    small = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}
    llama = {"model_type": "llama", "vocab_size": 16, **small}
    lora = LoRA(kind="lora", rank=2, alpha=4, dropout=0.0, targets=("nowhere",))
    with pytest.raises(ScotomaError, match="nowhere"):
        check_adapter(llama, "fp32", lora, 3)
    check_adapter(llama | {"hidden_act": "unheard of"}, "fp32", lora, 3)
