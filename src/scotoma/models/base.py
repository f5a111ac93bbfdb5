"""Base models: made ready once, then loaded by every step that needs one.

A prepared base is a folder with `base.json`, which points to a folder or a hub name, or says that
the model lies beside it. Only safetensors are read, and no code from a model is run.
"""

import contextlib
import copy
import functools
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
)

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted
from scotoma.models import checks
from scotoma.models.device import require_bitsandbytes
from scotoma.models.folders import OTHER_SHAPES, check_base, reason, unreadable
from scotoma.models.kinds import check_architecture, is_encoder
from scotoma.models.names import Origin, fingerprint, resolve
from scotoma.models.precision import DTYPES, computes_in
from scotoma.models.quiet import silence_libraries
from scotoma.models.together import team
from scotoma.models.tokenizer import prepared
from scotoma.study.settings.models import Adapter, Full

POINTER = "base.json"

_REMEDY = (
    "Check the name; without a network, download the model where there is one and give its folder, or set "
    "HF_HUB_OFFLINE=1 to use what is already in the cache. Weights must be safetensors, and no code that a "
    "model brings is run."
)


def prepare(name: str, revision: str | None, sha256: str | None, out: Path) -> None:
    """Checks a base model and writes `base.json`, converting a GGUF file once to bf16 safetensors.

    Args:
        name: Name of the model, as in `settings.Model`.
        revision: Commit on the hub.
        sha256: Expected fingerprint; None checks nothing.
        out: An empty folder to fill.

    Raises:
        ScotomaError: the model is not there, is not the one expected, or is not a causal language model.
    """
    origin = resolve(name)
    digest = fingerprint(name) if sha256 is not None else None
    if digest != sha256:
        raise ScotomaError(
            f"model {name!r} has SHA-256 {digest}, and {sha256} was expected",
            where="model: name",
            remedy="Its files changed. Install or download them again, or plan the study again.",
        )
    pointer: dict[str, Any] = {"name": name, "revision": revision}
    if origin.kind == "pypi":
        _convert(origin, out)
        pointer = {"name": ".", "revision": None}
    elif origin.kind == "hub":
        pointer["revision"] = download(name, revision)
    else:
        check_base(origin.paths[0], name)
        if origin.kind == "folder":
            pointer |= {"name": str(origin.paths[0]), "sha256": sha256}
    (out / POINTER).write_text(json.dumps(pointer, indent=1) + "\n", encoding="utf8")
    config = load_config(out)
    check_architecture(config, where=name)
    checks.check_pad(load_tokenizer(out), config)
    check_complete(*locate(out))


def locate(base: Path) -> tuple[str, str | None]:
    """The folder or hub name, and the revision, that a prepared base points to.

    Raises:
        ScotomaError: the folder no longer exists, or its files have changed.
    """
    pointer = json.loads((base / POINTER).read_text(encoding="utf8"))
    name: str = pointer["name"]
    if name == ".":
        return str(base), None
    origin = resolve(name)
    if pointer.get("sha256") is not None and _fingerprint_once(name) != pointer["sha256"]:
        raise ScotomaError(
            f"the files in model folder {name!r} have changed since the study was planned",
            where="model: name",
            remedy="Put them back, or run the study again: it is planned with what is there now.",
        )
    return (str(origin.paths[0]) if origin.paths else name), pointer["revision"]


def check_complete(name: str, revision: str | None) -> None:
    """Refuses a base that lacks weights; reads their names and shapes alone.

    Args:
        name: A folder, or a name on the hub.
        revision: Commit on the hub.

    Raises:
        ScotomaError: it cannot be read, or lacks weights of the model itself.
    """
    config, kind = _config(name, revision), AutoModelForSequenceClassification
    check_architecture(config, where=name)
    load_weights(kind, name, revision, config, "fp32", Full(kind="full"), "meta")


def check_tokenizer(name: str, revision: str | None) -> None:
    """Refuses a base without a tokenizer, or with one that knows no words or has no usable pad token.

    Args:
        name: A folder, or a name on the hub.
        revision: Commit on the hub.

    Raises:
        ScotomaError: says which.
    """
    tokenizer, config = _tokenizer(name, revision), _config(name, revision)
    if is_encoder(config):
        checks.check_pad_of_encoder(tokenizer.pad_token_id, config)
    config.pad_token_id = tokenizer.pad_token_id
    checks.check_pad(tokenizer, config)


@functools.lru_cache(maxsize=8)
def _fingerprint_once(name: str) -> str | None:
    """Hash of a folder when this process first looked: to hash many gigabytes takes a while."""
    return fingerprint(name)


