"""Predictions of a classifier in the middle of its training, which is left as it was."""

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from scotoma.basics.errors import ScotomaError
from scotoma.models.checkpoints import generators, set_generators
from scotoma.models.checks import check_lengths, check_padding_invariance, sample_rows
from scotoma.models.prediction import Inputs, batch_logits
from scotoma.models.quiet import silence_libraries


@contextlib.contextmanager
def evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Evaluation mode without gradients; modes and random generators are put back afterwards."""
    training = [module for module in model.modules() if module.training]
    states, numbers, arrays = generators(), random.getstate(), np.random.get_state()
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module in training:
            module.training = True
        set_generators(states)
        random.setstate(numbers)
        np.random.set_state(arrays)


def halves_with_items(model: Any, tokenizer: Any, rows: Sequence[Inputs], tolerance: float) -> bool:
    """Whether a classifier's loss is divided by the number of items that it is given; True where that cannot
    be known.

    Args:
        model: Model that gives a loss for rows with labels.
        tokenizer: Pads the rows.
        rows: A few, as the model takes them.
        tolerance: Largest deviation of the ratio of the two losses.
    """
    with silence_libraries():
        padded = tokenizer.pad(list(rows), return_tensors="pt").to(next(model.parameters()).device)
    labels = torch.zeros(len(rows), dtype=torch.long, device=padded["input_ids"].device)
    try:
        once, twice = (
            model(**padded, labels=labels, num_items_in_batch=torch.tensor(n * len(rows))).loss.item()
            for n in (1, 2)
        )
    except (
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
    ):  # a model of the user's own may take no labels
        return True
    return bool(abs(twice / once - 1) > tolerance) if once else True


def check_rows(model: Any, tokenizer: Any, rows: Sequence[Inputs], ids: Sequence[str], n_labels: int) -> None:
    """Refuses rows that the model cannot take, or whose logits it does not give whatever stands beside them.

    Raises:
        ScotomaError: a row is too long, logits are not one a label, or depend on the padding.
    """
    check_outputs(model, tokenizer, rows, ids, n_labels)
    check_padded(model, tokenizer, rows)


def check_outputs(
    model: Any, tokenizer: Any, rows: Sequence[Inputs], ids: Sequence[str], n_labels: int
) -> None:
    """Refuses rows that the model cannot take, and a model that does not give a logit for each label.

    Raises:
        ScotomaError: a row is too long, or logits are not one a label.
    """
    check_lengths([row["input_ids"] for row in rows], ids, getattr(model, "config", None))
    shape = tuple(batch_logits(model, tokenizer, rows[:1]).shape)
    if shape != (1, n_labels):
        raise ScotomaError(
            f"the model's logits of a row have shape {shape}, and there are {n_labels} labels",
            where="model",
            remedy="Use a sequence classifier; give labels= one label for each of its outputs.",
        )


def check_padded(model: Any, tokenizer: Any, rows: Sequence[Inputs]) -> None:
    """Refuses a model whose logits for a row depend on the padding beside it.

    Raises:
        ScotomaError: they do.
    """
    sample = sample_rows(rows, lambda row: len(row["input_ids"]))
    # Logits read at the wrong position differ by about as much as they are: the wider tolerance tells.
    check_padding_invariance(lambda batch: batch_logits(model, tokenizer, batch), sample, "bf16")
