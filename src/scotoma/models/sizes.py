"""How many weights a base model has and where, from its configuration alone. Imports no torch."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scotoma.models.folders import read_config
from scotoma.models.names import cached, resolve
from scotoma.study.settings.models import Adapter

#: Families that are built as Llama is: gated feed-forward layers, keys and values for groups of heads.
_FAMILIES = ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2", "gemma3_text")

#: Encoders that are built as BERT is; the names of their linear layers differ.
_LIKE_BERT = {
    "bert": ("query", "key", "value", "dense"),
    "roberta": ("query", "key", "value", "dense"),
    "xlm-roberta": ("query", "key", "value", "dense"),
    "camembert": ("query", "key", "value", "dense"),
    "electra": ("query", "key", "value", "dense"),
    "albert": ("query", "key", "value", "dense"),
    "deberta-v2": ("query_proj", "key_proj", "value_proj", "dense"),
}
#: All encoders whose sizes are known here.
_ENCODERS = (*_LIKE_BERT, "distilbert", "modernbert")

_LLAMA_2_7B = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 11008,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 32,
    "vocab_size": 32_000,
    "tie_word_embeddings": False,
}

#: Configurations of models that need not be on this machine to be planned with.
_KNOWN: dict[str, dict[str, Any]] = {
    "NousResearch/Llama-2-7b-hf": _LLAMA_2_7B,
    "meta-llama/Llama-2-7b-hf": _LLAMA_2_7B,
    "google-bert/bert-base-uncased": {
        "model_type": "bert",
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "vocab_size": 30_522,
    },
    "Qwen/Qwen2.5-0.5B": {
        "model_type": "qwen2",
        "hidden_size": 896,
        "intermediate_size": 4864,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "vocab_size": 151_936,
        "tie_word_embeddings": True,
    },
    "pypi:gemma3-270m": {
        "model_type": "gemma3_text",
        "hidden_size": 640,
        "intermediate_size": 2048,
        "num_hidden_layers": 18,
        "num_attention_heads": 4,
        "num_key_value_heads": 1,
        "head_dim": 256,
        "vocab_size": 262_144,
        "tie_word_embeddings": True,
    },
}


@dataclass(frozen=True)
class Sizes:
    """Weights of a base; norms and biases, some hundredths of a per cent, are left out.

    Attributes:
        blocks: Weights that every token passes through, without embeddings and language-model head.
        embeddings: One matrix, vocabulary by width; the head has as many.
        tied: Whether the head is that same matrix.
        linear: Inputs and outputs of all linear layers of one name together, and how many layers these are;
            empty where only the number of weights is known.
        width: Width of the hidden states; 0 where only the number of weights is known.
        is_encoder: Whether it reads texts with a mask, and has no language-model head.
    """

    blocks: int
    embeddings: int
    tied: bool
    linear: Mapping[str, tuple[int, int]]
    width: int
    is_encoder: bool = False

    @property
    def total(self) -> int:
        """All of them."""
        return self.blocks + self.embeddings * (1 if self.tied else 2)

    def updates(self, adapter: Adapter) -> int | None:
        """Weights of the low-rank updates; None where the layers are not known."""
        if adapter.kind == "full":
            return 0
        if not self.linear:
            return None
        shapes = [self.linear[name] for name in adapter.targets if name in self.linear]
        return sum(adapter.rank * n_layers * both for both, n_layers in shapes)

    def also_trained(self, adapter: Adapter) -> int:
        """Weights of embeddings and head that train whole beside the updates."""
        names = () if adapter.kind == "full" else adapter.also_train
        chosen = len({"embed_tokens", "lm_head"} & set(names))
        return self.embeddings * (min(chosen, 1) if self.tied else chosen)

    def trained(self, adapter: Adapter) -> int | None:
        """All weights that train; None where the layers are not known."""
        if adapter.kind == "full":
            return self.total
        updates = self.updates(adapter)
        return None if updates is None else updates + self.also_trained(adapter)


def is_encoder(config: Mapping[str, Any]) -> bool:
    """Whether a base makes a classifier of whole texts, as BERT does; else it reads a prompt's last token.

    transformers, which takes seconds to import, is asked only of a type that is not known here.

    Args:
        config: The base's configuration, as its file has it.
    """
    kind = config.get("model_type")
    if kind in _ENCODERS or kind in _FAMILIES:
        return kind in _ENCODERS
    from scotoma.models.kinds import makes_an_encoder

    return makes_an_encoder(config)


def of_number(parameters: int) -> Sizes:
    """A model of which only the number of weights is known: all are taken to be in the blocks."""
    return Sizes(blocks=parameters, embeddings=0, tied=False, linear={}, width=0)


def find_sizes(name: str, revision: str | None, prepared: Path | None = None) -> Sizes | None:
    """The sizes of a base by its name; None where nothing here says them.

    Args:
        name: Name of the model, as in `settings.Model`.
        revision: Commit on the hub.
        prepared: Folder of the prepared base, where there is one.
    """
    config = find_config(name, revision, prepared)
    return None if config is None else from_config(config)


def find_config(name: str, revision: str | None, prepared: Path | None = None) -> dict[str, Any] | None:
    """A base's configuration by its name, arguments as of `find_sizes`; None where nothing here says it.

    Raises:
        ScotomaError: its folder is not there, or the file cannot be read.
    """
    folder = model_folder(name, revision, prepared)
    if folder is None:
        return _KNOWN.get(name)
    return read_config(folder, name)


def model_folder(name: str, revision: str | None, prepared: Path | None = None) -> Path | None:
    """The folder on this machine that holds a model's configuration and tokenizer; None if none does."""
    if prepared is not None and (prepared / "config.json").is_file():
        return prepared
    origin = resolve(name)
    if origin.kind == "hub":
        config = cached(name, "config.json", revision)
        return config.parent if config else None
    folder = origin.paths[0]
    return folder if (folder / "config.json").is_file() else None


