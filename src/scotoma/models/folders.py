"""What the folder of a model holds, told by its files alone. Imports no torch.

What cannot be read, or would be read as something else than it looks, is refused before anything runs.
"""

import json
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from scotoma.basics.errors import ScotomaError

#: The file that makes a folder an adapter of peft.
ADAPTER = "adapter_config.json"
#: How the file begins that git leaves in place of a large one.
_POINTER = b"version https://git-lfs"

_MERGE = (
    "Merge it into its base first: PeftModel.from_pretrained(BASE, ADAPTER).merge_and_unload()"
    ".save_pretrained(FOLDER), and save the tokenizer there too."
)


def is_adapter(folder: Path) -> bool:
    """Whether a folder holds an adapter of peft rather than a whole model.

    transformers reads a folder that has both as its adapter, on whatever base that names.
    """
    return (folder / ADAPTER).is_file()


def check_base(folder: Path, name: str) -> None:
    """Refuses a folder that holds no base model, or more than one.

    Args:
        folder: Where its files are.
        name: As the study has it.

    Raises:
        ScotomaError: it is an adapter, has no configuration that can be read, or see `check_weights`.
    """
    if is_adapter(folder):
        raise ScotomaError(f"{name!r} is a peft adapter and no base model", where=str(folder), remedy=_MERGE)
    if not (folder / "config.json").is_file():
        raise ScotomaError(
            f"{name!r} is no model folder: {_instead(folder)}", where=str(folder), remedy=_WHOLE
        )
    read_config(folder, name)
    check_weights(folder, name)


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """A model's configuration.

    Args:
        folder: That has a `config.json`.
        name: As messages should call the model.

    Raises:
        ScotomaError: the file cannot be read, or is no JSON object.
    """
    try:
        found = json.loads((folder / "config.json").read_text(encoding="utf8"))
    except (OSError, ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ScotomaError(
            f"{name!r} cannot be read: its config.json is no JSON object", where=str(folder), remedy=_AGAIN
        )
    return found


def check_weights(folder: Path, name: str, stem: str = "model") -> None:
    """Refuses a folder without whole safetensors, or with a single file beside shards. Reads no weights.

    `save_pretrained` leaves an old single file beside new shards, and `from_pretrained` reads the old one
    (transformers 5.23.0; findings/old-weights-beside-shards.sh).

    Args:
        folder: Where the weights are.
        name: As messages should call it.
        stem: What their files' names begin with: `model`, or `adapter_model`.

    Raises:
        ScotomaError: there are none, or two sets, or a file is missing or cut short.
    """
    single = folder / f"{stem}.safetensors"
    shards = sorted(folder.glob(f"{stem}-*-of-*.safetensors"))
    index = folder / f"{stem}.safetensors.index.json"
    if single.is_file() and (shards or index.is_file()):
        raise ScotomaError(
            f"{name!r} holds two models: {single.name}, and {(shards or [index])[0].name}",
            where=str(folder),
            remedy="One was saved over the other. Keep the files of the one that is meant in a folder of "
            "their own.",
        )
    if not any(folder.glob("*.safetensors")):
        raise ScotomaError(f"{name!r} cannot be read: {_instead(folder)}", where=str(folder), remedy=_WHOLE)
    if not single.is_file() and not index.is_file():
        there = min(path.name for path in folder.glob("*.safetensors"))
        what = f"it has {there}, and neither {single.name} nor {index.name}"
        raise ScotomaError(f"{name!r} cannot be read: {what}", where=str(folder), remedy=_WHOLE)
    for file in [single] if single.is_file() else _shards_of(index, name):
        if damage := _damage(file):
            raise ScotomaError(
                f"{name!r} cannot be read: {file.name} {damage}", where=str(folder), remedy=_AGAIN
            )


def _shards_of(index: Path, name: str) -> list[Path]:
    """The files that an index of shards names."""
    try:
        shards = set(json.loads(index.read_text(encoding="utf8"))["weight_map"].values())
        return sorted(index.parent / shard for shard in shards)
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ScotomaError(
            f"{name!r} cannot be read: {index.name} is no index of shards",
            where=str(index.parent),
            remedy=_AGAIN,
        ) from error


def _damage(file: Path) -> str:
    """What is wrong with a file of weights, by its header and size; empty for nothing."""
    try:
        with file.open("rb") as opened:
            if opened.read(len(_POINTER)) == _POINTER:
                return "is a pointer of git-lfs and no weights (git lfs pull fetches them)"
        with safe_open(file, "np"):
            return ""
    except FileNotFoundError:
        return "is not there"
    except (OSError, SafetensorError) as error:
        return f"is damaged: {error}"


def adapter_config(folder: Path, where: str) -> dict[str, Any]:
    """What an adapter says of itself.

    Raises:
        ScotomaError: its file is no JSON object.
    """
    try:
        found = json.loads((folder / ADAPTER).read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise ScotomaError(
            f"the adapter in {str(folder)!r} cannot be read: {error}", where=where, remedy="Save it again."
        ) from error
    if not isinstance(found, dict):
        raise ScotomaError(
            f"the adapter in {str(folder)!r} has no settings", where=where, remedy="Save it again."
        )
    return found


def reason(error: Exception) -> str:
    """Why a library could not read a model, in words that need no report beside them."""
    # transformers points to a table that it has logged, which nobody sees here.
    is_of_shapes = "ignore_mismatched_sizes" in str(error)
    return "its weights have other shapes than its config.json says" if is_of_shapes else str(error)


_AGAIN = "Copy or download it again, whole."
_WHOLE = (
    "Give a folder that save_pretrained wrote: config.json, *.safetensors and the tokenizer. Weights of "
    "other formats are not read."
)


def _instead(folder: Path) -> str:
    """What a folder without a model's files has in their place."""
    if any(folder.glob("*.gguf")):
        return "it holds a GGUF file"
    if any((*folder.glob("*.bin"), *folder.glob("*.pt"), *folder.glob("*.pth"), *folder.glob("*.pkl"))):
        return "it has no *.safetensors, and pickled weights are not read"
    if (folder / "modules.json").is_file():
        return "it is a folder of sentence-transformers, with the model in another folder"
    if any(folder.glob("*.safetensors")):
        return "it has no config.json"
    if (folder / "tokenizer.json").is_file():
        return "it has a tokenizer and no weights"
    has_config = (folder / "config.json").is_file()
    return "it has no *.safetensors" if has_config else "it has no config.json and no *.safetensors"
