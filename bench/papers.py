"""The paper's procedure on the plain Trainer: the same model, prompts, weights and rows as our side.

It follows the paper's description: training in batches of 2, grouped by length, with the 750 rows of the
validation set scored every 400 steps; evaluation in batches of 32, once for every metric; sampling in batches
of 64, always 512 new tokens, cut at the end marker afterwards.
"""

import time
from typing import Any

import polars as pl
import torch
from transformers import DataCollatorWithPadding, PrinterCallback, Trainer, TrainingArguments

from bench import material
from bench.material import Sizes
from bench.ours import Done, fresh_classifier
from scotoma.models.base import load_tokenizer
from scotoma.models.generator import new_generator
from scotoma.models.quiet import silence_libraries
from scotoma.tasks import MNLI

TRAIN_BATCH, GENERATOR_BATCH, EVAL_BATCH = 2, 6, 32
VALIDATION_ROWS, VALIDATION_STEPS = 750, 400
NEW_TOKENS = 512


def evaluate(sizes: Sizes) -> Done:
    """Computes five metrics, each in a separate pass: matched 3-way and 2-way; HANS, overlap, hard half."""
    matched, hans = material.matched_rows(sizes.matched), material.hans_rows(sizes.hans)
    overlap = hans.filter(pl.col("heuristic") == "lexical_overlap")
    hard = overlap.filter(pl.col("label") == "non-entailment")
    trainer = _trainer(_classifier())
    started = time.perf_counter()
    with silence_libraries():
        for part in (matched, matched, hans, overlap, hard):
            trainer.predict(_encoded(part))
    return {"seconds": time.perf_counter() - started, "rows": matched.height + hans.height}


def predict_hans(sizes: Sizes, batch_size: int) -> Done:
    """Predicts HANS once, in batches of the given size."""
    trainer = _trainer(_classifier(), per_device_eval_batch_size=batch_size)
    rows = _encoded(material.hans_rows(sizes.hans))
    started = time.perf_counter()
    with silence_libraries():
        trainer.predict(rows)
    return {"seconds": time.perf_counter() - started, "rows": len(rows)}


def train(sizes: Sizes) -> Done:
    """Trains one pass in batches of 2; scores the validation set at the end, in proportion to the steps."""
    steps = sizes.examples // TRAIN_BATCH
    n_validation = round(VALIDATION_ROWS * steps / VALIDATION_STEPS)
    validation = _encoded(material.matched_rows(n_validation))
    trainer = _trainer(
        _classifier(),
        train=_encoded(material.training_rows(sizes.examples), labelled=True),
        per_device_train_batch_size=TRAIN_BATCH,
        learning_rate=2e-5,
        warmup_steps=round(0.3 * steps),
    )
    started = time.perf_counter()
    with silence_libraries():
        trainer.train()
        trainer.predict(validation)
    return {"seconds": time.perf_counter() - started, "rows": sizes.examples}


def teach(sizes: Sizes) -> Done:
    """Trains the generator for one pass in batches of 6, with the logits of every token."""
    tokenizer, precision = load_tokenizer(material.base()), material.study().bases[""].precision
    model = _as_peft_makes_it(
        new_generator(material.base(), precision, material.generator_settings().adapter, 0, "cpu")
    )
    table = material.training_rows(sizes.examples)
    texts = [MNLI.write(row, row["label"]) for row in table.iter_rows(named=True)]
    rows = [{"input_ids": ids, "labels": list(ids)} for ids in tokenizer(texts)["input_ids"]]
    trainer = _trainer(
        model,
        train=rows,
        collate=lambda batch: _padded(batch, tokenizer.pad_token_id),
        per_device_train_batch_size=GENERATOR_BATCH,
    )
    started = time.perf_counter()
    with silence_libraries():
        trainer.train()
    return {"seconds": time.perf_counter() - started, "rows": len(rows)}


def draw(sizes: Sizes) -> Done:
    """Draws one batch to 512 new tokens and counts the complete rows. (Others would be drawn again.)"""
    model = _as_peft_makes_it(material.load_taught_generator())
    tokenizer = load_tokenizer(material.base())
    prompt = tokenizer(MNLI.generator_prompt(MNLI.labels[0]), return_tensors="pt")
    settings = material.generator_settings().sampling
    torch.manual_seed(0)
    started = time.perf_counter()
    with silence_libraries(), torch.inference_mode():
        ids = model.generate(
            **{name: ids.repeat(sizes.paper_samples, 1) for name, ids in prompt.items()},
            do_sample=True,
            temperature=settings.temperature,
            top_p=settings.top_p,
            top_k=0,
            max_new_tokens=NEW_TOKENS,
            eos_token_id=None,
            pad_token_id=tokenizer.pad_token_id,
        )
        texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "rows": sum(MNLI.end_marker in text for text in texts)}


def _classifier() -> Any:
    """Our side's model, except that peft computes its low-rank updates."""
    return _as_peft_makes_it(fresh_classifier().model)


def _as_peft_makes_it(model: Any) -> Any:
    """Removes our computation of low-rank updates from a model (`models.fast.low_rank.fuse_updates`)."""
    for module in model.modules():
        vars(module).pop("forward", None)
    return model


def _trainer(model: Any, train: Any = None, collate: Any = None, **arguments: Any) -> Trainer:
    tokenizer = load_tokenizer(material.base())
    settings = {
        "per_device_eval_batch_size": EVAL_BATCH,
        "num_train_epochs": 1,
        "train_sampling_strategy": "group_by_length",
        "lr_scheduler_type": "cosine",
        "weight_decay": 0.001,
        "max_grad_norm": 0.3,
        **arguments,
    }
    trainer = Trainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(material.WORK / "trainer"),
            use_cpu=True,
            # On both sides the head is fp32 and the base bf16, or fp32 if bf16 would be emulated.
            bf16=material.arithmetic() == "bf16",
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            disable_tqdm=True,
            dataloader_pin_memory=False,
            **settings,
        ),
        train_dataset=train,
        data_collator=collate or DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _encoded(table: pl.DataFrame, *, labelled: bool = False) -> Any:
    texts = [MNLI.verbalise(row) for row in table.select(MNLI.fields).iter_rows(named=True)]
    rows = [{"input_ids": ids} for ids in load_tokenizer(material.base())(texts)["input_ids"]]
    if labelled:
        for row, label in zip(rows, table["label"], strict=True):
            row["label"] = MNLI.labels.index(label)
    return rows


def _padded(batch: list[dict[str, list[int]]], pad: int) -> dict[str, torch.Tensor]:
    longest = max(len(row["input_ids"]) for row in batch)

    def fill(name: str, value: int) -> torch.Tensor:
        return torch.tensor([row[name] + [value] * (longest - len(row[name])) for row in batch])

    ids = fill("input_ids", pad)
    return {"input_ids": ids, "labels": fill("labels", -100), "attention_mask": (ids != pad).long()}
