"""Labels from somebody else's classifier: any sequence classification model, as it was published."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from scotoma.errors import ScotomaError
from scotoma.models.device import resolve_device
from scotoma.models.in_training import check_rows
from scotoma.models.names import resolve
from scotoma.models.prediction import foreign_logits
from scotoma.models.quiet import quiet

_REMEDY = (
    "Give a folder with a sequence classification model (config.json, tokenizer, *.safetensors), or its "
    "name on the hub. No code that a model brings is run."
)


def label_with(
    name: str,
    texts: Sequence[Sequence[str]],
    labels: Sequence[str],
    *,
    order: Sequence[str] = (),
    device: str,
    progress: Callable[[int, int], None],
) -> list[str]:
    """The label that a published classifier finds most probable for each row.

    One text, or two as the tokenizer joins a pair; what is longer than the model takes is cut, the
    longer text first.

    Args:
        name: A folder, or a name on the hub.
        texts: One or two texts a row.
        labels: The task's.
        order: The task's label of each of the model's outputs; empty where the model's own names tell.
        device: As for `resolve_device`.
        progress: Called with (rows done, rows in all).

    Raises:
        ScotomaError: there is no such model, what its outputs mean is not known, or they depend on padding.
    """
    place = resolve_device(device)
    model, tokenizer = _load(name)
    meaning = _meaning(model.config, labels, tuple(order), name)
    longest = min(tokenizer.model_max_length, _positions(model))
    with quiet(), torch.inference_mode():
        model = model.to(place)
        rows = [tokenizer(*row, truncation="longest_first", max_length=longest) for row in texts]
        check_rows(model, tokenizer, rows, [f"row {n}" for n in range(1, len(rows) + 1)], len(meaning))
        logits = foreign_logits(model, tokenizer, rows, progress)
    return [meaning[best] for best in logits.argmax(axis=1)]


def _load(name: str) -> tuple[Any, Any]:
    origin = resolve(name)
    source = str(origin.paths[0]) if origin.kind in ("folder", "bundled") else name
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
            model, loading = AutoModelForSequenceClassification.from_pretrained(
                source, use_safetensors=True, trust_remote_code=False, output_loading_info=True
            )
    except Exception as error:  # of damaged files the libraries raise whatever comes
        raise ScotomaError(
            f"model {name!r} cannot be read: {error}", where="--model", remedy=_REMEDY
        ) from error
    if missing := sorted(loading["missing_keys"]):
        # transformers would fill them with random numbers.
        raise ScotomaError(
            f"model {name!r} is no trained classifier: it has no {', '.join(missing[:3])}",
            where="--model",
            remedy=_REMEDY,
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    # Published models often lack it, or have another: logits would be read at a padded position.
    model.config.pad_token_id = tokenizer.pad_token_id
    return model.eval(), tokenizer


def _positions(model: Any) -> int:
    """Tokens that a text may have. RoBERTa and its kin count from behind the padding's id."""
    tables = (module for name, module in model.named_modules() if name.endswith("position_embeddings"))
    taken = [table.padding_idx + 1 for table in tables if getattr(table, "padding_idx", None) is not None]
    return int(getattr(model.config, "max_position_embeddings", 512)) - max(taken, default=0)


def _meaning(config: Any, labels: Sequence[str], order: tuple[str, ...], name: str) -> list[str]:
    """The task's label of each output."""
    said = list(order) or [str(config.id2label[at]) for at in range(config.num_labels)]
    found = match_labels(said, labels)
    if found is not None and len(said) == config.num_labels:
        return found
    raise ScotomaError(
        f"the outputs of model {name!r} are called {', '.join(map(str, config.id2label.values()))}; "
        f"the task's labels are {', '.join(labels)}",
        where="--model-labels" if order else "--model",
        remedy="Say which label each output means, in the order of the outputs: --model-labels "
        f"{','.join(labels)}.",
    )


def match_labels(said: Sequence[str], labels: Sequence[str]) -> list[str] | None:
    """The label that each name stands for, case aside; None unless each label is named once."""
    known = {label.casefold(): label for label in labels}
    if sorted(one.casefold() for one in said) != sorted(known):
        return None
    return [known[one.casefold()] for one in said]