def load_config(base: Path) -> Any:
    """The model's configuration, its pad token the tokenizer's.

    Of the two ids the tokenizer's is the one that texts are padded with and logits are pooled by.

    Raises:
        ScotomaError: an encoder has another id.
    """
    config, pad = _config(*locate(base)), load_tokenizer(base).pad_token_id
    if is_encoder(config):
        checks.check_pad_of_encoder(pad, config)
    config.pad_token_id = pad
    return config


def _config(name: str, revision: str | None) -> Any:
    try:
        with silence_libraries():
            return AutoConfig.from_pretrained(name, revision=revision, trust_remote_code=False)
    except Exception as error:  # on damaged files the libraries may raise any error
        raise unreadable(name, error, where="model: name", remedy=_REMEDY) from error


def load_tokenizer(base: Path) -> Any:
    """The model's tokenizer: padding on the right, a pad token always there."""
    return _tokenizer(*locate(base))


@functools.lru_cache(maxsize=2)
def _tokenizer(name: str, revision: str | None) -> Any:
    try:
        with silence_libraries():
            tokenizer = AutoTokenizer.from_pretrained(name, revision=revision, trust_remote_code=False)
    except Exception as error:  # a library raises anything on a damaged file
        raise ScotomaError(
            f"tokenizer of {name!r} cannot be read: {reason(error)}", where="model: name", remedy=_REMEDY
        ) from error
    tokenizer.padding_side = "right"
    return prepared(tokenizer, name, where="model: name")


def load_model(kind: Any, base: Path, precision: str, adapter: Adapter, device: str, **settings: Any) -> Any:
    """The base's weights as a model of the given kind, with dropout off.

    Weights that train whole are fp32; frozen ones have the given precision, or 4 bits. A base that is
    frozen under LoRA, also in 4 bits, is read once and then shared by every model on it, unless the team
    shards its models.

    Args:
        kind: `AutoModelForCausalLM` or `AutoModelForSequenceClassification`.
        base: A prepared base's folder.
        precision: bf16 or fp32.
        adapter: How the model is trained.
        device: Torch device name.
        settings: Put into the model's configuration.
    """
    name, revision = locate(base)
    config = load_config(base)
    for key, value in settings.items():
        setattr(config, key, value)
    new_head = kind is AutoModelForSequenceClassification
    if adapter.kind == "full" or team().shards:
        return load_weights(kind, name, revision, config, precision, adapter, device, new_head=new_head)
    identity = (kind, name, revision, config.to_json_string(), precision, adapter.kind, device)
    if identity not in _held:
        _held.clear()
        _held[identity] = load_weights(
            kind, name, revision, config, precision, adapter, device, new_head=new_head
        )
    return _with_the_same_weights(_held[identity])


