"""What the folder of a model holds, judged by its files alone. Imports no torch.

What cannot be read, or would be read as something else than it looks, is refused before anything runs.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from scotoma.basics.errors import ScotomaError

#: The file that makes a folder an adapter of peft.
ADAPTER = "adapter_config.json"
#: Ways to compute attention that torch and transformers bring themselves. Every other name is that of a
#: compiled package, or is fetched as a kernel from the hub.
_ATTENTION = ("eager", "sdpa")
#: How a Git LFS pointer begins, which stands in place of a large file.
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
        folder: Folder with the model's files.
        name: Name of the model in the study.

    Raises:
        ScotomaError: it is an adapter, has no configuration that can be read, or see `check_weights`.
    """
    if is_adapter(folder):
        raise ScotomaError(f"{name!r} is a peft adapter, not a base model", where=str(folder), remedy=_MERGE)
    if not (folder / "config.json").is_file():
        raise ScotomaError(
            f"{name!r} is not a model folder: {_instead(folder)}", where=str(folder), remedy=_WHOLE
        )
    check_config(read_config(folder, name), folder, name)
    check_weights(folder, name)


def check_config(config: Mapping[str, Any], folder: Path, name: str) -> None:
    """Refuses a configuration that would have other code or other weights loaded than the folder's own.

    Args:
        config: What `config.json` says.
        folder: Folder of the model.
        name: Name of the model in messages.

    Raises:
        ScotomaError: it names an attention of a compiled package or of the hub, or a file of weights.
    """
    for key, attention in _attentions(config):
        if attention not in _ATTENTION:
            raise ScotomaError(
                f"the config.json of {name!r} asks for {key} {attention!r}, which is code from elsewhere",
                where=str(folder),
                remedy=f"Remove the entry, or set it to {' or '.join(_ATTENTION)}.",
            )
    if "transformers_weights" in config:
        raise ScotomaError(
            f"the config.json of {name!r} names its own file of weights (transformers_weights)",
            where=str(folder),
            remedy="Remove the entry, and name the file model.safetensors.",
        )


