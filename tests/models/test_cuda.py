"""What holds on a CPU holds on a CUDA device; `pytest -m gpu` runs these where there is one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from tiny import LORA, RECIPE
from torch import Tensor

import small_study
from scotoma.models import classifier, sampling
from scotoma.models.base import load_tokenizer, prepare
from scotoma.models.classifier import ClassifierLoss, load_classifier, new_classifier, save_classifier
from scotoma.models.classifier_training import prompts, train_classifier
from scotoma.models.generator import new_generator
from scotoma.models.prediction import predict_logits
from scotoma.study.settings.models import Adapter, Sampling
from scotoma.tasks import MICROWORLD

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device"),
]

CUDA = "cuda:0"
CALM = LORA.model_copy(update={"dropout": 0.0})
LONG_PROMPT = MICROWORLD.model_copy(
    update={"classifier_prompt": "The judge did not met . The doctor met . " + MICROWORLD.classifier_prompt}
)


def trained(
    base: Path, table: pl.DataFrame, seed: int, adapter: Adapter = LORA, precision: str = "bf16"
) -> Any:
    model = new_classifier(base, precision, adapter, MICROWORLD.labels, seed, CUDA)
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    train_classifier(model, prompts(base, MICROWORLD, table), labels, RECIPE, seed, lambda done, total: None)
    return model


def weights(model: Any) -> list[Tensor]:
    return [weight.detach().cpu() for weight in model.parameters() if weight.requires_grad]


def same(one: Any, other: Any) -> bool:
    return all(map(torch.equal, weights(one), weights(other)))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_same_seed_trains_the_same_weights_and_another_seed_others(
    base: Path, table: pl.DataFrame, precision: str
) -> None:
    first = trained(base, table, 0, precision=precision)
    assert same(first, trained(base, table, 0, precision=precision))
    assert not same(first, trained(base, table, 1, precision=precision))


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_shared_prefix_gives_the_logits_and_gradients_of_the_plain_path(
    base: Path, table: pl.DataFrame, precision: str
) -> None:
    model = trained(base, table, 0, CALM, precision)
    ids, last = (part.to(CUDA) for part in classifier.pad(prompts(base, LONG_PROMPT, table), 0))
    labels = torch.arange(len(last), device=CUDA) % 3
    found = []
    for shares in (True, False):
        model.shares = shares
        model.zero_grad()
        loss = ClassifierLoss(model)(labels, input_ids=ids, last=last)
        loss.backward()
        found.append(
            torch.cat([loss[None], *(w.grad.flatten() for w in model.parameters() if w.grad is not None)])
        )
    assert (found[0] - found[1]).norm() < (1e-4 if precision == "fp32" else 0.1) * found[1].norm()


def test_a_saved_classifier_says_the_same_after_loading(
    base: Path, table: pl.DataFrame, tmp_path: Path
) -> None:
    model, rows = trained(base, table, 0), prompts(base, MICROWORLD, table)
    save_classifier(model, MICROWORLD.labels, "base", tmp_path)
    again = load_classifier(base, tmp_path, "bf16", LORA, MICROWORLD.labels, CUDA)
    torch.testing.assert_close(again.logits(rows), model.logits(rows), atol=0, rtol=0)


def test_rows_are_the_same_whatever_is_written_beside_them(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = new_generator(base, "fp32", LORA, 0, CUDA).eval()
    settings = Sampling(temperature=1.5, top_p=0.95, candidates_per_label=40, max_new_tokens=12)
    prompts = {label: MICROWORLD.generator_prompt(label) for label in MICROWORLD.labels}

    def written() -> Any:
        return sampling.sample(
            model, load_tokenizer(base), prompts, MICROWORLD.end_marker, settings, 0, lambda done, total: None
        )

    wide = written()
    monkeypatch.setattr(sampling, "WIDTH", 7)
    assert written() == wide


@pytest.fixture
def little_memory() -> Iterator[None]:
    """A quarter of a GiB for torch on the device."""
    torch.cuda.empty_cache()
    torch.cuda.set_per_process_memory_fraction(2**28 / torch.cuda.get_device_properties(0).total_memory)
    yield
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.mark.usefixtures("little_memory")
def test_a_batch_too_large_for_the_device_is_halved_until_it_fits(base: Path, table: pl.DataFrame) -> None:
    model = new_classifier(base, "fp32", CALM, MICROWORLD.labels, 0, CUDA)
    few = prompts(base, MICROWORLD, table)
    expected = model.logits(few)
    predicted = predict_logits(model, few * 10_000, 2**23, lambda done, total: None)
    assert predicted.batch_tokens < 2**22
    torch.testing.assert_close(torch.tensor(predicted.logits[:24]), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.usefixtures("little_memory")
def test_a_training_batch_too_large_for_the_device_is_computed_in_parts(
    base: Path, table: pl.DataFrame
) -> None:
    model = new_classifier(base, "fp32", CALM, MICROWORLD.labels, 0, CUDA)
    rows = prompts(base, MICROWORLD, table) * 2_000
    labels = [at % 3 for at in range(len(rows))]
    recipe = RECIPE.model_copy(update={"batch_size": len(rows), "epochs": 1.0})
    done = train_classifier(model, rows, labels, recipe, 0, lambda done, total: None)
    assert done.parts > 1
    assert len(done.losses) == 1


def test_four_bit_training_lowers_the_loss_and_survives_a_reload(
    make_tiny: Any, table: pl.DataFrame, tmp_path: Path
) -> None:
    pytest.importorskip("bitsandbytes")
    base = tmp_path / "base"
    base.mkdir()
    prepare(str(make_tiny(hidden_size=64, intermediate_size=128)), None, None, base)
    adapter = LORA.model_copy(update={"kind": "qlora"})
    model, rows = (
        new_classifier(base, "bf16", adapter, MICROWORLD.labels, 0, CUDA),
        prompts(base, MICROWORLD, table),
    )
    labels = [MICROWORLD.labels.index(label) for label in table["label"]]
    recipe = RECIPE.model_copy(update={"epochs": 20.0})
    done = train_classifier(model, rows, labels, recipe, 0, lambda done, total: None)
    assert sum(done.losses[-6:]) < 0.7 * sum(done.losses[:6])
    out = tmp_path / "saved"
    out.mkdir()
    save_classifier(model, MICROWORLD.labels, "base", out)
    again = load_classifier(base, out, "bf16", adapter, MICROWORLD.labels, CUDA)
    torch.testing.assert_close(again.logits(rows), model.logits(rows), atol=2e-2, rtol=2e-2)


def test_a_whole_study_gives_the_same_bytes_twice(tmp_path: Path) -> None:
    for name in ("one", "two"):
        small_study.prepare(tmp_path / name)
        small_study.run(tmp_path / name, "--device", CUDA)
    found = [small_study.artifacts(tmp_path / name) for name in ("one", "two")]
    assert found[0] == found[1]
