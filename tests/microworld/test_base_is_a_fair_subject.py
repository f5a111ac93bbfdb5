"""The shipped base takes the shortcut when the data offer it and learns better when they do not.

Minutes, not seconds: a classifier is fine-tuned for each end of the dial, by a plain loop.
"""

import random
from collections import defaultdict
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

import scotoma
from scotoma.microworld import CLASSIFIER_PROMPT, HEURISTICS, LABELS, blindspot_set, draw_pairs

BASE = Path(scotoma.__file__).parent / "data" / "microworld_base"
N_TRAIN, EPOCHS, LEARNING_RATE, BATCH_SIZE = 8000, 3, 1e-3, 32

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(BASE)


def _encode(tokenizer, rows):
    texts = [CLASSIFIER_PROMPT.format(premise=row.texts[0], hypothesis=row.texts[1]) for row in rows]
    return tokenizer(texts, padding=True, return_tensors="pt")


def _train(tokenizer, dial):
    torch.manual_seed(0)
    model = AutoModelForSequenceClassification.from_pretrained(BASE, num_labels=len(LABELS))
    rows = draw_pairs(N_TRAIN, dial, 0, "train")
    steps = EPOCHS * (N_TRAIN // BATCH_SIZE)
    optimizer = torch.optim.AdamW(model.parameters(), LEARNING_RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, steps, pct_start=0.1)
    shuffle = random.Random(0)
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
    """By dial: accuracy on the general set, and by heuristic and label on the blind spot."""
    return {dial: _accuracies(tokenizer, dial) for dial in (0.95, 0.0)}


def _accuracies(tokenizer, dial):
    model = _train(tokenizer, dial)
    general = draw_pairs(900, dial, 1, "test")
    accuracy = sum(
        guess == row.label for guess, row in zip(_predict(model, tokenizer, general), general, strict=True)
    ) / len(general)
    blind, cells = blindspot_set(40, 1), defaultdict(list)
    for guess, row in zip(_predict(model, tokenizer, blind), blind, strict=True):
        cells[row.heuristic, row.label].append((guess == "entailment") == (row.label == "entailment"))
    return accuracy, {cell: sum(right) / len(right) for cell, right in cells.items()}


def test_with_the_dial_up_it_does_well_in_general(accuracies):
    general, cells = accuracies[0.95]
    assert general >= 0.9
    assert min(cells[heuristic, "entailment"] for heuristic in HEURISTICS) > 0.8


def test_one_heuristic_is_a_blind_spot_with_the_dial_up_and_hardly_one_with_it_down(accuracies):
    assert _opened(accuracies, with_dial_down=0.75)


@pytest.mark.xfail(strict=True, reason="lexical overlap, not entailed: about .8 at dial 0 (LAB.md)")
def test_with_the_dial_down_no_blind_spot_is_left(accuracies):
    assert _opened(accuracies, with_dial_down=0.85)


def _opened(accuracies, with_dial_down):
    """Heuristics whose non-entailed side is below one half with the dial up, and above this with it down."""
    return [
        heuristic
        for heuristic in HEURISTICS
        if accuracies[0.95][1][heuristic, "non-entailment"] < 0.5
        and accuracies[0.0][1][heuristic, "non-entailment"] > with_dial_down
    ]


def test_with_the_dial_down_it_does_fairly_well_in_general(accuracies):
    assert accuracies[0.0][0] >= 0.8
