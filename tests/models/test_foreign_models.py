"""Models that others made: no code of theirs runs, no pickle is opened, damage is told in words."""

import json
import pickle
import shutil
from pathlib import Path

import pytest
from transformers import AutoModelForCausalLM

from scotoma.basics.errors import ScotomaError
from scotoma.models.base import load_model, load_tokenizer, prepare
from scotoma.models.labelling import label_with
from scotoma.study.settings.models import Full

LABELS = ("entailment", "neutral", "contradiction")


class Trap:
    """Unpickled, it touches a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return open, (str(self.path), "w")


@pytest.fixture
def model(tiny: Path, tmp_path: Path) -> Path:
    """A sound model to spoil."""
    return Path(shutil.copytree(tiny, tmp_path / "model"))


@pytest.fixture
def touched(tmp_path: Path) -> Path:
    """The file that hostile code would make."""
    return tmp_path / "touched"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def changed(path: Path, **changes: object) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def load(model: Path, out: Path) -> None:
    """Every part of a model, as a study loads it."""
    prepare(str(model), None, None, out)
    load_model(AutoModelForCausalLM, out, "fp32", Full(kind="full"), "cpu")


def bring_code(model: Path, touched: Path) -> None:
    """Code beside the weights, named for every part that is loaded."""
    (model / "evil.py").write_text(f"open({str(touched)!r}, 'w')\nclass Evil: pass\n")
    parts = ("AutoConfig", "AutoModel", "AutoModelForCausalLM", "AutoModelForSequenceClassification")
    changed(model / "config.json", auto_map=dict.fromkeys(parts, "evil.Evil"))
    changed(model / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", "evil.Evil"]})


def test_code_beside_a_model_of_a_known_kind_is_passed_over(model: Path, out: Path, touched: Path) -> None:
    bring_code(model, touched)
    load(model, out)
    load_tokenizer(out)
    assert not touched.exists()


def test_a_model_that_needs_its_own_code_is_refused(model: Path, out: Path, touched: Path) -> None:
    bring_code(model, touched)
    changed(model / "config.json", model_type="evil", architectures=["Evil"])
    with pytest.raises(ScotomaError, match="no code that a model brings is run"):
        prepare(str(model), None, None, out)
    with pytest.raises(ScotomaError, match="No code that a model brings is run"):
        label_with(str(model), [("a", "b")], LABELS, device="cpu", progress=lambda done, total: None)
    assert not touched.exists()


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.pkl"])
def test_a_pickle_is_not_opened(model: Path, out: Path, touched: Path, name: str) -> None:
    (model / "model.safetensors").unlink()
    (model / name).write_bytes(pickle.dumps(Trap(touched)))
    with pytest.raises(ScotomaError, match=r"Weights of other formats are not read"):
        prepare(str(model), None, None, out)
    with pytest.raises(ScotomaError, match="safetensors"):
        label_with(str(model), [("a", "b")], LABELS, device="cpu", progress=lambda done, total: None)
    assert not touched.exists()


def test_an_index_of_safetensors_leads_to_no_pickle(model: Path, out: Path, touched: Path) -> None:
    (model / "model.safetensors").rename(model / "other.safetensors")
    (model / "pytorch_model.bin").write_bytes(pickle.dumps(Trap(touched)))
    weights = {"model.embed_tokens.weight": "pytorch_model.bin"}
    index = {"metadata": {"total_size": 1}, "weight_map": weights}
    (model / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ScotomaError, match="cannot be read"):
        load(model, out)
    assert not touched.exists()


def test_the_trap_would_have_sprung(touched: Path) -> None:
    pickle.loads(pickle.dumps(Trap(touched))).close()  # noqa: S301
    assert touched.exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.json", b"{"),
        ("config.json", b"[]"),
        ("config.json", b'{"model_type": "llama", "hidden_size": "wide"}'),
        ("config.json", b'{"model_type": "llama", "num_attention_heads": 0}'),
        ("tokenizer.json", b"{}"),
        ("tokenizer.json", b"\xff\xfe"),
        ("model.safetensors", b"\xff" * 64),
        ("model.safetensors", b""),
    ],
)
def test_a_damaged_file_of_a_model_is_an_error_in_words(
    model: Path, out: Path, name: str, content: bytes
) -> None:
    (model / name).write_bytes(content)
    with pytest.raises(ScotomaError, match="cannot be read"):
        load(model, out)
