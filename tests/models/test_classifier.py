import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import peft
import polars as pl
import pytest
import torch
from safetensors.torch import load_file
from tiny import LORA, RECIPE
from torch import Tensor
from transformers import AutoModelForSequenceClassification

from scotoma.basics.errors import ScotomaError
from scotoma.models import checks, classifier
from scotoma.models.base import load_config
from scotoma.models.batches import pad
from scotoma.models.classifier import Classifier, load_classifier, new_classifier, save_classifier
from scotoma.models.classifier_training import check_padding, check_saved, probes, prompts, seen
from scotoma.models.prediction import predict_logits, probabilities
from scotoma.models.quiet import silence_libraries
from scotoma.models.training import train
from scotoma.study.settings.models import Adapter, Full
from scotoma.tasks import MICROWORLD

LABELS = MICROWORLD.labels
FULL = Full(kind="full")


@pytest.fixture(params=["lora-fp32", "lora-bf16", "full-fp32", "full-bf16"])
def how(request: pytest.FixtureRequest) -> tuple[str, Adapter]:
    kind, precision = request.param.split("-")
    return precision, FULL if kind == "full" else LORA


def test_logits_are_those_of_transformers_with_a_mask(base: Path, table: pl.DataFrame) -> None:
    ours = new_classifier(base, "fp32", FULL, LABELS, 0, "cpu")
    rows = prompts(base, MICROWORLD, table)
    ids, _ = pad(rows, 0)
    theirs = ours.model(input_ids=ids, attention_mask=(ids != 0).long()).logits
    torch.testing.assert_close(ours.logits(rows), theirs)


def test_head_and_updates_are_fp32_on_a_frozen_bf16_base(base: Path) -> None:
    model = new_classifier(base, "bf16", LORA, LABELS, 0, "cpu")
    named = [(name, p) for name, p in model.named_parameters() if "original_module" not in name]
    kinds = {(p.requires_grad, p.dtype) for _, p in named}
    assert kinds == {(True, torch.float32), (False, torch.bfloat16)}
    trained = {name.rsplit(".", 3)[1] for name, p in named if p.requires_grad}
    assert trained == {"lora_A", "lora_B", "modules_to_save"}


def test_every_weight_is_fp32_where_all_train(base: Path) -> None:
    model = new_classifier(base, "bf16", FULL, LABELS, 0, "cpu")
    assert {(p.requires_grad, p.dtype) for p in model.parameters()} == {(True, torch.float32)}


def test_seeds_draw_heads_and_adapters(base: Path) -> None:
    one, same, other = (new_classifier(base, "fp32", LORA, LABELS, seed, "cpu") for seed in (0, 0, 1))
    assert one.head_sha256() == same.head_sha256() != other.head_sha256()

    def drawn(model: Classifier) -> Tensor:
        return torch.cat([p.detach().flatten() for name, p in model.named_parameters() if "lora_A" in name])

    assert torch.equal(drawn(one), drawn(same))
    assert not torch.equal(drawn(one), drawn(other))


def test_drawing_a_classifier_leaves_the_global_generator_alone(base: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    new_classifier(base, "fp32", LORA, LABELS, 0, "cpu")
    assert torch.equal(torch.rand(3), expected)


def test_a_classifier_comes_back_from_disk(base: Path, tmp_path: Path, how: tuple[str, Adapter]) -> None:
    model = new_classifier(base, *how, LABELS, 0, "cpu")
    rows = probes(base, MICROWORLD)
    save_classifier(model, LABELS, "tiny", tmp_path)
    read_back = load_classifier(base, tmp_path, *how, LABELS, "cpu")
    assert read_back.head_sha256() == model.head_sha256()
    torch.testing.assert_close(read_back.logits(rows), model.logits(rows))
    assert not any(p.requires_grad for p in read_back.parameters())


def test_peft_alone_reads_the_adapter(base: Path, tiny: Path, tmp_path: Path, table: pl.DataFrame) -> None:
    model = new_classifier(base, "fp32", LORA, LABELS, 0, "cpu")
    save_classifier(model, LABELS, "tiny", tmp_path)
    with silence_libraries():
        config = load_config(base)
        config.num_labels = 3
        plain = AutoModelForSequenceClassification.from_pretrained(tiny, config=config, dtype="float32")
        adapted = peft.PeftModel.from_pretrained(plain, tmp_path / "adapter").eval()
    rows = prompts(base, MICROWORLD, table)
    ids, _ = pad(rows, 0)
    torch.testing.assert_close(adapted(input_ids=ids).logits, model.logits(rows))


def test_an_artifact_holds_no_pickle_and_no_path(base: Path, tmp_path: Path) -> None:
    save_classifier(new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), LABELS, "tiny", tmp_path)
    found = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert found == ["adapter/adapter_config.json", "adapter/adapter_model.safetensors", "head.json"]
    assert str(base.parent) not in (tmp_path / "adapter" / "adapter_config.json").read_text()
    assert any("score" in name for name in load_file(tmp_path / "adapter" / "adapter_model.safetensors"))


