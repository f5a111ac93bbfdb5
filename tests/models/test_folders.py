"""A model's folder is told by its files before anything is loaded, and what cannot be read is named."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import peft
import pytest
import torch
from tiny import VOCABULARY
from transformers import (
    AutoModelForSequenceClassification,
    LlamaForCausalLM,
    XLNetConfig,
    XLNetForSequenceClassification,
)

from scotoma.basics.errors import ScotomaError
from scotoma.models.checks import limit_of
from scotoma.models.labelling import label_with
from scotoma.models.names import fingerprint
from scotoma.models.quiet import silence_libraries
from scotoma.models.sizes import find_config
from scotoma.tasks import MICROWORLD
from tiny_encoders import make_encoder

LABELS = MICROWORLD.labels
NAMES = {"id2label": dict(enumerate(LABELS)), "label2id": {label: i for i, label in enumerate(LABELS)}}
TEXTS = [
    (f"The {who} saw the judge .", "The judge met " * n + ".")
    for n, who in enumerate(("doctor", "lawyer") * 4)
]


def quietly(done: int, total: int) -> None:
    pass


def labelled(model: Path, order: tuple[str, ...] = ()) -> list[str]:
    return label_with(str(model), TEXTS, LABELS, order=order, device="cpu", progress=quietly)[0]


@pytest.fixture
def model(tiny: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "model"))


def sharded(folder: Path) -> None:
    with silence_libraries():
        LlamaForCausalLM.from_pretrained(folder).save_pretrained(folder, max_shard_size="5KB")


def sharded_alone(folder: Path, index: str = "") -> None:
    sharded(folder)
    (folder / "model.safetensors").unlink()
    if index:
        (folder / "model.safetensors.index.json").write_text(index)


def without_a_shard(folder: Path) -> None:
    sharded_alone(folder)
    next(folder.glob("model-00002-*.safetensors")).unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def asks(folder: Path, value: object, key: str = "_attn_implementation") -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, key: value}))


def sharded_elsewhere(folder: Path, before: str, ending: str = ".safetensors") -> None:
    """The index names the first shard in another folder, or with another ending, where it is."""
    sharded_alone(folder)
    index = folder / "model.safetensors.index.json"
    (first,) = folder.glob("model-00001-*.safetensors")
    place = f"{before}{first.stem}{ending}"
    (folder / place).parent.mkdir(exist_ok=True)
    first.rename(folder / place)
    index.write_text(index.read_text().replace(first.name, place))


def inside_another(folder: Path) -> None:
    """As a step of a store has it."""
    files = list(folder.iterdir())
    (folder / "model").mkdir()
    for file in files:
        file.rename(folder / "model" / file.name)


LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 4371234\n"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda folder: (folder / "adapter_config.json").write_text("{}"),
            "is a peft adapter, not a base model.*Merge",
        ),
        (lambda folder: (folder / "config.json").unlink(), "is not a model folder: it has no config.json"),
        (inside_another, "is not a model folder: it has no config.json; its folder 'model' may be the one"),
        (lambda folder: (folder / "model.safetensors").unlink(), "it has a tokenizer and no weights"),
        (
            lambda folder: (folder / "model.safetensors").rename(folder / "pytorch_model.bin"),
            r"no \*.safetensors, and pickled weights are not read",
        ),
        (lambda folder: (folder / "model.safetensors").rename(folder / "m.gguf"), "it holds a GGUF file"),
        (
            lambda folder: (folder / "model.safetensors").rename(folder / "model.fp16.safetensors"),
            r"it has model.fp16.safetensors, and neither model.safetensors nor model.safetensors.index.json",
        ),
        (
            lambda folder: cut(folder / "model.safetensors"),
            r"model.safetensors is damaged: .*download it again",
        ),
        (
            lambda folder: (folder / "model.safetensors").write_text(LFS),
            r"model.safetensors is a git-lfs pointer, not weights \(git lfs pull",
        ),
        (lambda folder: without_a_shard(folder), r"model-00002-of-\d+.safetensors is not there"),
        (
            lambda folder: sharded_alone(folder, index="[]"),
            "model.safetensors.index.json is not an index of shards",
        ),
        (lambda folder: cut(folder / "config.json"), "its config.json is not a JSON object"),
        (lambda folder: (folder / "config.json").write_text("[]"), "its config.json is not a JSON object"),
        (
            lambda folder: asks(folder, "kernels-community/flash-attn"),
            r"asks for _attn_implementation 'kernels-community/flash-attn', which is code from elsewhere",
        ),
        (
            lambda folder: asks(folder, {"": "sdpa", "text_config": "flash_attention_2"}),
            r"'flash_attention_2', which is code from elsewhere.*set it to eager or sdpa",
        ),
        (lambda folder: asks(folder, "model.bin", "transformers_weights"), "names its own file of weights"),
        (
            lambda folder: sharded_elsewhere(folder, "weights/"),
            r"index.json names 'weights/model-00001.*', which is not a \*.safetensors file of the folder",
        ),
        (lambda folder: sharded_elsewhere(folder, "../other/"), r"names '../other/model-00001"),
        (lambda folder: sharded_elsewhere(folder, "", ".bin"), r"names 'model-00001.*\.bin'"),
        (sharded, r"holds two models: model.safetensors, and model-00001-of-.*folder of their own"),
    ],
)
def test_a_folder_that_is_no_base_is_refused_in_a_sentence(
    model: Path, change: Callable[[Path], object], said: str
) -> None:
    assert fingerprint(str(model))
    change(model)
    with pytest.raises(ScotomaError, match=said):
        fingerprint(str(model))


def test_a_configuration_that_cannot_be_read_is_refused_wherever_it_is_looked_at(model: Path) -> None:
    cut(model / "config.json")
    with pytest.raises(ScotomaError, match=r"is not a JSON object.*download it again"):
        find_config(str(model), None)


def test_weights_of_other_shapes_than_the_configuration_says_are_refused_in_words(tmp_path: Path) -> None:
    folder = make_encoder("bert", tmp_path / "bert", VOCABULARY)
    with silence_libraries():
        AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3, **NAMES).save_pretrained(
            folder
        )
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "vocab_size": config["vocab_size"] + 1}))
    with pytest.raises(ScotomaError, match=r"its weights have other shapes than its config\.json says"):
        labelled(folder)


def test_a_folder_of_shards_alone_is_a_base(model: Path) -> None:
    sharded_alone(model)
    assert fingerprint(str(model))


def test_a_folder_of_sentence_transformers_is_told(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[]")
    with pytest.raises(ScotomaError, match="folder of sentence-transformers"):
        fingerprint(str(tmp_path))


def test_a_classifiers_folder_with_two_models_is_refused(tmp_path: Path) -> None:
    folder = make_encoder("bert", tmp_path / "bert", VOCABULARY)
    with silence_libraries():
        found = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3, **NAMES)
        found.save_pretrained(folder)
        found.save_pretrained(folder, max_shard_size="10KB")
    with pytest.raises(ScotomaError, match="holds two models"):
        labelled(folder)


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    """An adapter of a classifier, with the head in it, and its base in the folder beside it."""
    base = make_encoder("bert", tmp_path / "base", VOCABULARY)
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(1)
        found = AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
        config = peft.LoraConfig(
            task_type="SEQ_CLS", r=2, target_modules=["query"], modules_to_save=["classifier", "pooler"]
        )
        adapted = peft.get_peft_model(found, config)
        for name, weight in adapted.named_parameters():
            if "lora_B" in name:
                torch.nn.init.normal_(weight)
        adapted.save_pretrained(tmp_path / "adapter")
        adapted.merge_and_unload().save_pretrained(tmp_path / "merged")
        shutil.copy(base / "tokenizer.json", tmp_path / "merged")
        shutil.copy(base / "tokenizer_config.json", tmp_path / "merged")
    return tmp_path / "adapter"


def test_an_adapter_whose_base_folder_holds_two_models_is_refused(adapter: Path) -> None:
    base = adapter.parent / "base"
    with silence_libraries():
        AutoModelForSequenceClassification.from_pretrained(base).save_pretrained(base, max_shard_size="10KB")
    with pytest.raises(ScotomaError, match=r"base' holds two models: model.safetensors, and model-00001"):
        labelled(adapter, LABELS)


def rewrite(folder: Path, **changes: object) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


@pytest.mark.parametrize("place", ["as it was", "../base", "/gone/from/here/base"])
def test_an_adapter_labels_as_the_merged_model_does(adapter: Path, place: str) -> None:
    if place != "as it was":
        rewrite(adapter, base_model_name_or_path=place)
    expected = labelled(adapter.parent / "merged", LABELS)
    assert len(set(expected)) > 1
    assert labelled(adapter, LABELS) == expected


def test_a_folder_of_the_bases_name_that_holds_no_model_is_passed_over(
    adapter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("work", "base"):
        (tmp_path / "elsewhere" / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "elsewhere" / "work")
    rewrite(adapter, base_model_name_or_path="../base")
    assert labelled(adapter, LABELS) == labelled(adapter.parent / "merged", LABELS)


def test_an_adapter_of_a_bundled_base_finds_it(adapter: Path) -> None:
    rewrite(adapter, base_model_name_or_path="bundled:microworld_base")
    with pytest.raises(ScotomaError, match="cannot be read"):  # of another architecture, but it is there
        labelled(adapter, LABELS)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"base_model_name_or_path": "/gone/elsewhere"},
            "the base of the adapter .* is not there: /gone/elsewhere",
        ),
        ({"base_model_name_or_path": None}, "the base of the adapter .* is not there"),
        ({"task_type": "CAUSAL_LM"}, "is of the task CAUSAL_LM, not of a sequence classifier"),
    ],
)
def test_an_adapter_that_cannot_be_read_is_refused_in_a_sentence(
    adapter: Path, changes: dict[str, object], said: str
) -> None:
    rewrite(adapter, **changes)
    with pytest.raises(ScotomaError, match=said):
        labelled(adapter, LABELS)


def test_an_adapter_with_pickled_weights_is_not_read(adapter: Path) -> None:
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(ScotomaError, match="pickled weights are not read"):
        labelled(adapter, LABELS)


def test_an_adapter_without_a_head_is_no_classifier(adapter: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    path = adapter / "adapter_model.safetensors"
    kept = {name: value for name, value in load_file(path).items() if "classifier" not in name}
    save_file(kept, path, metadata={"format": "pt"})
    with pytest.raises(ScotomaError, match=r"cannot be read|neither it nor its base has classifier"):
        labelled(adapter, LABELS)


@pytest.mark.parametrize(
    ("family", "target", "key"),
    [
        ("bert", "query", r"bert\.pooler\.dense\.bias"),
        ("deberta-v2", "query_proj", r"pooler\.dense\.bias"),
    ],
)
def test_an_adapter_that_lost_a_part_of_its_head_is_refused_and_the_part_named(
    tmp_path: Path, family: str, target: str, key: str
) -> None:
    base = make_encoder(family, tmp_path / "base", VOCABULARY)
    with silence_libraries():
        found = AutoModelForSequenceClassification.from_pretrained(base, num_labels=3)
        config = peft.LoraConfig(task_type="SEQ_CLS", r=2, target_modules=[target])
        peft.get_peft_model(found, config).save_pretrained(tmp_path / "adapter")
    with pytest.raises(ScotomaError, match=f"neither it nor its base has {key}") as raised:
        labelled(tmp_path / "adapter", LABELS)
    assert "with pooler among the modules_to_save" in str(raised.value)


@pytest.mark.parametrize(
    ("given", "limit"),
    [
        (512, 512),
        (1.0e4, 10_000),
        (-1, None),
        (0, None),
        (1e30, None),
        (int(1e30), None),
        (None, None),
        (True, None),
    ],
)
def test_a_limit_of_length_that_is_none_is_none(given: object, limit: int | None) -> None:
    assert limit_of(given) == limit


def test_a_model_that_knows_no_limit_and_reads_padding_labels_each_row_as_alone(tmp_path: Path) -> None:
    base = make_encoder("bert", tmp_path / "xlnet", VOCABULARY)  # for its tokenizer
    config = XLNetConfig(
        vocab_size=len(VOCABULARY), d_model=16, n_layer=2, n_head=2, d_inner=32, pad_token_id=0, **NAMES
    )
    assert config.max_position_embeddings == -1
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        XLNetForSequenceClassification(config).save_pretrained(base)
    together = labelled(base)
    alone = [label_with(str(base), [row], LABELS, device="cpu", progress=quietly)[0][0] for row in TEXTS]
    assert together == alone


def test_tables_of_names_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    folder = make_encoder("bert", tmp_path / "bert", VOCABULARY)
    with silence_libraries():
        AutoModelForSequenceClassification.from_pretrained(folder, num_labels=3, **NAMES).save_pretrained(
            folder
        )
    assert len(labelled(folder)) == len(TEXTS)
    config = json.loads((folder / "config.json").read_text())
    config["label2id"] = {label: 2 - place for place, label in enumerate(LABELS)}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(
        ScotomaError, match=r"called entailment, neutral, contradiction by id2label, and contradiction"
    ):
        labelled(folder)
