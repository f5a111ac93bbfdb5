"""A study whose task model is an encoder, with a causal generator beside it, from its file to its report."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.basics.errors import ScotomaError
from scotoma.study.file import load_study
from scotoma.worlds.microworld import draw_pairs
from small_study import STUDY, done, lend, prepare
from tiny_encoders import make_encoder


def words() -> list[str]:
    """The micro-world's words, as a tokenizer's vocabulary."""
    rows = draw_pairs(3000, 0.5, 0, "train")
    found = {word for row in rows for text in row.texts for word in text.split()}
    return ["<pad>", "<s>", "</s>", "<unk>", *sorted(found)]


def encoder_study(folder: Path, family: str = "bert", **changes: Any) -> Path:
    """The small study with an encoder for its task model; the generator keeps the base that it had."""
    prepare(folder)
    make_encoder(family, folder / "encoder", words(), max_position_embeddings=128, initializer_range=0.1)
    content = yaml.safe_load(STUDY)
    before = content["model"]
    content["model"] = {"name": "encoder", "precision": "fp32", "adapter": {"kind": "full"}}
    content["generator"] = {"model": before, **content["generator"]}
    content["arms"] = [{"original": 30}, {"synthetic": 30}]
    content |= changes
    (folder / "small.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf8")
    return folder / "small.yaml"


@pytest.mark.long
def test_a_study_on_an_encoder_runs_to_its_report(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    encoder_study(folder)
    lend(undisturbed, folder)
    planned, _ = done(folder, "plan", "small.yaml")
    assert "not known here" not in planned
    done(folder, "run", "small.yaml", "--device", "cpu")
    results = json.loads((folder / "reports" / "small" / "results.json").read_text())
    arms = {row["arm"] for row in results["measures"]}
    assert {"none", "original-30", "synthetic-30"} == arms


@pytest.mark.slow
def test_a_doctor_counts_the_memory_of_an_encoder(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    encoder_study(folder)
    looked, _ = done(folder, "doctor", "small.yaml")
    assert "memory for training the task model" in looked


@pytest.mark.parametrize("family", ["bert", "distilbert"])
def test_an_encoder_that_is_to_generate_is_refused_where_it_is_named(tmp_path: Path, family: str) -> None:
    path = encoder_study(tmp_path / "study", family)
    content = yaml.safe_load(path.read_text())
    own = content["generator"].pop("model")
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(
        ScotomaError, match=r"small.yaml:\d+ generator: .*encoder is an encoder and cannot generate"
    ):
        load_study(str(path))
    content["generator"] = {"model": {**own, "name": "encoder"}, **content["generator"]}
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    with pytest.raises(ScotomaError, match="cannot generate; name a causal language model"):
        load_study(str(path))


def test_what_an_encoder_cannot_do_is_refused_where_it_is_named(tmp_path: Path) -> None:
    lora = {"kind": "qlora", "rank": 2, "alpha": 4, "dropout": 0.0, "targets": ["query"]}
    path = encoder_study(
        tmp_path / "study",
        model={"name": "encoder", "precision": "bf16", "adapter": lora},
        distributed={"processes": 2, "sharding": "none"},
    )
    with pytest.raises(ScotomaError, match=r"model.adapter: .*encoder; use kind: lora or full, not qlora"):
        load_study(str(path))