def test_another_order_of_labels_is_refused_on_loading(base: Path, tmp_path: Path) -> None:
    save_classifier(new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), LABELS, "tiny", tmp_path)
    with pytest.raises(ScotomaError, match="the task's labels are contradiction"):
        load_classifier(base, tmp_path, "fp32", LORA, LABELS[::-1], "cpu")


def test_a_head_that_ignores_the_seed_is_refused(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "fresh_head", lambda n, width, std, _: torch.ones(n, width) * std)
    with pytest.raises(ScotomaError, match="The seed has no effect"):
        new_classifier(base, "fp32", LORA, LABELS, 0, "cpu")


def test_a_classifier_that_reads_padding_is_refused(
    base: Path, table: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, rows = new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), prompts(base, MICROWORLD, table)
    check_padding(model, rows, "fp32")
    forward = Classifier.forward
    monkeypatch.setattr(
        Classifier,
        "forward",
        lambda self, input_ids, last: forward(self, input_ids, torch.full_like(last, input_ids.shape[1] - 1)),
    )
    with pytest.raises(ScotomaError, match="when it is padded"):
        check_padding(model, rows, "fp32")


def test_a_head_lost_on_the_way_to_disk_is_refused(base: Path, tmp_path: Path) -> None:
    one, other = (new_classifier(base, "fp32", LORA, LABELS, seed, "cpu") for seed in (0, 1))
    save_classifier(other, LABELS, "tiny", tmp_path)

    def load() -> Classifier:
        return load_classifier(base, tmp_path, "fp32", LORA, LABELS, "cpu")

    rows = probes(base, MICROWORLD)
    check_saved(seen(other, rows), load, rows, "fp32")
    with pytest.raises(ScotomaError, match="head was saved as"):
        check_saved(seen(one, rows), load, rows, "fp32")


def test_an_adapter_without_safetensors_is_refused(base: Path, tmp_path: Path) -> None:
    save_classifier(new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), LABELS, "tiny", tmp_path)
    shutil.move(
        tmp_path / "adapter" / "adapter_model.safetensors", tmp_path / "adapter" / "adapter_model.bin"
    )
    with pytest.raises(ScotomaError, match=r"no adapter_model\.safetensors"):
        load_classifier(base, tmp_path, "fp32", LORA, LABELS, "cpu")


def test_layers_the_model_does_not_have_are_refused_with_those_it_has(base: Path) -> None:
    adapter = LORA.model_copy(update={"targets": ("q_proj", "c_attn")})
    with pytest.raises(ScotomaError, match=r"c_attn .*linear layers are: down_proj, gate_proj"):
        new_classifier(base, "fp32", adapter, LABELS, 0, "cpu")


def test_four_bits_on_the_cpu_are_refused_with_the_extra_to_install(base: Path) -> None:
    with pytest.raises(ScotomaError, match=r"scotoma\[quantised\]"):
        new_classifier(base, "bf16", LORA.model_copy(update={"kind": "qlora"}), LABELS, 0, "cpu")


def test_an_optimizer_of_bitsandbytes_on_the_cpu_is_refused_with_the_extra_to_install() -> None:
    recipe = RECIPE.model_copy(update={"optimizer": "paged_adamw_32bit"})
    with pytest.raises(ScotomaError, match=r"scotoma\[quantised\].* optimizer: adamw"):
        train(torch.nn.Linear(1, 1), [[0]], lambda rows: {}, recipe, 0, lambda done, total: None)


