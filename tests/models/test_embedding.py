"""Embeddings of texts by a tiny model."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM

from scotoma.basics.errors import ScotomaError
from scotoma.models.base import load_tokenizer, locate
from scotoma.models.embedding import embed
from scotoma.study.settings.models import Full

TEXTS = ["The doctor saw the lawyer .", "The judge met", "", "The doctor did not thank the judge ."]


def embedded(base: Path, texts: list[str], batch_tokens: int = 1000) -> Any:
    return embed(base, "fp32", Full(kind="full"), texts, batch_tokens, "cpu", lambda done, total: None)


def test_it_is_the_mean_of_the_last_hidden_states_over_the_words(base: Path) -> None:
    found = embedded(base, TEXTS)
    model, tokenizer = AutoModelForCausalLM.from_pretrained(locate(base)[0]), load_tokenizer(base)
    ids = tokenizer(TEXTS[0], return_tensors="pt")["input_ids"]
    with torch.no_grad():
        hidden = model.eval().model(input_ids=ids).last_hidden_state[0]
    assert ids[0, 0] == tokenizer.bos_token_id
    np.testing.assert_allclose(found[0], hidden[1:].mean(0).numpy(), rtol=1e-4, atol=1e-5)
    assert found.dtype == np.float32
    assert found.shape == (4, 16)


def test_a_text_without_words_is_zeros_and_others_are_apart(base: Path) -> None:
    found = embedded(base, TEXTS)
    assert not found[2].any()
    assert np.linalg.norm(found[0] - found[1]) > 0.1


def test_how_rows_stand_in_batches_does_not_matter(base: Path) -> None:
    alone, together = embedded(base, TEXTS, 1), embedded(base, TEXTS, 1000)
    np.testing.assert_allclose(alone, together, rtol=1e-4, atol=1e-5)
    assert np.array_equal(together, embedded(base, TEXTS, 1000))


def test_no_texts_are_no_rows(base: Path) -> None:
    assert embedded(base, []).shape == (0, 16)


def test_a_text_longer_than_the_model_is_an_error(base: Path) -> None:
    with pytest.raises(ScotomaError, match="longer"):
        embedded(base, ["The doctor " * 60])