def from_config(config: Mapping[str, Any]) -> Sizes | None:
    """The sizes that a configuration says; None for a family that is built otherwise."""
    if config.get("model_type") in _ENCODERS:
        return _of_encoder(config)
    if config.get("model_type") not in _FAMILIES:
        return None
    width, inner, n = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    heads = config["num_attention_heads"]
    of_head = config.get("head_dim") or width // heads
    groups = config.get("num_key_value_heads") or heads
    layers = {
        "q_proj": (width, heads * of_head),
        "k_proj": (width, groups * of_head),
        "v_proj": (width, groups * of_head),
        "o_proj": (heads * of_head, width),
        "gate_proj": (width, inner),
        "up_proj": (width, inner),
        "down_proj": (inner, width),
    }
    return Sizes(
        blocks=n * sum(inputs * outputs for inputs, outputs in layers.values()),
        embeddings=config["vocab_size"] * width,
        tied=bool(config.get("tie_word_embeddings", False)),
        linear={name: (sum(shape), n) for name, shape in layers.items()},
        width=width,
    )


def _of_encoder(config: Mapping[str, Any]) -> Sizes:
    kind = config["model_type"]
    width = config["dim"] if kind == "distilbert" else config["hidden_size"]
    inner = config["hidden_dim"] if kind == "distilbert" else config["intermediate_size"]
    n = config["n_layers"] if kind == "distilbert" else config["num_hidden_layers"]
    if kind == "modernbert":
        shapes = [
            ("Wqkv", width, 3 * width),
            ("Wo", width, width),
            ("Wi", width, 2 * inner),
            ("Wo", inner, width),
        ]
    elif kind == "distilbert":
        shapes = [(name, width, width) for name in ("q_lin", "k_lin", "v_lin", "out_lin")]
        shapes += [("lin1", width, inner), ("lin2", inner, width)]
    else:
        query, key, value, dense = _LIKE_BERT[kind]
        shapes = [(name, width, width) for name in (query, key, value, dense)]
        shapes += [(dense, width, inner), (dense, inner, width)]
    linear: dict[str, tuple[int, int]] = {}
    for name, inputs, outputs in shapes:
        linear[name] = (linear.get(name, (0, n))[0] + inputs + outputs, n)
    return Sizes(
        blocks=n * sum(inputs * outputs for _, inputs, outputs in shapes),
        embeddings=config["vocab_size"] * config.get("embedding_size", width),
        tied=True,
        linear=linear,
        width=width,
        is_encoder=True,
    )
