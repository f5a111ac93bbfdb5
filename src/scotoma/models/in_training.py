"""A classifier in the midst of somebody's training: asked for predictions, and left as it was."""

import contextlib
import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from scotoma.errors import ScotomaError
from scotoma.models.checkpoints import generators, set_generators
from scotoma.models.checks import check_lengths, check_padding_invariance
from scotoma.models.prediction import Inputs, batch_logits

#: Rows that the padding check reads: the shortest, the longest, and two between.
_N_CHECKED = 4


@contextlib.contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """In evaluation, without gradients; modes and random generators are put back afterwards."""
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


def check_rows(model: Any, tokenizer: Any, rows: Sequence[Inputs], ids: Sequence[str], n_labels: int) -> None:
    """Refuses rows that the model cannot take, or whose logits it does not give whatever stands beside them.

    Raises:
        ScotomaError: a row is too long, logits are not one a label, or depend on the padding.
    """
    check_lengths([row["input_ids"] for row in rows], ids, getattr(model, "config", None))
    by_length = sorted(rows, key=lambda row: len(row["input_ids"]))
    few = [by_length[i] for i in np.linspace(0, len(rows) - 1, min(_N_CHECKED, len(rows))).astype(int)]
    shape = tuple(batch_logits(model, tokenizer, few[:1]).shape)
    if shape != (1, n_labels):
        raise ScotomaError(
            f"the model's logits of a row have shape {shape}, and there are {n_labels} labels",
            where="model",
            remedy="Watch a sequence classifier; give labels= one label for each of its outputs.",
        )
    # Logits read at the wrong position differ by about as much as they are: the wider tolerance tells.
    check_padding_invariance(lambda batch: batch_logits(model, tokenizer, batch), few, "bf16")
