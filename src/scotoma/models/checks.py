"""Self-checks before long work: each raises `ScotomaError` or returns."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted

Row = TypeVar("Row")

#: Most rows that a check reads.
_N_CHECKED = 4

#: From here on a length means no limit: tokenizers have 1e30 if they know none.
_NO_LIMIT = 1e9

_OTHER_TOKENIZER = (
    "Give the tokenizer that the model was trained with; if tokens were added to it, save the model after "
    "model.resize_token_embeddings(len(tokenizer))."
)

#: Largest difference of logits, as a share of the largest logit, that passes for rounding; up to 0.04 was
#: seen with Gemma 3 270M in bf16, and logits read at another position differ by about as much as they are.
TOLERANCE = {"bf16": 0.2, "fp32": 1e-3}


def check_labels(id2label: Mapping[Any, str], labels: Sequence[str], where: str) -> None:
    """Refuses a classifier whose outputs are not the task's labels in their order."""
    in_config = [id2label[key] for key in sorted(id2label, key=int)]
    if in_config != list(labels):
        raise ScotomaError(
            f"the classifier's outputs are {', '.join(in_config)}, and the task's labels are "
            f"{', '.join(labels)}",
            where=where,
            remedy="Train it again with this task, or give the task its labels in this order.",
        )


def check_pad(tokenizer: Any, config: Any) -> None:
    """Refuses a pad token that is absent, on the left, or another one to the model than to the tokenizer.

    A base that is a decoder is given its tokenizer's before it is asked (`base.load_config`).

    Source: with two different ids, logits are pooled at a padded position, and a text's prediction
    changes with the other texts of its batch.
    """
    tokenizer_pad, config_pad = tokenizer.pad_token_id, config.pad_token_id
    if tokenizer_pad is None or tokenizer_pad != config_pad:
        raise ScotomaError(
            f"the tokenizer's pad token is {tokenizer_pad} and the model's is {config_pad}",
            where="base model",
            remedy="Set both to one token; a base needs a pad, an unknown or an end-of-text token.",
        )
    known = getattr(config, "vocab_size", None)
    if isinstance(known, int) and tokenizer_pad >= known:
        raise ScotomaError(
            f"the tokenizer's pad token is {tokenizer_pad}, and the model has vectors for tokens 0 to "
            f"{known - 1}",
            where="base model",
            remedy=_OTHER_TOKENIZER,
        )
    if tokenizer.padding_side != "right":
        raise ScotomaError(
            f"the tokenizer pads on the {tokenizer.padding_side}",
            where="base model",
            remedy="Set padding_side to right: classifiers read the last token that is not padding.",
        )


def check_pad_of_encoder(tokenizer_pad: int | None, config: Any) -> None:
    """Refuses an encoder whose own pad token is another than the tokenizer's.

    It cannot be given the tokenizer's: RoBERTa and its kin count positions from behind that id.

    Args:
        tokenizer_pad: The tokenizer's.
        config: The model's, as its files have it.
    """
    config_pad = getattr(config, "pad_token_id", None)
    if tokenizer_pad is not None and config_pad is not None and tokenizer_pad != config_pad:
        raise ScotomaError(
            f"the tokenizer's pad token is {tokenizer_pad} and the model's is {config_pad}",
            where="base model",
            remedy="An encoder reads texts with its own; use the tokenizer that it was trained with, or set "
            "pad_token in the tokenizer's files to that token.",
        )


def check_vocabulary(tokenizer: Any, name: str, where: str) -> None:
    """Refuses a tokenizer that knows nothing but its special tokens, and so reads every text alike.

    Source: transformers 5.23.0 makes one for BERT, RoBERTa, GPT-2, DeBERTa and others where the files of the
    tokenizer are missing (findings/tokenizer-without-words.sh).
    """
    if set(tokenizer.get_vocab()) <= set(tokenizer.all_special_tokens):
        raise ScotomaError(
            f"the tokenizer of {name!r} knows no words",
            where=where,
            remedy="Its files seem to be missing. Put tokenizer.json, or whatever files the tokenizer was "
            "saved as, next to the model's config.json.",
        )


def check_tokens(rows: Sequence[Sequence[int]], ids: Sequence[str], config: Any) -> None:
    """Refuses rows with tokens that the model has no vector for.

    A tokenizer may have more tokens than its model (Gemma 3's does), as long as no text has these.

    Args:
        rows: Token lists.
        ids: Names of the rows.
        config: The model's.

    Raises:
        ScotomaError: names the first few rows.
    """
    known = getattr(config, "vocab_size", None)
    if not isinstance(known, int):
        return
    unknown = [id for row, id in zip(rows, ids, strict=True) if row and max(row) >= known]
    if unknown:
        named = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        raise ScotomaError(
            f"{counted(len(unknown), 'row')} with tokens that the model does not have: it knows {known:,}, "
            f"and its tokenizer gives others: {named}",
            where="texts",
            remedy=_OTHER_TOKENIZER,
        )


