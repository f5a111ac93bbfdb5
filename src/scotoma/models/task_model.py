"""What every task model is to the rest of the program: token rows in, logits out."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn


class TaskModel(nn.Module):
    """A classifier of token rows, whatever the base it stands on.

    Attributes:
        model: The sequence classifier of transformers, or peft's around it.
        shares: Whether what all rows of a batch begin with is computed once.
        n_labels: Number of its outputs.
    """

    model: Any
    shares: bool
    n_labels: int

    @property
    def device(self) -> torch.device:
        """Device of the weights."""
        return next(self.parameters()).device

    @property
    def packs(self) -> bool:
        """Whether predictions run on packed tokens (see `scotoma.models.fast.packed_llama`)."""
        return False

    @property
    def packs_in_training(self) -> bool:
        """Whether a training runs on packed tokens too."""
        return False

    @property
    def shares_in_training(self) -> bool:
        """Whether what all rows of a batch begin with is computed once in training too."""
        return False

    def batch(self, rows: Sequence[list[int]]) -> dict[str, Tensor]:
        """The rows as `forward` takes them, padded, on the CPU."""
        raise NotImplementedError

    def n_tokens(self, row: Sequence[int]) -> int:
        """Tokens that are read for a row, by which rows are put into batches."""
        return len(row)

    @torch.no_grad()
    def logits(self, rows: Sequence[list[int]]) -> Tensor:
        """Float32 logits of token rows, shape (rows, labels), on the CPU, with dropout off."""
        self.eval()
        logits: Tensor = self(**{name: value.to(self.device) for name, value in self.batch(rows).items()})
        return logits.cpu()

    def head_sha256(self) -> str:
        """SHA-256 of the head's float32 values; if the model is sharded, every process must ask."""
        raise NotImplementedError
