"""What the folder of a model holds, told by its files alone. Imports no torch.

What cannot be read, or would be read as something else than it looks, is refused before anything runs.
"""

import json
from pathlib import Path
from typing import Any

from scotoma.errors import ScotomaError

#: The file that makes a folder an adapter of peft.
ADAPTER = "adapter_config.json"

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
        ScotomaError: it is an adapter, or has no configuration, no safetensors, or two sets of weights.
    """
    if is_adapter(folder):
        raise ScotomaError(f"{name!r} is a peft adapter and no base model", where=str(folder), remedy=_MERGE)
    if not (folder / "config.json").is_file():
        raise ScotomaError(
            f"{name!r} is no model folder: {_instead(folder)}", where=str(folder), remedy=_WHOLE
        )
    check_weights(folder, name)


def check_weights(folder: Path, name: str, stem: str = "model") -> None:
    """Refuses a folder without safetensors, or with a single file beside shards.

    `save_pretrained` leaves an old single file beside new shards, and `from_pretrained` reads the old one
    (transformers 5.23.0; findings/old-weights-beside-shards.sh).

    Args:
        folder: Where the weights are.
        name: As messages should call it.
        stem: What their files' names begin with: `model`, or `adapter_model`.

    Raises:
        ScotomaError: there are none, or two sets.
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