def sample_rows(rows: Sequence[Row], length: Callable[[Row], int]) -> list[Row]:
    """Rows that a check reads: the shortest, the longest and some between."""
    by_length = sorted(rows, key=length)
    places = np.linspace(0, len(rows) - 1, min(_N_CHECKED, len(rows))).astype(int)
    return [by_length[place] for place in places]


def check_padding_invariance(
    logits_of: Callable[[list[Row]], Tensor], rows: list[Row], precision: str
) -> None:
    """Refuses a model whose logits for a row depend on the padding beside it.

    Agreement within the tolerance also means that the argmax agrees wherever it is clear.

    Args:
        logits_of: Logits, shape (rows, labels), of rows padded into one batch.
        rows: A few rows of different lengths: token lists, or whatever `logits_of` takes.
        precision: bf16 or fp32.
    """
    together = logits_of(rows)
    alone = torch.cat([logits_of([row]) for row in rows])
    allowed = TOLERANCE[precision] * max(together.abs().max().item(), alone.abs().max().item())
    off = (together - alone).abs().max().item()
    if not off <= allowed:  # NaN must count as a difference
        raise ScotomaError(
            f"a row's logits change by {off:.3g} when it is padded, more than the {allowed:.3g} of rounding",
            where="padding invariance",
            remedy="Predictions would depend on the batch. Use another base model or precision.",
        )


def check_round_trip(before: tuple[str, Tensor], after: tuple[str, Tensor], precision: str) -> None:
    """Refuses a saved classifier that does not come back from disk as it was.

    Args:
        before: Hash of the head, and logits of a few rows, before saving.
        after: Hash of the head, and logits of the same rows, as read back from disk.
        precision: bf16 or fp32.
    """
    if before[0] != after[0]:
        raise ScotomaError(
            f"the head was saved as {before[0][:12]} and came back as {after[0][:12]}",
            where="head round trip",
            remedy="Nothing was kept. Check the disk and the versions of peft and safetensors.",
        )
    allowed = TOLERANCE[precision] * before[1].abs().max().item()
    off = (before[1] - after[1]).abs().max().item()
    if not off <= allowed:
        raise ScotomaError(
            f"the saved classifier's logits came back {off:.3g} off, more than the {allowed:.3g} of rounding",
            where="head round trip",
            remedy="Nothing was kept. Check the disk and the versions of peft and safetensors.",
        )


def check_seed_is_taken(draw: Callable[[int], Tensor], seed: int) -> None:
    """Refuses a draw that ignores its seed, or depends on more than its seed."""
    if not torch.equal(draw(seed), draw(seed)):
        raise ScotomaError(
            f"the head drawn with seed {seed} differs from itself",
            where="seed",
            remedy="Something else draws from the same stream; report this.",
        )
    if torch.equal(draw(seed), draw(seed + 1)):
        raise ScotomaError(
            f"the heads drawn with seeds {seed} and {seed + 1} are the same",
            where="seed",
            remedy="The seed has no effect, so replicates would not differ; report this.",
        )


def check_lengths(
    rows: Sequence[Sequence[int]], ids: Sequence[str], config: Any, extra: int = 0, limit: int | None = None
) -> None:
    """Refuses rows with more tokens than the model has positions.

    Args:
        rows: Token lists.
        ids: Names of the rows.
        config: The model's.
        extra: Tokens that will be added to each row.
        limit: The most tokens of a row, where that is not what the configuration says.
    """
    limit = limit or limit_of(getattr(config, "max_position_embeddings", None))
    if limit is None:
        return
    long = [id for row, id in zip(rows, ids, strict=True) if len(row) + extra > limit]
    if long:
        named = ", ".join(long[:5]) + (", ..." if len(long) > 5 else "")
        are = "is" if len(long) == 1 else "are"
        raise ScotomaError(
            f"{counted(len(long), 'row')} {are} longer than the model's {limit} positions: {named}",
            where="texts",
            remedy="Remove or shorten them, or use a model with more positions.",
        )


def limit_of(given: Any) -> int | None:
    """A limit of length as a configuration has it; None where it means none: absent, -1, 0, or 1e30."""
    if not isinstance(given, int | float) or isinstance(given, bool) or not 0 < given < _NO_LIMIT:
        return None
    return int(given)


def check_loss(loss: float, step: int) -> None:
    """Refuses to go on from a loss that is no number."""
    if not abs(loss) < float("inf"):
        raise ScotomaError(
            f"the training loss is {loss} at step {step}",
            where="recipe",
            remedy="Lower the learning rate or the gradient norm, or lengthen the warm-up.",
        )


def not_fitted(loss: float, until: float, n_steps: int) -> ScotomaError:
    """A training whose loss never came down to where its recipe stops."""
    return ScotomaError(
        f"the mean loss of the last steps is {loss:.3f} after all {n_steps:,} and never reached {until:g}",
        where="recipe: until_loss",
        remedy="Give it more epochs, or a higher until_loss: each arm has to reach the same loss.",
    )