def _attentions(config: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every attention that a configuration asks for, also for its parts; None asks for none."""
    for key, value in config.items():
        if key.strip("_").removesuffix("_internal") in ("attn_implementation", "experts_implementation"):
            for attention in value.values() if isinstance(value, Mapping) else (value,):
                if attention is not None:
                    yield key, attention
        elif isinstance(value, Mapping):
            yield from _attentions(value)


def read_config(folder: Path, name: str) -> dict[str, Any]:
    """A model's configuration.

    Args:
        folder: Folder with a `config.json`.
        name: Name of the model in messages.

    Raises:
        ScotomaError: the file cannot be read, or is no JSON object.
    """
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf8"))
    except (OSError, ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise ScotomaError(
            f"{name!r} cannot be read: its config.json is not a JSON object", where=str(folder), remedy=_AGAIN
        )
    return config


def check_weights(folder: Path, name: str, stem: str = "model") -> None:
    """Refuses a folder without whole safetensors, or with a single file beside shards. Reads no weights.

    `save_pretrained` leaves an old single file beside new shards, and `from_pretrained` reads the old one
    (transformers 5.23.0; findings/old-weights-beside-shards.sh).

    Args:
        folder: Folder with the weights.
        name: Name of the model in messages.
        stem: What their files' names begin with: `model`, or `adapter_model`.

    Raises:
        ScotomaError: there are none, or two sets, or a file is missing, cut short or in another folder.
    """
    single = folder / f"{stem}.safetensors"
    shards = sorted(folder.glob(f"{stem}-*-of-*.safetensors"))
    index = folder / f"{stem}.safetensors.index.json"
    if single.is_file() and (shards or index.is_file()):
        raise ScotomaError(
            f"{name!r} holds two models: {single.name}, and {(shards or [index])[0].name}",
            where=str(folder),
            remedy="One was saved over the other. Keep the files of the one you mean in a folder of "
            "their own.",
        )
    if not any(folder.glob("*.safetensors")):
        raise ScotomaError(f"{name!r} cannot be read: {_instead(folder)}", where=str(folder), remedy=_WHOLE)
    if not single.is_file() and not index.is_file():
        present = min(path.name for path in folder.glob("*.safetensors"))
        what = f"it has {present}, and neither {single.name} nor {index.name}"
        raise ScotomaError(f"{name!r} cannot be read: {what}", where=str(folder), remedy=_WHOLE)
    for file in [single] if single.is_file() else _shards_of(index, name):
        if damage := _damage(file):
            raise ScotomaError(
                f"{name!r} cannot be read: {file.name} {damage}", where=str(folder), remedy=_AGAIN
            )


def layer_names(folder: Path) -> set[str]:
    """The last part of every layer's name, such as `q_proj`, by the headers of a folder's safetensors.

    Files that cannot be read, as of a download that has not ended, have no names.
    """
    names: set[str] = set()
    for file in sorted(folder.glob("*.safetensors")):
        if _damage(file):
            continue
        with safe_open(file, "np") as weights:
            names |= {name.removesuffix(".weight").rpartition(".")[2] for name in weights.keys()}  # noqa: SIM118
    return names


def _shards_of(index: Path, name: str) -> list[Path]:
    """The files that an index of shards names."""
    try:
        shards = set(json.loads(index.read_text(encoding="utf8"))["weight_map"].values())
        files = sorted(index.parent / shard for shard in shards)
    except (OSError, ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        raise ScotomaError(
            f"{name!r} cannot be read: {index.name} is not an index of shards",
            where=str(index.parent),
            remedy=_AGAIN,
        ) from error
    for shard in sorted(shards):
        # What lies elsewhere is not part of the folder's fingerprint, and could change under the same name.
        if Path(shard).name != shard or not shard.endswith(".safetensors"):
            raise ScotomaError(
                f"{name!r} cannot be read: {index.name} names {shard!r}, which is not a *.safetensors file "
                "of the folder itself",
                where=str(index.parent),
                remedy=_WHOLE,
            )
    return files


def _damage(file: Path) -> str:
    """What is wrong with a file of weights, by its header and size; empty for nothing."""
    try:
        with file.open("rb") as opened:
            if opened.read(len(_POINTER)) == _POINTER:
                return "is a git-lfs pointer, not weights (git lfs pull fetches them)"
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
        config = json.loads((folder / ADAPTER).read_text(encoding="utf8"))
    except (OSError, ValueError) as error:
        raise ScotomaError(
            f"the adapter in {str(folder)!r} cannot be read: {error}", where=where, remedy="Save it again."
        ) from error
    if not isinstance(config, dict):
        raise ScotomaError(
            f"the adapter in {str(folder)!r} has no settings", where=where, remedy="Save it again."
        )
    return config


def reason(error: Exception) -> str:
    """Why a library could not read a model, in words that need no report beside them."""
    # transformers points to a table that it has logged, which nobody sees here.
    is_of_shapes = "ignore_mismatched_sizes" in str(error)
    return OTHER_SHAPES if is_of_shapes else str(error).partition("\n\n")[0]


def unreadable(name: str, error: Exception, *, where: str, remedy: str) -> ScotomaError:
    """Says that a library could not read a model, and why."""
    return ScotomaError(f"model {name!r} cannot be read: {reason(error)}", where=where, remedy=remedy)


OTHER_SHAPES = "its weights have other shapes than its config.json says"

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
    inner = [name for name in ("model", "adapter") if (folder / name).is_dir()]
    if inner and not has_config:
        return f"it has no config.json; its folder {inner[0]!r} may be the one you mean"
    return "it has no *.safetensors" if has_config else "it has no config.json and no *.safetensors"
