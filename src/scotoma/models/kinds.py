"""What kind of classifier a base makes: a decoder that reads a prompt, or an encoder of one text or a pair.

Known from its configuration by transformers' own tables and classes, without weights.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from transformers import AutoConfig, AutoModelForSequenceClassification
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES,
)

from scotoma.basics.errors import ScotomaError
from scotoma.models.checks import limit_of
from scotoma.models.quiet import silence_libraries


def check_architecture(config: Any, where: str) -> None:
    """Refuses a model that makes no classifier.

    Raises:
        ScotomaError: transformers has no sequence classifier of its type.
    """
    if not _makes_a_classifier(config) or not (is_encoder(config) or is_causal(config)):
        raise ScotomaError(
            f"a model of type {config.model_type!r} has no sequence classifier",
            where=where,
            remedy="Use a causal language model such as Llama, Mistral, Qwen or Gemma (text), or an "
            "encoder such as BERT, RoBERTa, DeBERTa or ModernBERT.",
        )


def is_encoder(config: Any) -> bool:
    """Whether the base's classifier reads whole texts, rather than a prompt's last token.

    Causal language models have a head called `score` on their last token. BERT and its kin are listed as
    causal language models too, but their classifiers have no such head.
    """
    return _makes_a_classifier(config) and not hasattr(_shapes(config), "score")


def is_causal(config: Any) -> bool:
    """Whether the base is a causal language model, which can generate."""
    return config.model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and not is_encoder(config)


def makes_an_encoder(config: Mapping[str, Any]) -> bool:
    """Whether a configuration, as its file has it, is an encoder's; False for a type that is not known."""
    settings = {name: value for name, value in config.items() if name != "model_type"}
    try:
        with silence_libraries():
            return is_encoder(AutoConfig.for_model(str(config.get("model_type")), **settings))
    except (ValueError, TypeError, KeyError, AttributeError):  # no such type, or sizes that make no model
        return False


def positions_taken(model: nn.Module) -> int:
    """Positions that no token can have: RoBERTa and its kin count from behind the padding's id."""
    tables = (module for name, module in model.named_modules() if name.endswith("position_embeddings"))
    ids = [getattr(table, "padding_idx", None) for table in tables]
    return max((one + 1 for one in ids if one is not None), default=0)


def longest_row(config: Any) -> int | None:
    """The most tokens that a row may have for a base's classifier; None without a limit."""
    limit = limit_of(getattr(config, "max_position_embeddings", None))
    return None if limit is None else limit - positions_taken(_shapes(config))


def _makes_a_classifier(config: Any) -> bool:
    return config.model_type in MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING_NAMES


def _shapes(config: Any) -> Any:
    """The base's classifier without values."""
    return _shapes_of(config.model_type, config.to_json_string(use_diff=False))


@functools.lru_cache(maxsize=8)
def _shapes_of(model_type: str, text: str) -> Any:
    settings = json.loads(text)
    settings.pop("model_type", None)
    with silence_libraries(), torch.device("meta"):
        return AutoModelForSequenceClassification.from_config(AutoConfig.for_model(model_type, **settings))
