"""Encoders of a few thousand weights, one of each family, and a tokenizer that joins pairs as theirs do."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from scotoma.models.quiet import silence_libraries

_SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
_COMMON = {"max_position_embeddings": 64, "pad_token_id": 0, "initializer_range": 0.3}

#: By family: the class whose weights a base is published with, and its configuration.
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("BertForMaskedLM", _SIZES),
    "roberta": ("RobertaForMaskedLM", {**_SIZES, "type_vocab_size": 1}),
    "deberta-v2": (
        "DebertaV2ForMaskedLM",
        {**_SIZES, "relative_attention": True, "pos_att_type": ["c2p", "p2c"], "type_vocab_size": 0},
    ),
    "modernbert": (
        "ModernBertForMaskedLM",
        {
            **_SIZES,
            "local_attention": 8,
            "global_attn_every_n_layers": 2,
            "cls_token_id": 1,
            "sep_token_id": 2,
        },
    ),
    "electra": ("ElectraForMaskedLM", {**_SIZES, "embedding_size": 16}),
    "distilbert": ("DistilBertForMaskedLM", {"dim": 16, "hidden_dim": 32, "n_layers": 2, "n_heads": 2}),
    "albert": ("AlbertForMaskedLM", {**_SIZES, "embedding_size": 16, "inner_group_num": 1}),
}


def tokenizer(vocabulary: Sequence[str], *, segments: bool) -> PreTrainedTokenizerFast:
    """One that writes `<s> A </s> B </s>`; the vocabulary begins with `<pad> <s> </s> <unk>`."""
    made = Tokenizer(WordLevel({word: i for i, word in enumerate(vocabulary)}, unk_token="<unk>"))
    made.pre_tokenizer = WhitespaceSplit()
    made.post_processor = TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 1), ("</s>", 2)]
    )
    names = ["input_ids", *(["token_type_ids"] if segments else []), "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        cls_token="<s>",
        sep_token="</s>",
        unk_token="<unk>",
        model_input_names=names,
    )


def make_encoder(family: str, folder: Path, vocabulary: Sequence[str], **changes: Any) -> Path:
    """Writes a base of this family with random weights, as it is published: without a classifier."""
    name, settings = FAMILIES[family]
    kind = getattr(transformers, name)
    made = {"vocab_size": len(vocabulary), **_COMMON, **settings, **changes}
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        kind(kind.config_class(**made)).save_pretrained(folder)
        tokenizer(vocabulary, segments=family in ("bert", "electra", "albert")).save_pretrained(folder)
    return folder
