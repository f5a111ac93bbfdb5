"""Predictions for many texts in one pass, whatever test sets they come from."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from torch import Tensor

from scotoma.models.batches import prediction_batches
from scotoma.models.device import free_memory, lacks_memory, out_of_memory
from scotoma.models.quiet import silence_libraries
from scotoma.models.task_model import TaskModel

#: A row as a foreign model takes it: `input_ids`, and whatever else its tokenizer gives.
Inputs = Mapping[str, Sequence[int]]

#: Most padded tokens in a batch of a foreign model.
_BATCH_TOKENS = 4096


@dataclass(frozen=True)
class Predicted:
    """What a classifier says of all rows.

    Attributes:
        logits: Float32, in the order of the rows, shape (rows, labels).
        batch_tokens: Most padded tokens in a batch: fewer than asked for where memory was short.
    """

    logits: np.ndarray
    batch_tokens: int


def predict_logits(
    classifier: TaskModel, rows: Sequence[list[int]], batch_tokens: int, progress: Callable[[int, int], None]
) -> Predicted:
    """The logits of all rows.

    Args:
        classifier: Classifier in evaluation mode.
        rows: Token lists.
        batch_tokens: Most padded tokens in a batch.
        progress: Called with (rows done, rows in all).

    Raises:
        ScotomaError: not even a single row fits into memory.
    """
    logits = np.zeros((len(rows), classifier.n_labels), dtype=np.float32)

    def predict(batch: list[int]) -> None:
        logits[batch] = classifier.logits([rows[i] for i in batch]).numpy()

    fitted = in_batches([classifier.n_tokens(row) for row in rows], batch_tokens, predict, progress)
    return Predicted(logits, fitted)


def foreign_logits(
    model: Any, tokenizer: Any, rows: Sequence[Inputs], progress: Callable[[int, int], None]
) -> np.ndarray:
    """Logits of a classifier that is not ours, padded by its own tokenizer; in evaluation, without gradients.

    Args:
        model: A model of transformers, or one that can be called like theirs.
        tokenizer: The model's own tokenizer.
        rows: Rows as the tokenizer gave them.
        progress: Called with (rows done, rows in all).

    Returns:
        Float32, in the order of the rows, shape (rows, labels).

    Raises:
        ScotomaError: not even a single row fits into memory.
    """
    logits_of: dict[int, np.ndarray] = {}

    def predict(batch: list[int]) -> None:
        logits = batch_logits(model, tokenizer, [rows[i] for i in batch])
        logits_of.update(zip(batch, logits.numpy(), strict=True))

    in_batches([len(row["input_ids"]) for row in rows], _BATCH_TOKENS, predict, progress)
    return np.stack([logits_of[i] for i in range(len(rows))])


def batch_logits(model: Any, tokenizer: Any, rows: Sequence[Inputs]) -> Tensor:
    """Logits of one padded batch, float32, on the CPU, shape (rows, labels)."""
    with silence_libraries():
        padded = tokenizer.pad(list(rows), return_tensors="pt")
    logits: Tensor = model(**padded.to(next(model.parameters()).device)).logits
    return logits.float().cpu()


def in_batches(
    lengths: Sequence[int],
    batch_tokens: int,
    work: Callable[[list[int]], None],
    progress: Callable[[int, int], None],
) -> int:
    """Does the work on all rows; a batch that does not fit into memory is halved, and so are those after it.

    Args:
        lengths: Tokens of each row.
        batch_tokens: Most padded tokens in a batch.
        work: Called with the numbers of a batch's rows.
        progress: Called with (rows done, rows in all).

    Returns:
        Most padded tokens in a batch that fitted: `batch_tokens` where memory sufficed.

    Raises:
        ScotomaError: not even a single row fits into memory.
    """
    pending, done = deque(prediction_batches(lengths, batch_tokens)), 0
    with silence_libraries():
        while pending:
            batch = pending.popleft()
            n_tokens = len(batch) * lengths[batch[0]]
            if n_tokens > batch_tokens and len(batch) > 1:
                half = len(batch) // 2
                pending.extendleft((batch[half:], batch[:half]))
                continue
            try:
                work(batch)
            except RuntimeError as error:
                if not lacks_memory(error):
                    raise
                if len(batch) == 1:
                    raise out_of_memory("predict", f"with a single row of {n_tokens} tokens") from error
                free_memory()
                batch_tokens = n_tokens // 2
                pending.appendleft(batch)
                continue
            done += len(batch)
            progress(done, len(lengths))
    return batch_tokens


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax in float64, shape (rows, labels)."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)


def as_table(examples: pl.DataFrame, labels: Sequence[str], logits: np.ndarray) -> pl.DataFrame:
    """Predictions as the measures take them: test, id, gold, predicted, p_<label>, and the tags.

    Args:
        examples: Columns test, id, label, heuristic, subcase, template.
        labels: Label of each column of the logits.
        logits: Logits, shape (rows, labels).
    """
    chosen, shares = logits.argmax(axis=1), probabilities(logits)
    return examples.select(
        "test",
        "id",
        pl.col("label").alias("gold"),
        pl.Series("predicted", [labels[i] for i in chosen], dtype=pl.String),
        *(pl.Series(f"p_{label}", shares[:, i]) for i, label in enumerate(labels)),
        "heuristic",
        "subcase",
        "template",
    )
