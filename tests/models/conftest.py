"""A Llama of a few thousand weights and its tokenizer, made anew for each run of the tests."""

from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
import torch
from tiny import VOCABULARY
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from scotoma.models import precision
from scotoma.models.base import prepare
from scotoma.models.quiet import silence_libraries
from scotoma.tasks import MICROWORLD


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    # Small kernels on a shared machine wait for one another.
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(autouse=True)
def _bf16_is_bf16(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same tests on every processor; what happens where bf16 is emulated is in test_bf16.py."""
    monkeypatch.setattr(precision, "multiplies_bf16", lambda: True)


@pytest.fixture(scope="session")
def make_tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    def make(**changes: object) -> Path:
        folder = tmp_path_factory.mktemp("tiny")
        tokenizer = Tokenizer(WordLevel({word: i for i, word in enumerate(VOCABULARY)}, unk_token="<unk>"))
        tokenizer.pre_tokenizer = WhitespaceSplit()
        tokenizer.post_processor = TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
        settings = {
            "hidden_size": 16,
            "intermediate_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
        }
        config = LlamaConfig(
            **{
                **settings,
                "vocab_size": len(VOCABULARY),
                "max_position_embeddings": 64,
                "pad_token_id": 0,
                "bos_token_id": 1,
                "eos_token_id": 2,
                "tie_word_embeddings": True,
                "initializer_range": 0.3,
                **changes,
            }
        )
        with silence_libraries(), torch.random.fork_rng():
            torch.manual_seed(0)
            LlamaForCausalLM(config).save_pretrained(folder)
            PreTrainedTokenizerFast(
                tokenizer_object=tokenizer,
                pad_token="<pad>",
                bos_token="<s>",
                eos_token="</s>",
                unk_token="<unk>",
            ).save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def tiny(make_tiny: Callable[..., Path]) -> Path:
    return make_tiny()


@pytest.fixture(scope="session")
def base(tiny: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    prepare(str(tiny), None, None, folder)
    return folder


@pytest.fixture(scope="session")
def table() -> pl.DataFrame:
    """Two dozen pairs of several lengths, eight of each label."""
    people, verbs = ("doctor", "lawyer", "judge"), ("saw", "met", "thanked")
    rows = []
    for i in range(24):
        a, b, verb = people[i % 3], people[(i + 1 + i // 12) % 3], verbs[i // 3 % 3]
        again = f" The {b} met the {a} ." if i % 4 == 0 else ""
        hypothesis = (
            f"The {a} {verb} the {b} .",
            f"The {b} {verb} the {a} .",
            f"The {a} did not {verb} the {b} .",
        )
        rows.append(
            (f"r{i}", f"The {a} {verb} the {b} .{again}", hypothesis[i % 3], MICROWORLD.labels[i % 3])
        )
    return pl.DataFrame(rows, schema=["id", "premise", "hypothesis", "label"], orient="row")
