"""A Trainer with a tiny random Llama that tells micro-world pairs apart, badly."""

from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoTokenizer,
    LlamaConfig,
    LlamaForSequenceClassification,
    Trainer,
    TrainingArguments,
)

import scotoma
from scotoma.models.quiet import silence_libraries
from scotoma.worlds.microworld import CLASSIFIER_PROMPT, LABELS, draw_pairs

BASE = Path(scotoma.__file__).parent / "bundled" / "microworld_base"
#: Longer than the pairs alone, so that rows of a batch differ in length by more than a word.
PROMPT = CLASSIFIER_PROMPT
N_STEPS = 6


def tokenizer(**changes: Any) -> Any:
    """The micro-world's, which knows a good many words of HANS too."""
    return AutoTokenizer.from_pretrained(BASE, **changes)


def tiny_classifier(labels: tuple[str, ...] = LABELS, **changes: Any) -> LlamaForSequenceClassification:
    """The same random weights at every call; dropout draws while it trains."""
    names = tokenizer()
    config = LlamaConfig(
        vocab_size=len(names),
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        pad_token_id=names.pad_token_id,
        bos_token_id=names.bos_token_id,
        eos_token_id=names.eos_token_id,
        initializer_range=0.3,
        attention_dropout=0.2,
        id2label=dict(enumerate(labels)),
        label2id={label: i for i, label in enumerate(labels)},
    )
    for name, value in changes.items():
        setattr(config, name, value)
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        return LlamaForSequenceClassification(config)


def small_trainer(folder: Path, model: Any = None, names: Any = None, **changes: Any) -> Trainer:
    """Six steps of four rows, a loss for each, an evaluation after every third; no tracker."""
    names = tokenizer() if names is None else names
    rows = [
        {
            **names(PROMPT.format(premise=row.texts[0], hypothesis=row.texts[1])),
            "labels": LABELS.index(row.label),
        }
        for row in draw_pairs(24, 0.5, 0, "train")
    ]
    settings = {
        "max_steps": N_STEPS,
        "per_device_train_batch_size": 4,
        "learning_rate": 1e-2,
        "logging_steps": 1,
        "eval_strategy": "steps",
        "eval_steps": 3,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "dataloader_pin_memory": False,
        **changes,
    }
    with silence_libraries():
        return Trainer(
            tiny_classifier() if model is None else model,
            TrainingArguments(output_dir=str(folder), **settings),
            train_dataset=rows,
            eval_dataset=rows[:8],
            processing_class=names,
        )
