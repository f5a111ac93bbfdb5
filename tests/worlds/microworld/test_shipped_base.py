"""The base model that comes with the package."""

import json
from pathlib import Path

import pytest
from transformers import AutoConfig, AutoTokenizer

import scotoma
from scotoma.worlds.microworld import CLASSIFIER_PROMPT, GENERATOR_TEXT, draw_pairs, prompt_words

BASE = Path(scotoma.__file__).parent / "bundled" / "microworld_base"


@pytest.fixture(scope="module")
def tokenizer():
    return AutoTokenizer.from_pretrained(BASE)


def test_it_is_small_enough_to_ship():
    files = [file for file in BASE.iterdir() if file.is_file()]
    assert len(files) >= 5
    assert sum(file.stat().st_size for file in files) < 6_000_000


def test_decoding_gives_back_every_prompt(tokenizer):
    for row in draw_pairs(60, 0.5, 0, "train"):
        premise, hypothesis = row.texts
        for template in (CLASSIFIER_PROMPT, GENERATOR_TEXT):
            text = template.format(premise=premise, hypothesis=hypothesis, label=row.label)
            assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text


def test_every_word_is_one_token_and_known(tokenizer):
    ids = tokenizer(" ".join(prompt_words()), add_special_tokens=False)["input_ids"]
    assert len(set(ids)) == len(prompt_words())
    assert tokenizer.unk_token_id not in ids


def test_special_tokens_are_four_and_the_config_agrees_on_them(tokenizer):
    config = AutoConfig.from_pretrained(BASE)
    ids = [tokenizer.pad_token_id, tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id]
    assert len(set(ids)) == 4
    assert [config.pad_token_id, config.bos_token_id, config.eos_token_id] == ids[:3]
    assert config.vocab_size == len(tokenizer) == len(prompt_words()) + 4


def test_a_text_starts_with_its_own_token(tokenizer):
    assert tokenizer("The doctor slept .")["input_ids"][0] == tokenizer.bos_token_id


def test_its_record_says_how_it_came_about():
    record = json.loads((BASE / "pretraining.json").read_text())
    assert {"script", "scotoma", "torch", "settings", "parameters", "curve"} <= set(record)
    assert record["settings"]["seed"] == 0
    assert 1_000_000 < record["parameters"] < 3_000_000
    (first, high, _), (last, low, right) = record["curve"][0], record["curve"][-1]
    assert first < last == record["settings"]["steps"]
    assert low < high / 2
    assert right > 0.8
