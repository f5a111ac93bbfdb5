"""How a user's model reads a pair of texts, and what its outputs mean."""

import itertools
import string
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import polars as pl

from scotoma.basics.errors import ScotomaError, shown
from scotoma.blindspots import BlindSpot
from scotoma.integrations.rows import FIELDS
from scotoma.tasks.reading.label_words import bare
from scotoma.tasks.task import fill

#: A prompt with {premise} and {hypothesis}, or a function of the two that gives what a tokenizer gives.
Encode = str | Callable[[str, str], Mapping[str, Any]]


def check_prompt(encode: Encode | None) -> None:
    """Refuses a prompt that does not name both texts, or names anything else.

    Raises:
        ScotomaError: it does.
    """
    if not isinstance(encode, str):
        return
    try:
        slots = {name for _, name, _, _ in string.Formatter().parse(encode) if name is not None}
    except ValueError as error:
        raise ScotomaError(f"the prompt {shown(encode)} cannot be read: {error}", where="encode") from error
    if slots != set(FIELDS):
        raise ScotomaError(
            f"the prompt {shown(encode)} names {sorted(slots) or 'no text'}",
            where="encode",
            remedy="Name {premise} and {hypothesis} in it; write a brace of the text twice.",
        )


def encode_rows(table: pl.DataFrame, tokenizer: Any, encode: Encode | None) -> list[Mapping[str, Any]]:
    """Every row as the model takes it, not padded.

    Raises:
        ScotomaError: a function gave something else than a tokenizer does.
    """
    return list(_encoded(table.select(FIELDS).iter_rows(), tokenizer, encode))


def _encoded(
    pairs: Sequence[tuple[str, str]] | Iterator[tuple[str, str]], tokenizer: Any, encode: Encode | None
) -> Iterator[Mapping[str, Any]]:
    for pair in pairs:
        if encode is None:
            yield tokenizer(*pair)
        elif isinstance(encode, str):
            yield tokenizer(fill(encode, dict(zip(FIELDS, pair, strict=True))))
        else:
            yield _checked(encode(*pair))


def _checked(value: Any) -> Mapping[str, Any]:
    ids = value.get("input_ids") if isinstance(value, Mapping) else None
    if isinstance(ids, list) and ids and all(isinstance(token, int) for token in ids):
        return value  # type: ignore[no-any-return]
    raise ScotomaError(
        f"the function that encodes a pair gave {shown(value)}",
        where="encode",
        remedy="Return what the tokenizer gives for one text, without padding: {'input_ids': [5, 7, ...]}.",
    )


def check_names_agree(sources: Mapping[str, Sequence[str]]) -> None:
    """Refuses label names that two sources give different integers; sources with other names are no help.

    The same names in another order are refused, and names that are a part of the other's with other integers:
    of a split without one of the labels, whose labels were numbered by themselves.

    Args:
        sources: The names in the order of their integers, by what gives them; empty where it gives none.

    Raises:
        ScotomaError: two give a label different integers; says both orders.
    """
    named = [(source, list(map(bare, names)), names) for source, names in sources.items() if names]
    for (one, one_names, shown_ours), (other, other_names, shown_theirs) in itertools.combinations(named, 2):
        shorter, longer = sorted((one_names, other_names), key=len)
        if set(shorter) <= set(longer) and longer[: len(shorter)] != shorter:
            raise ScotomaError(
                f"label names are in the order {', '.join(shown_ours)} according to {one}, and "
                f"{', '.join(shown_theirs)} according to {other}",
                where="labels",
                remedy="An integer means different labels to the two. Give both one order before training.",
            )


def names_of_config(config: Any) -> list[str]:
    """The names of a model's outputs, in their order; none where they are LABEL_0, LABEL_1 ..."""
    names = getattr(config, "id2label", None) or {}
    in_order = [str(names[at]) for at in sorted(names, key=int)]
    return [] if all(name == f"LABEL_{at}" for at, name in enumerate(in_order)) else in_order


def names_of_dataset(dataset: Any) -> list[str]:
    """The names of a data set's class labels, in the order of their integers; none where it has none."""
    while hasattr(dataset, "dataset") and hasattr(dataset, "indices"):  # a Subset of torch
        dataset = dataset.dataset
    features = getattr(dataset, "features", None)
    if not isinstance(features, Mapping):
        return []
    for column in ("label", "labels"):
        names = getattr(features.get(column), "names", None)
        if isinstance(names, list):
            return [str(name) for name in names]
    return []


def names_of_evaluation(datasets: Any) -> dict[str, list[str]]:
    """Label names of a Trainer's evaluation sets, one or several by name, by their names in messages."""
    if not isinstance(datasets, dict):
        return {"the evaluation set's ClassLabel": names_of_dataset(datasets)}
    return {
        f"the ClassLabel of evaluation set {name!r}": names_of_dataset(one) for name, one in datasets.items()
    }


def labels_of_outputs(config: Any, chosen: Sequence[str], blindspot: BlindSpot) -> list[str]:
    """The label of each of the model's outputs: the task's, or the blind spot's own two.

    Args:
        config: The model's; None where it has none.
        chosen: Labels the user gave, in the order of the outputs; empty where the model's names tell.
        blindspot: Blind spot whose label map names the task's labels.

    Raises:
        ScotomaError: the names are neither.
    """
    from scotoma.models.labelling import match_labels

    names = getattr(config, "id2label", None) or {}
    output_names = list(chosen) or [str(names[at]) for at in sorted(names, key=int)]
    for labels in (tuple(blindspot.label_map), blindspot.labels):
        matched = match_labels(output_names, labels)
        if matched is not None:
            return matched
    task = ", ".join(blindspot.label_map)
    raise ScotomaError(
        f"the model's outputs are called {', '.join(output_names) or 'nothing'}; blind spot "
        f"{blindspot.name!r} knows {task}, or {' and '.join(blindspot.labels)}",
        where="labels" if chosen else "model.config.id2label",
        remedy="Say which label each output means, in the order of the outputs: "
        f"labels={list(blindspot.label_map)}.",
    )
