"""What a machine lacks for the paper's grid, and how to get it, with a network and without."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from scotoma.cli import doctor
from scotoma.cli.doctor import Finding, examine
from scotoma.models import device, dry_run, precision, rates
from scotoma.study.finding import bundled_studies
from scripted_server import Reply, serving

LLAMA = "models--NousResearch--Llama-2-7b-hf"


@pytest.fixture(autouse=True, scope="module")
def _memory_reckoned_once() -> Iterator[None]:
    """What training a model of the paper's size takes, reckoned once for each way of training it."""
    reckon, known = dry_run.memory_of_training, {}

    def reckon_once(config: Any, *rest: Any, **named: Any) -> Any:
        asked = (config.to_json_string(), rest, tuple(sorted(named.items())))
        if asked not in known:
            known[asked] = reckon(config, *rest, **named)
        return known[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dry_run, "memory_of_training", reckon_once)
        yield


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of the hub, and a machine without a GPU."""
    import datasets
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")
    monkeypatch.setattr(device, "device_memory", lambda: None)
    return tmp_path


def found(findings: list[Finding], start: str) -> Finding:
    (finding,) = [finding for finding in findings if finding.what.startswith(start)]
    return finding


def test_everything_that_is_missing_is_named_with_a_way_to_get_it(cache: Path) -> None:
    findings = examine("zhang2025")
    weights = found(findings, "weights NousResearch")
    assert not weights.ok
    assert "hf download NousResearch/Llama-2-7b-hf" in weights.remedy
    assert "--local-dir FOLDER" in weights.remedy
    assert "scotoma init NAME --like zhang2025" in weights.remedy
    for name, revision in (
        ("nyu-mll/multi_nli", ""),
        ("jhu-cogsci/hans", " --revision refs/convert/parquet"),
    ):
        data = found(findings, f"data {name}")
        assert not data.ok
        assert f"hf download --repo-type dataset {name}{revision} --local-dir FOLDER" in data.remedy
        assert "hub:FOLDER:SPLIT" in data.remedy
    gpu = found(findings, "a CUDA device")
    assert not gpu.ok
    assert "srun --gres=gpu:1 scotoma doctor zhang2025" in gpu.remedy
    assert found(findings, "disk for the store").what.startswith("disk for the store: 5")


def test_data_of_a_configuration_are_fetched_by_a_command_that_works(cache: Path) -> None:
    study = yaml.safe_load(bundled_studies()["quickstart"].read_text())
    study.update(task="qqp", blindspots=["paws"], arms=[{"original": 30}], claims=[])
    study["data"] = {
        "train": "hub:glue/qqp:train",
        "tests": {"general": "hub:glue/qqp:validation"},
        "repeated_pairs": "drop",
    }
    del study["heuristic"]
    (cache / "mine.yaml").write_text(yaml.safe_dump(study))
    findings = examine(str(cache / "mine.yaml"))
    glue = found(findings, "data glue/qqp").remedy
    assert "hf download --repo-type dataset nyu-mll/glue --include 'qqp/*' --local-dir FOLDER" in glue
    assert "give hub:FOLDER/qqp:SPLIT" in glue
    assert glue.endswith("in the study")  # `init --like` knows bundled ones alone
    paws = found(findings, "data google-research-datasets/paws").remedy
    assert "dataset google-research-datasets/paws --include 'labeled_final/*'" in paws
    assert found(findings, "disk for the store").what.startswith("disk for the store: not known, ")


def test_a_half_downloaded_model_is_not_taken_for_whole(cache: Path) -> None:
    snapshot = cache / "hub" / LLAMA / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (cache / "hub" / LLAMA / "refs").mkdir()
    (cache / "hub" / LLAMA / "refs" / "main").write_text("abc")
    (snapshot / "config.json").write_text('{"model_type": "unheard of"}')
    shards = {"a": "model-1.safetensors", "b": "model-2.safetensors"}
    (snapshot / "model.safetensors.index.json").write_text(json.dumps({"weight_map": shards}))
    (snapshot / "model-1.safetensors").write_bytes(b"")
    findings = examine("zhang2025")
    assert found(findings, "weights").what.endswith("no model-2.safetensors")
    assert found(findings, "memory for training the task model").what.endswith(
        "not known until its weights are here"
    )
    (snapshot / "model-2.safetensors").write_bytes(b"")
    assert found(examine("zhang2025"), "weights").ok


def test_data_in_the_cache_are_found(cache: Path) -> None:
    (cache / "datasets" / "nyu-mll___multi_nli" / "default" / "0.0.0" / "abc").mkdir(parents=True)
    assert found(examine("zhang2025"), "data nyu-mll").ok


def test_too_little_memory_on_the_gpu_is_said(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "device_memory", lambda: 12 * 10**9)
    findings = examine("zhang2025")
    assert found(findings, "a CUDA device").ok
    task, generator = (found(findings, f"memory for training {what}") for what in ("the task", "the gen"))
    assert task.ok
    assert not generator.ok
    assert "of 12 GB on the GPU" in generator.what


@pytest.mark.long
def test_a_model_that_is_shared_takes_less_on_each_device_and_the_command_line_says_over_how_many(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = bundled_studies()["zhang2025"].read_text(encoding="utf8")
    for mark, instead in (
        ("qlora", "lora"),
        ("paged_adamw_32bit", "adamw"),
        ("# distributed", "distributed"),
    ):
        assert mark in text
        text = text.replace(mark, instead)
    (cache / "big.yaml").write_text(text, encoding="utf8")

    def memory(processes: int | None) -> str:
        return found(
            examine(str(cache / "big.yaml"), processes=processes), "memory for training the task"
        ).what

    monkeypatch.setattr(precision, "multiplies_bf16", lambda: False)
    assert "(weights 27.1 GB, gradients" in memory(1)
    monkeypatch.setattr(precision, "multiplies_bf16", lambda: True)
    alone, two, four = memory(1), memory(None), memory(4)
    assert "2 rows of 128 tokens)" in alone
    assert "gathered" not in alone
    assert "2 rows of 128 tokens sharded over 2 processes)" in two
    assert "sharded over 4 processes)" in four
    weights = ("13.9 GB", "6.93 GB", "3.46 GB")
    for said, held in zip((alone, two, four), weights, strict=True):
        assert f"(weights {held}, gradients" in said


def with_server(folder: Path, url: str, **changes: object) -> str:
    """A study that asks a server for its rows."""
    study = yaml.safe_load(bundled_studies()["quickstart"].read_text(encoding="utf8"))
    settings = {"url": url, "model": "tiny", "api": "chat", "shots": 0} | changes
    study["generator"] = {"endpoint": {**settings, "sampling": study["generator"]["sampling"]}}
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf8")
    return str(path)


@pytest.mark.parametrize(
    ("listed", "words"), [("tiny", "which it lists"), ("big", "does not list (1 others)")]
)
def test_a_server_that_answers_is_told_of_with_the_key_it_is_asked_with(
    cache: Path, monkeypatch: pytest.MonkeyPatch, listed: str, words: str
) -> None:
    monkeypatch.setenv("SCOTOMA_TEST_KEY", "sk-Marker")
    with serving(lambda asked: Reply(json.dumps({"data": [{"id": listed}]}))) as server:
        findings = examine(with_server(cache, server.url, key="SCOTOMA_TEST_KEY"))
    finding = found(findings, f"server {server.url} answers")
    assert finding.ok
    assert words in finding.what
    assert found(findings, "key in the environment variable SCOTOMA_TEST_KEY").ok
    (asked,) = server.asked
    assert (asked.path, asked.headers["authorization"]) == ("/v1/models", "Bearer sk-Marker")


def test_a_judge_s_server_is_asked_whether_it_answers_too(cache: Path) -> None:
    study = yaml.safe_load(bundled_studies()["quickstart"].read_text(encoding="utf8"))
    with serving(lambda asked: Reply(json.dumps({"data": [{"id": "large"}]}))) as server:
        how = {"instruction": "Which?", "sampling": {"temperature": 0, "top_p": 1, "max_new_tokens": 5}}
        study["judge"] = {"endpoint": {"url": server.url, "model": "large", "api": "chat", **how}}
        study["arms"].append({"verified": {"n": 100, "by": "judge"}})
        (cache / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
        assert found(examine(str(cache / "mine.yaml")), f"server {server.url} answers").ok
    assert "judge: endpoint" in found(examine(str(cache / "mine.yaml")), "server http").remedy


@pytest.mark.parametrize(
    ("able", "bf16", "advice"),
    [
        (True, 90e9, "without a GPU choose precision: bf16"),
        (True, 9e9, "without a GPU choose precision: fp32"),
        (False, 9e9, "models of precision: bf16 are computed in fp32 here"),
    ],
)
def test_both_rates_of_a_core_are_told_and_which_precision_to_choose(
    cache: Path, monkeypatch: pytest.MonkeyPatch, able: bool, bf16: float, advice: str
) -> None:
    monkeypatch.setattr(rates, "core_rate", {"fp32": 68e9, "bf16": bf16}.__getitem__)
    monkeypatch.setattr(precision, "multiplies_bf16", lambda: able)
    said = found(examine(None, cache), "one core").what
    assert said.startswith(f"one core multiplies at 68 GFLOP/s in fp32, {bf16 / 1e9:.0f} in bf16: ")
    assert said.endswith(advice)
    # A model that would be computed slowly here is a fault of the study on this machine, with its remedy.
    slow = [one for one in examine("zhang2025", cache) if one.what.startswith("precision: bf16 of")]
    assert bool(slow) == (able and bf16 < 68e9)
    for finding in slow:
        assert "NousResearch/Llama-2-7b-hf: a core is 7.6 times as fast in fp32" in finding.what
        assert "precision: fp32" in finding.remedy


def test_a_server_that_does_not_answer_is_missing(cache: Path) -> None:
    with serving(lambda asked: Reply("starting", 503)) as server:
        busy = found(examine(with_server(cache, server.url)), "server http")
    gone = found(examine(with_server(cache, server.url)), "server http")
    for finding, words in ((busy, "status 503 'starting'"), (gone, "ConnectError")):
        assert not finding.ok
        assert words in finding.what
        assert "correct the url" in finding.remedy


def test_a_key_that_is_not_set_is_missing_and_the_server_is_not_asked(cache: Path) -> None:
    with serving() as server:
        finding = found(examine(with_server(cache, server.url, key="SCOTOMA_NO_KEY")), "key: ")
    assert not finding.ok
    assert finding.what.endswith("SCOTOMA_NO_KEY is not set")
    assert "export SCOTOMA_NO_KEY=" in finding.remedy
    assert server.asked == []


def test_a_prompted_model_s_weights_are_looked_for(cache: Path) -> None:
    study = yaml.safe_load(bundled_studies()["quickstart"].read_text(encoding="utf8"))
    model = {"name": "someone/else", "precision": "bf16", "adapter": {"kind": "full"}}
    sampling = study["generator"]["sampling"]
    study["generator"] = {"prompted": {"model": model, "shots": 1, "sampling": sampling}}
    (cache / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    assert not found(examine(str(cache / "mine.yaml")), "weights someone/else").ok


def test_the_quickstart_needs_nothing_that_is_not_here(cache: Path) -> None:
    assert all(finding.ok for finding in examine("quickstart"))
    assert doctor.__doc__


def test_the_disk_is_that_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(free=0)
    measured = shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full if path == tmp_path else measured(path))
    here = examine("quickstart", Path("store"))
    there = examine("quickstart", tmp_path / "not" / "made" / "yet")
    for what in ("free disk for the store", "disk for the store:"):
        assert found(here, what).ok
        assert not found(there, what).ok


@pytest.mark.parametrize("kind", ["xlnet", "no type"])
def test_a_model_whose_layers_cannot_be_run_without_weights_is_told_of_and_ends_nothing(
    cache: Path, kind: str
) -> None:
    from transformers import XLNetConfig, XLNetLMHeadModel

    from tiny_encoders import tokenizer

    model = cache / "model"
    words = ["<pad>", "<s>", "</s>", "<unk>", "doctor"]
    config = XLNetConfig(vocab_size=5, d_model=16, n_layer=1, n_head=2, d_inner=16, pad_token_id=0)
    XLNetLMHeadModel(config).save_pretrained(model)
    tokenizer(words, segments=False).save_pretrained(model)
    if kind == "no type":
        said = json.loads((model / "config.json").read_text())
        del said["model_type"]
        (model / "config.json").write_text(json.dumps(said))
    study = yaml.safe_load(bundled_studies()["quickstart"].read_text())
    study["model"] = {**study["model"], "name": str(model)}
    study |= {"arms": [{"original": 30}], "claims": [], "generator": None, "screening": None}
    (cache / "mine.yaml").write_text(yaml.safe_dump(study))
    findings = examine(str(cache / "mine.yaml"))
    assert "not known" in found(findings, "memory for training the task model").what
    weights = found(findings, f"weights {model}")
    assert weights.ok == (kind == "xlnet")


def test_an_adapter_on_layers_that_the_model_does_not_have_is_told_of(cache: Path) -> None:
    study = yaml.safe_load(bundled_studies()["quickstart"].read_text())
    study["model"]["adapter"] = {
        "kind": "lora",
        "rank": 2,
        "alpha": 4,
        "dropout": 0.0,
        "targets": ["qq_proj"],
    }
    (cache / "mine.yaml").write_text(yaml.safe_dump(study))
    training = found(examine(str(cache / "mine.yaml")), "training the task model")
    assert not training.ok
    assert "layers that the model does not have: qq_proj" in training.what
    assert "q_proj" in training.remedy
