"""Labels from another classifier: any sequence classification model, as it was published."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import peft
import torch
from safetensors import safe_open
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from scotoma.basics.errors import ScotomaError
from scotoma.basics.progress import no_progress
from scotoma.basics.words import counted
from scotoma.models import checks
from scotoma.models.adapter_folders import base_of_adapter
from scotoma.models.batches import tokenized
from scotoma.models.device import resolve_device
from scotoma.models.folders import check_base, is_adapter, unreadable
from scotoma.models.in_training import check_outputs, check_padded
from scotoma.models.kinds import positions_taken
from scotoma.models.names import resolve
from scotoma.models.prediction import Inputs, foreign_logits
from scotoma.models.quiet import silence_libraries
from scotoma.models.tokenizer import prepared
from scotoma.tasks.reading.label_words import bare

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
) -> tuple[list[str], int]:
    """The label that a published classifier finds most probable for each row, and how many rows were cut.

    One text, or two as the tokenizer joins a pair; what is longer than the model takes is cut, the
    longer text first.

    Args:
        name: A folder, or a name on the hub.
        texts: One or two texts a row.
        labels: The task's.
        order: The task's label of each of the model's outputs; empty where the model's own names tell.
        device: Device name, as for `resolve_device`.
        progress: Called with (rows done, rows in all).

    Raises:
        ScotomaError: there is no such model, what its outputs mean is not known, or they depend on padding.
    """
    place = resolve_device(device)
    model, tokenizer = _load(name, labels)
    meaning = _meaning(model.config, labels, tuple(order), name)
    limits = [checks.limit_of(tokenizer.model_max_length), _positions(model)]
    longest = min((limit for limit in limits if limit is not None), default=None)
    cut = {} if longest is None else {"truncation": "longest_first", "max_length": longest}
    with silence_libraries(), torch.inference_mode():
        model = model.to(place)
        read = tokenized(tokenizer, *zip(*texts, strict=True), **cut)
        names = [name for name in read if name != "special_tokens_mask"]
        rows = [{name: read[name][place] for name in names} for place in range(len(texts))]
        n_cut = 0 if longest is None else _longer(tokenizer, texts, read["input_ids"], longest)
        numbered = [f"row {n}" for n in range(1, len(rows) + 1)]
        checks.check_tokens(read["input_ids"], numbered, model.config)
        check_outputs(model, tokenizer, rows, numbered, len(meaning))
        logits = _logits(model, tokenizer, rows, progress)
    return [meaning[best] for best in logits.argmax(axis=1)], n_cut


def _longer(
    tokenizer: Any, texts: Sequence[Sequence[str]], read: Sequence[Sequence[int]], longest: int
) -> int:
    """How many rows have more tokens than so many; of those that were cut only so many were read."""
    full = [row for row, tokens in zip(texts, read, strict=True) if len(tokens) >= longest]
    if not full:
        return 0
    return sum(
        len(tokens) > longest for tokens in tokenized(tokenizer, *zip(*full, strict=True))["input_ids"]
    )


def _logits(
    model: Any, tokenizer: Any, rows: Sequence[Inputs], progress: Callable[[int, int], None]
) -> np.ndarray:
    """The logits of all rows; of a model that reads padding, from rows of one length at a time.

    XLNet, for one, reads the last position of a batch, whatever stands there.
    """
    try:
        check_padded(model, tokenizer, rows)
    except ScotomaError:
        logits: dict[int, np.ndarray] = {}
        lengths = [len(row["input_ids"]) for row in rows]
        for length in sorted(set(lengths)):
            places = [place for place, one in enumerate(lengths) if one == length]
            batch_logits = foreign_logits(model, tokenizer, [rows[place] for place in places], no_progress)
            logits.update(zip(places, batch_logits, strict=True))
            progress(len(logits), len(rows))
        return np.stack([logits[place] for place in range(len(rows))])
    return foreign_logits(model, tokenizer, rows, progress)


def _load(name: str, labels: Sequence[str]) -> tuple[Any, Any]:
    origin = resolve(name)
    folder = origin.paths[0] if origin.kind in ("folder", "bundled") else None
    if folder is not None and is_adapter(folder):
        model, source = load_adapted(folder, name, len(labels))
    else:
        if folder is not None:
            check_base(folder, name)
        source = str(folder) if folder is not None else name
        model, missing = classifier_of(source, name)
        _refuse_missing(missing, name)
    try:
        with silence_libraries():
            tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
    except Exception as error:  # on damaged files the libraries may raise any error
        raise unreadable(name, error, where="--model", remedy=_REMEDY) from error
    tokenizer = prepared(tokenizer, name, where="--model")
    # Published models often lack it, or have another: logits would be read at a padded position.
    model.config.pad_token_id = tokenizer.pad_token_id
    return model.eval(), tokenizer


def classifier_of(source: str, name: str, **settings: Any) -> tuple[Any, list[str]]:
    """A sequence classifier from a folder or the hub, and the names of the weights that its files lack.

    Raises:
        ScotomaError: it cannot be read.
    """
    try:
        with silence_libraries():
            model, loading = AutoModelForSequenceClassification.from_pretrained(
                source, use_safetensors=True, trust_remote_code=False, output_loading_info=True, **settings
            )
    except Exception as error:  # a library raises anything on a damaged file
        raise unreadable(name, error, where="--model", remedy=_REMEDY) from error
    return model, sorted(loading["missing_keys"])


def load_adapted(folder: Path, name: str, n_labels: int) -> tuple[Any, str]:
    """The classifier that an adapter of peft makes of its base, and where its tokenizer is.

    The base is looked for where the adapter says that it is, and beside the adapter.

    Args:
        folder: Folder of the adapter.
        name: Name that the user gave.
        n_labels: Number of labels of the task.

    Raises:
        ScotomaError: it is no classifier's adapter, or its base is not there, or lacks a head.
    """
    source = base_of_adapter(
        folder, name, "SEQ_CLS", where="--model", remedy="Name the adapter of a classifier."
    )
    model, missing = classifier_of(source, name, num_labels=n_labels)
    try:
        with silence_libraries(), safe_open(folder / "adapter_model.safetensors", "pt") as weights:
            adapter_keys = {key.removeprefix("base_model.model.") for key in weights.keys()}  # noqa: SIM118
            model = peft.PeftModel.from_pretrained(model, folder)
    except Exception as error:  # a library raises anything on a damaged file
        raise unreadable(name, error, where="--model", remedy=_REMEDY) from error
    if lost := [key for key in missing if key not in adapter_keys]:
        # peft saves `classifier` and `score`, whatever else a head has (0.21.2;
        # findings/heads-that-adapters-lose.sh).
        prefix = f"{model.get_base_model().base_model_prefix}."
        parts = ", ".join(sorted({key.removeprefix(prefix).partition(".")[0] for key in lost}))
        raise ScotomaError(
            f"adapter {name!r} is not a whole classifier: neither it nor its base has {', '.join(lost[:3])}",
            where="--model",
            remedy="That part was random in training, was not saved, and cannot be recovered. Train again, "
            f"with {parts} among the modules_to_save of LoraConfig.",
        )
    has_tokenizer = (folder / "tokenizer_config.json").is_file()
    return model, str(folder) if has_tokenizer else source


def _refuse_missing(missing: Sequence[str], name: str) -> None:
    if missing:
        # transformers would initialise them at random.
        raise ScotomaError(
            f"model {name!r} is not a trained classifier: it has no {', '.join(missing[:3])}",
            where="--model",
            remedy=_REMEDY,
        )


def _positions(model: Any) -> int | None:
    """Tokens that a text may have; None without a limit. RoBERTa's count begins behind the padding's id."""
    limit = checks.limit_of(getattr(model.config, "max_position_embeddings", None))
    return None if limit is None else limit - positions_taken(model)


def _meaning(config: Any, labels: Sequence[str], order: tuple[str, ...], name: str) -> list[str]:
    """The task's label of each output."""
    _check_names_agree(config, name)
    names = list(order) or [str(config.id2label[at]) for at in range(config.num_labels)]
    matched = match_labels(names, labels)
    if matched is not None and len(names) == config.num_labels:
        return matched
    if config.num_labels != len(labels):
        raise ScotomaError(
            f"model {name!r} has {counted(config.num_labels, 'output')}, and the task {len(labels)} labels: "
            f"{', '.join(labels)}",
            where="--model",
            remedy="Name a classifier with one output for each of the task's labels.",
        )
    raise ScotomaError(
        f"the outputs of model {name!r} are called {', '.join(map(str, config.id2label.values()))}; "
        f"the task's labels are {', '.join(labels)}",
        where="--model-labels" if order else "--model",
        remedy="Say which label each output means, in the order of the outputs: --model-labels "
        f"{','.join(labels)}.",
    )


def _check_names_agree(config: Any, name: str) -> None:
    """Refuses a configuration whose two tables of names contradict each other."""
    by_id2label = {int(at): str(label) for at, label in (config.id2label or {}).items()}
    by_label2id = {int(at): str(label) for label, at in (config.label2id or {}).items()}
    if by_id2label != by_label2id and set(by_id2label.values()) == set(by_label2id.values()):
        raise ScotomaError(
            f"the outputs of model {name!r} are called "
            f"{', '.join(by_id2label[at] for at in sorted(by_id2label))} by id2label, and "
            f"{', '.join(by_label2id[at] for at in sorted(by_label2id))} by label2id",
            where="--model",
            remedy="Find out which is right, and correct the other in the model's config.json.",
        )


def match_labels(names: Sequence[str], labels: Sequence[str]) -> list[str] | None:
    """The label that each name stands for, spelling aside; None unless each label is named once."""
    known = {bare(label): label for label in labels}
    if sorted(map(bare, names)) != sorted(known):
        return None
    return [known[bare(one)] for one in names]
