"""The shipped base takes the shortcut when the data offer it and learns better when they do not.

Minutes, not seconds: classifiers are fine-tuned for each end of the dial, by a plain loop. How far one of
them goes with the shortcut hangs on its seed, so what is asserted is the mean of three.
"""

import random
from collections import defaultdict
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import scotoma
from scotoma.worlds.microworld import CLASSIFIER_PROMPT, HEURISTICS, LABELS, blindspot_set, draw_pairs

BASE = Path(scotoma.__file__).parent / "bundled" / "microworld_base"
SEEDS = (0, 1, 2)
N_TRAIN, EPOCHS, LEARNING_RATE, BATCH_SIZE = 4000, 3, 2e-3, 32

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(BASE)


def _encode(tokenizer, rows):
    texts = [CLASSIFIER_PROMPT.format(premise=row.texts[0], hypothesis=row.texts[1]) for row in rows]
    return tokenizer(texts, padding=True, return_tensors="pt")


def _train(tokenizer, dial, seed):
    torch.manual_seed(seed)
    model = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=len(LABELS))
    rows = draw_pairs(N_TRAIN, dial, seed, "train")
    steps = EPOCHS * (N_TRAIN // BATCH_SIZE)
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps, pct_start=0.1)
    shuffle = random.Random(seed)
    for at in range(steps):
        if at % (N_TRAIN // BATCH_SIZE) == 0:
            shuffle.shuffle(rows)
        start = at * BATCH_SIZE % (N_TRAIN - BATCH_SIZE + 1)
        batch = rows[start : start + BATCH_SIZE]
        labels = torch.tensor([LABELS.index(row.label) for row in batch])
        model(**_encode(tokenizer, batch), labels=labels).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        schedule.step()
    return model.eval()


def _predict(model, tokenizer, rows):
    with torch.inference_mode():
        chunks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
        return [LABELS[at] for chunk in chunks for at in model(**_encode(tokenizer, chunk)).logits.argmax(-1)]


@pytest.fixture(scope="module")
def accuracies(tokenizer):
    """By dial: accuracy in general, and by heuristic and label on the blind spot; means over seeds."""
    return {dial: _mean([_accuracies(tokenizer, dial, seed) for seed in SEEDS]) for dial in (0.95, 0.0)}


def _accuracies(tokenizer, dial, seed):
    model = _train(tokenizer, dial, seed)
    general, blind = draw_pairs(900, dial, 101, "test"), blindspot_set(40, 1)
    right = defaultdict(list)
    for guess, row in zip(_predict(model, tokenizer, general), general, strict=True):
        right["general"].append(guess == row.label)
    for guess, row in zip(_predict(model, tokenizer, blind), blind, strict=True):
        right[row.heuristic, row.label].append((guess == "entailment") == (row.label == "entailment"))
    return {cell: sum(rows) / len(rows) for cell, rows in right.items()}


def _mean(runs):
    return {cell: sum(run[cell] for run in runs) / len(runs) for cell in runs[0]}


def test_with_the_dial_up_it_does_well_in_general(accuracies):
    assert accuracies[0.95]["general"] >= 0.9
    assert min(accuracies[0.95][heuristic, "entailment"] for heuristic in HEURISTICS) > 0.8


def test_one_heuristic_is_a_blind_spot_with_the_dial_up_and_none_with_it_down(accuracies):
    assert any(
        accuracies[0.95][heuristic, "non-entailment"] < 0.5
        and accuracies[0.0][heuristic, "non-entailment"] > 0.85
        for heuristic in HEURISTICS
    )


def test_with_the_dial_down_it_does_fairly_well_in_general(accuracies):
    assert accuracies[0.0]["general"] >= 0.85