def test_two_pad_tokens_are_refused(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def other_pad(folder: Path) -> object:
        config = load_config(folder)
        config.pad_token_id = 2
        return config

    monkeypatch.setattr("scotoma.models.base.load_config", other_pad)
    with pytest.raises(ScotomaError, match="pad token is 0 and the model's is 2"):
        new_classifier(base, "fp32", LORA, LABELS, 0, "cpu")


def test_rows_longer_than_the_model_are_refused_by_name(base: Path, table: pl.DataFrame) -> None:
    premise = pl.when(pl.col("id") == "r5").then(pl.lit("The " * 99)).otherwise("premise")
    with pytest.raises(ScotomaError, match="64 positions: r5"):
        prompts(base, MICROWORLD, table.with_columns(premise=premise))


@pytest.mark.parametrize("batch_tokens", [1, 60, 10_000])
def test_batches_do_not_change_predictions_nor_their_order(
    base: Path, table: pl.DataFrame, batch_tokens: int
) -> None:
    model, rows = new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), prompts(base, MICROWORLD, table)
    seen: list[tuple[int, int]] = []
    found = predict_logits(model, rows, batch_tokens, lambda done, total: seen.append((done, total)))
    alone = np.concatenate([model.logits([row]).numpy() for row in rows])
    np.testing.assert_allclose(found.logits, alone, rtol=1e-4, atol=1e-5)
    assert (seen[-1], found.batch_tokens) == ((24, 24), batch_tokens)


class _Cramped:
    """A classifier on a device with room for so many tokens."""

    def __init__(self, classifier: Classifier, room: int) -> None:
        self.classifier, self.room, self.asked = classifier, room, list[int]()
        self.n_labels = classifier.n_labels
        self.n_tokens = classifier.n_tokens

    def logits(self, rows: list[list[int]]) -> torch.Tensor:
        self.asked.append(len(rows) * max(map(len, rows)))
        if self.asked[-1] > self.room:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 1 TiB")
        return self.classifier.logits(rows)


def test_batches_that_do_not_fit_are_halved_and_it_is_said_how_far(base: Path, table: pl.DataFrame) -> None:
    model, rows = new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), prompts(base, MICROWORLD, table)
    cramped = _Cramped(model, room=100)
    found = predict_logits(cramped, rows, 10_000, lambda done, total: None)
    whole = predict_logits(model, rows, 10_000, lambda done, total: None)
    np.testing.assert_allclose(found.logits, whole.logits, rtol=1e-4, atol=1e-5)
    assert 50 <= found.batch_tokens <= 100
    # What has been learned of the room is not learned again for each batch.
    assert sum(asked > 100 for asked in cramped.asked) < 6


def test_a_row_that_does_not_fit_alone_is_an_error_and_another_error_is_not_hidden(
    base: Path, table: pl.DataFrame
) -> None:
    model, rows = new_classifier(base, "fp32", LORA, LABELS, 0, "cpu"), prompts(base, MICROWORLD, table)
    with pytest.raises(ScotomaError, match="out of memory with a single row"):
        predict_logits(_Cramped(model, room=3), rows, 10_000, lambda done, total: None)
    with pytest.raises((RuntimeError, IndexError), match="index out of range"):
        predict_logits(model, [[10_000]], 10_000, lambda done, total: None)


def test_probabilities_are_a_softmax_that_large_logits_do_not_break() -> None:
    np.testing.assert_allclose(probabilities(np.log(np.array([[0.2, 0.3, 0.5]]))), [[0.2, 0.3, 0.5]])
    np.testing.assert_allclose(probabilities(np.array([[1e4, 0.0]], dtype=np.float32)), [[1, 0]])


def test_untied_models_work_as_well(make_tiny: Callable[..., Path], tmp_path: Path) -> None:
    from scotoma.models.base import prepare

    prepare(str(make_tiny(tie_word_embeddings=False)), None, None, tmp_path)
    model = new_classifier(tmp_path, "fp32", LORA, LABELS, 0, "cpu")
    checks.check_padding_invariance(model.logits, probes(tmp_path, MICROWORLD), "fp32")
