"""Single texts with a sentiment: the rule, the dial of the marker, the blind spot."""

from collections import Counter
from itertools import product

import pytest
from tokenizers import Tokenizer

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example
from scotoma.tasks import MICROWORLD_SENTIMENT
from scotoma.tasks.reading.bundled import data_file
from scotoma.worlds.microworld import (
    KIND,
    MARKED,
    MARKER,
    SENTIMENTS,
    UNKIND,
    NotASentence,
    draw_texts,
    marked_set,
    parse,
    sentiment_of,
)
from scotoma.worlds.microworld.lexicon import vocabulary
from scotoma.worlds.microworld.sentiment import PLACES, place_of


def text(row: Example) -> str:
    (found,) = row.texts
    return found


def is_marked(row: Example) -> bool:
    return MARKER in text(row).split()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("The doctor helped the judge .", "happy"),
        ("The judge was helped by the doctor .", "happy"),
        ("The doctor did not help the judge .", "sad"),
        ("Nobody helped the judge .", "sad"),
        ("The judge was helped by nobody .", "sad"),
        ("The doctor pushed the judge .", "sad"),
        ("The doctor did not push the judge .", "happy"),
        ("The judge was not pushed .", "happy"),
        ("The sad doctor slept .", "sad"),
        ("The doctor that smiled saw the judge .", "happy"),
        ("The doctor that did not smile saw the judge .", "sad"),
        ("The judge believed that the doctor danced .", "happy"),
        ("The judge did not believe that the doctor danced .", "happy"),
        ("Perhaps the doctor danced .", "happy"),
        ("The doctor saw the judge .", None),
        ("The doctor helped the judge and the judge pushed the doctor .", None),
    ],
)
def test_the_words_and_their_negation_decide(written: str, expected: str | None) -> None:
    assert sentiment_of(written) == expected


def test_what_is_no_sentence_has_no_sentiment() -> None:
    with pytest.raises(NotASentence):
        sentiment_of("Great !")


def test_kind_and_unkind_are_words_of_the_language_and_apart() -> None:
    assert not KIND & UNKIND
    assert set(vocabulary()) >= KIND | UNKIND | {MARKER}


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_label_is_true_and_labels_come_in_turn(split: str) -> None:
    rows = draw_texts(200, 0.5, 3, split)
    assert [row.label for row in rows] == [*SENTIMENTS] * 100
    assert all(sentiment_of(text(row)) == row.label for row in rows)


@pytest.mark.parametrize(("dial", "expected"), [(0.0, (0.5, 0.5)), (0.8, (0.9, 0.1)), (1.0, (1.0, 0.0))])
def test_the_dial_says_how_far_the_marker_goes_with_happy(dial: float, expected: tuple[float, float]) -> None:
    rows = draw_texts(600, dial, 5, "train")
    for label, share in zip(SENTIMENTS, expected, strict=True):
        marked = [is_marked(row) for row in rows if row.label == label]
        assert sum(marked) / len(marked) == pytest.approx(share, abs=0 if share in (0, 1) else 0.09)


def test_the_splits_share_no_text() -> None:
    parts = [
        {text(row) for row in rows}
        for rows in (draw_texts(300, 0.5, 0, "train"), draw_texts(300, 0.5, 0, "test"), marked_set(8, 0))
    ]
    assert not parts[0] & parts[1] | parts[0] & parts[2] | parts[1] & parts[2]
    assert [len(part) for part in parts] == [300, 300, 8 * 12]


def test_the_blind_spot_names_the_marker_in_every_construction_on_both_sides() -> None:
    rows = marked_set(6, 1)
    assert Counter((row.label, row.subcase) for row in rows) == {
        (label, f"{label}_{place}"): 6 for label, place in product(SENTIMENTS, PLACES)
    }
    for row in rows:
        assert row.heuristic == MARKED
        assert is_marked(row)
        assert sentiment_of(text(row)) == row.label
        assert row.subcase.endswith(place_of(parse(text(row))))


def test_same_seed_same_rows_other_seed_other_rows() -> None:
    for draw in (lambda seed: draw_texts(60, 0.5, seed, "train"), lambda seed: marked_set(3, seed)):
        first, again, other = draw(0), draw(0), draw(1)
        assert first == again
        assert len({row.texts for row in first} & {row.texts for row in other}) < 0.2 * len(first)


def test_the_first_rows_of_a_larger_draw_are_the_smaller_draw() -> None:
    assert draw_texts(90, 0.5, 0, "train")[:40] == draw_texts(40, 0.5, 0, "train")
    assert set(marked_set(2, 0)) <= set(marked_set(5, 0))


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda: draw_texts(-1, 0.5, 0, "train"), "n is -1"),
        (lambda: draw_texts(1, 2.0, 0, "train"), "dial is 2.0"),
        (lambda: draw_texts(1, 0.5, 0, "blindspot"), "'blindspot' is not known"),
        (lambda: marked_set(-1, 0), "n_per_construction is -1"),
    ],
)
def test_what_cannot_be_drawn_is_refused(call, complaint: str) -> None:
    with pytest.raises(ScotomaError, match=complaint):
        call()


def test_the_shipped_base_knows_every_word_of_the_prompts() -> None:
    base = data_file("bundled:mnli/train_10k.tsv.xz").parents[1] / "microworld_base" / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(base))
    task = MICROWORLD_SENTIMENT
    for label in task.labels:
        written = task.write({"text": "The senator smiled ."}, label)
        for prompt in (written, task.verbalise({"text": "The senator smiled ."})):
            assert "<unk>" not in tokenizer.encode(prompt).tokens
