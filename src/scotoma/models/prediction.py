"""Predictions for many texts in one pass, whatever test sets they come from."""

from collections.abc import Callable, Sequence

import numpy as np

from scotoma.models.batches import prediction_batches
from scotoma.models.classifier import Classifier
from scotoma.models.quiet import quiet


def predict_logits(
    classifier: Classifier, rows: Sequence[list[int]], batch_tokens: int, progress: Callable[[int, int], None]
) -> np.ndarray:
    """Float32 logits in the order of the rows, shape (rows, labels).

    Args:
        classifier: In evaluation.
        rows: Token lists.
        batch_tokens: Most padded tokens in a batch.
        progress: Called with (rows done, rows in all).
    """
    n_labels = len(classifier.head_weight())
    logits, done = np.zeros((len(rows), n_labels), dtype=np.float32), 0
    with quiet():
        for batch in prediction_batches([len(row) for row in rows], batch_tokens):
            logits[batch] = classifier.logits([rows[i] for i in batch]).numpy()
            done += len(batch)
            progress(done, len(rows))
    return logits


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Softmax in float64, shape (rows, labels)."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