def load_classifier_base(
    base: Path,
    precision: str,
    adapter: Adapter,
    labels: Sequence[str],
    device: str,
    weights: Path | None = None,
) -> Any:
    """The base as a sequence classifier over these labels, with its own weights or those of a folder.

    Args:
        base: A prepared base's folder.
        precision: bf16 or fp32.
        adapter: How the model is trained.
        labels: Labels of the model's outputs, in order.
        device: Torch device name.
        weights: Folder of a classifier that was trained whole.
    """
    settings = {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
    kind = AutoModelForSequenceClassification
    if weights is None:
        return load_model(kind, base, precision, adapter, device, **settings)
    config = load_config(base)
    for key, value in settings.items():
        setattr(config, key, value)
    return load_weights(kind, str(weights), None, config, precision, adapter, device)


#: The last frozen base that was loaded, by its settings: a worker's next step mostly needs the same.
_held: dict[tuple[Any, ...], Any] = {}


def _with_the_same_weights(model: Any) -> Any:
    """Another model on the same frozen weights; a head, which is none of the base's, is its own."""
    shared = [weight for name, weight in model.named_parameters() if not name.startswith("score.")]
    # The state that dequantises 4 bits belongs to the layer as well as to the weight.
    scales = [getattr(module, "quant_state", None) for module in model.modules()]
    return copy.deepcopy(model, memo={id(one): one for one in (*shared, *model.buffers(), *scales)})


def load_weights(
    kind: Any,
    name: str,
    revision: str | None,
    config: Any,
    precision: str,
    adapter: Adapter,
    device: str,
    *,
    new_head: bool = False,
) -> Any:
    """A model with the weights of a folder or hub name; see `load_model`.

    Args:
        new_head: Whether a head of another number of outputs may be there, as it will be drawn anew.

    Raises:
        ScotomaError: they cannot be read, or lack weights of the model itself.
    """
    options: dict[str, Any] = {"dtype": torch.float32 if adapter.kind == "full" else DTYPES[precision]}
    if adapter.kind == "qlora":
        options |= {"quantization_config": _four_bit(device), "device_map": {"": device}}
    elif device == "meta":
        options["device_map"] = device
    try:
        # A head that the weights do not have is drawn from the global generator, and then drawn anew.
        with silence_libraries(), torch.random.fork_rng():
            model, loading = kind.from_pretrained(
                name,
                revision=revision,
                config=config,
                use_safetensors=True,
                trust_remote_code=False,
                output_loading_info=True,
                # A base that classifies something else may have a head of other outputs: it is not used.
                ignore_mismatched_sizes=new_head,
                **options,
            )
    except Exception as error:  # on damaged files the libraries may raise any error
        raise unreadable(name, error, where="model: name", remedy=_REMEDY) from error
    # Weights that the files lack hold random numbers until they are drawn.
    model.missing_keys = tuple(sorted(loading["missing_keys"]))
    if any(one[0].startswith(f"{model.base_model_prefix}.") for one in loading["mismatched_keys"]):
        raise ScotomaError(
            f"model {name!r} cannot be read: {OTHER_SHAPES}", where="model: name", remedy=_REMEDY
        )
    _refuse_incomplete(model, name, classifies=kind is AutoModelForSequenceClassification)
    if adapter.kind == "qlora" or device == "meta":
        return model.eval()
    if adapter.kind != "full":
        model.to(DTYPES[computes_in(precision, device)])
    return model.eval().to(device)


def _refuse_incomplete(model: Any, name: str, *, classifies: bool) -> None:
    """Refuses weights that would leave random numbers in the model itself; a classifier's head is new.

    A base may lack a pooler, which is part of the head in all but its place (BERT saved as a masked language
    model has none).
    """
    inside = f"{model.base_model_prefix}."
    missing_weights = [
        one
        for one in model.missing_keys
        if not classifies or (one.startswith(inside) and ".pooler." not in one)
    ]
    if missing_weights:
        raise ScotomaError(
            f"model {name!r} cannot be read: its files lack {counted(len(missing_weights), 'weight')} of "
            "the model itself: "
            f"{', '.join(missing_weights[:3])}{', ...' if len(missing_weights) > 3 else ''}",
            where="model: name",
            remedy="They would be random numbers. Download the model again, or save it with the names that "
            "transformers gives its weights.",
        )


def _four_bit(device: str) -> Any:
    require_bitsandbytes("adapter: kind: qlora", device, instead="kind: lora")
    return transformers.BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
    )


def _convert(origin: Origin, out: Path) -> None:
    """Joins the pieces of a GGUF file and saves it as plain bf16 safetensors with its tokenizer."""
    with tempfile.TemporaryDirectory(dir=out) as folder, silence_libraries():
        path = Path(folder) / "model.gguf"
        with path.open("wb") as file:
            for piece in origin.paths:
                file.write(piece.read_bytes())
        options: dict[str, Any] = {"gguf_file": path.name, "trust_remote_code": False}
        tokenizer = AutoTokenizer.from_pretrained(folder, **options)
        if hasattr(transformers, "GgufConfig"):  # newer releases keep GGUF weights packed by default
            options["quantization_config"] = transformers.GgufConfig(dequantize=True)
        with contextlib.redirect_stderr(io.StringIO()):  # the only way to turn off its progress bar
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, **options)
        if hasattr(model.config, "quantization_config"):
            del model.config.quantization_config
        model.save_pretrained(out)
        tokenizer.save_pretrained(out)


def download(name: str, revision: str | None) -> str | None:
    """Fetches a hub model into the cache, checks its files and returns its commit.

    Args:
        name: Name on the hub.
        revision: Commit, tag or branch; None for the newest.

    Raises:
        ScotomaError: it is not to be had, or its files are no base model's.
    """
    import huggingface_hub

    patterns = ["*.json", "*.safetensors", "*.model", "*.txt", "*.jinja"]
    try:
        folder = huggingface_hub.snapshot_download(name, revision=revision, allow_patterns=patterns)
    except (OSError, ValueError) as error:
        raise ScotomaError(
            f"model {name!r} is neither a folder nor available from the hub: {error}",
            where="model: name",
            remedy=_REMEDY,
        ) from error
    check_base(Path(folder), name)
    return Path(folder).name
