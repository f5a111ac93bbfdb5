"""Embeddings of texts by a base model as it is."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModel, AutoModelForCausalLM

from scotoma.models import checks
from scotoma.models.base import load_config, load_model, load_tokenizer
from scotoma.models.batches import pad
from scotoma.models.kinds import is_encoder
from scotoma.models.prediction import in_batches
from scotoma.models.quiet import silence_libraries
from scotoma.study.settings.models import Adapter


def embed(
    base: Path,
    precision: str,
    adapter: Adapter,
    texts: Sequence[str],
    batch_tokens: int,
    device: str,
    progress: Callable[[int, int], None],
) -> NDArray[np.float32]:
    """The mean of the last hidden states over each text's tokens, shape (texts, width).

    Special tokens are read but not averaged: the state of the first one is far from all others and the same
    for every text. A text without tokens is zeros.

    Args:
        base: A prepared base's folder.
        precision: bf16 or fp32.
        adapter: How the study trains the base; decides how it is held in memory.
        texts: Any number.
        batch_tokens: Most padded tokens in a batch.
        device: Torch device name.
        progress: Called with (rows done, rows in all).

    Raises:
        ScotomaError: a text is longer than the model's positions, or does not fit into memory.
    """
    tokenizer = load_tokenizer(base)
    with silence_libraries():
        read = [tokenizer(text, truncation=False, return_special_tokens_mask=True) for text in texts]
    rows, special = ([one[name] for one in read] for name in ("input_ids", "special_tokens_mask"))
    checks.check_lengths(rows, [str(place) for place in range(len(rows))], load_config(base))
    encodes = is_encoder(load_config(base))
    model = load_model(AutoModel if encodes else AutoModelForCausalLM, base, precision, adapter, device)
    backbone = model if encodes else getattr(model, model.base_model_prefix)
    embeddings = np.zeros((len(rows), model.config.hidden_size), dtype=np.float32)

    @torch.no_grad()
    def work(batch: list[int]) -> None:
        ids, _ = pad([rows[i] for i in batch], tokenizer.pad_token_id)
        counts = pad([special[i] for i in batch], 1)[0] == 0
        # A decoder looks back only, so that no token sees the padding; its cache would be of no use.
        mask = pad([[1] * len(rows[i]) for i in batch], 0)[0]
        how = {"attention_mask": mask.to(device)} if encodes else {"use_cache": False}
        hidden = backbone(input_ids=ids.to(device), **how).last_hidden_state.float().cpu()
        total = (hidden * counts[:, :, None]).sum(1)
        embeddings[batch] = (total / counts.sum(1, keepdim=True).clamp(min=1)).numpy()

    filled = [place for place, row in enumerate(rows) if row]
    in_batches([len(rows[i]) for i in filled], batch_tokens, lambda b: work([filled[i] for i in b]), progress)
    return embeddings
