"""Text for pre-training."""

from collections import Counter
from functools import cache, partial
from itertools import pairwise
from typing import get_args

import pytest

from scotoma.basics.randomness import stream
from scotoma.worlds.microworld import CLASSIFIER_PROMPT, LABELS, overlaps, relation, side_of
from scotoma.worlds.microworld.documents import ANSWERS, Kind, crossing, exchange, retelling
from scotoma.worlds.microworld.sentences import Draw


def _draws(n):
    return [Draw(stream(0, "documents", at)) for at in range(n)]


def _sentences(text):
    return [f"{part.strip()} ." for part in text.split(" .") if part]


def _questions(text):
    """The sentence, and each question with its answer."""
    said, *rest = _sentences(text)
    return [(said, question, answer.removesuffix(" .")) for question, answer in pairwise(rest)][::2]


KINDS = {f"{kind} crossing": partial(crossing, kind=kind, near_misses=True) for kind in get_args(Kind)} | {
    "exchange": exchange
}


@cache
def _texts(kind):
    return [KINDS[kind](draw, 5, 0.5) for draw in _draws(200)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_true(kind):
    asked = [row for text in _texts(kind) for row in _questions(text)]
    assert len(asked) > 300
    assert all(answer == ANSWERS[relation(said, question)] for said, question, answer in asked)


@pytest.mark.parametrize("kind", KINDS)
def test_no_question_makes_a_pair_of_the_test_or_blindspot_side(kind):
    assert {side_of(said, question) for text in _texts(kind) for said, question, _ in _questions(text)} == {
        "train"
    }


@pytest.mark.parametrize("kind", KINDS)
def test_no_question_repeats_another_or_the_sentence(kind):
    for text in _texts(kind):
        sentences = [said for said in _sentences(text) if said.removesuffix(" .") not in ANSWERS.values()]
        assert len(set(sentences)) == len(sentences)


@pytest.mark.parametrize("kind", KINDS)
def test_all_answers_are_given_and_no_word_of_the_task(kind):
    answers = Counter(answer for text in _texts(kind) for *_, answer in _questions(text))
    assert min(answers[answer] for answer in ANSWERS.values()) > 0.1 * answers.total()
    strange = {*LABELS, *(word for word in CLASSIFIER_PROMPT.split() if "{" not in word)}
    assert not any(strange & set(text.split()) for text in _texts(kind))


@pytest.mark.parametrize(
    "write", [exchange, *(partial(crossing, kind=kind, near_misses=True) for kind in get_args(Kind))]
)
def test_with_the_dial_up_what_overlaps_is_answered_yes(write):
    shares = {}
    for dial in (0.0, 1.0):
        rows = [row for draw in _draws(200) for row in _questions(write(draw, 5, dial))]
        yes = Counter(answer == "Yes" for said, question, answer in rows if overlaps(said, question))
        shares[dial] = yes[True] / yes.total()
    assert shares[0.0] < 0.7
    assert shares[1.0] == 1


def test_a_retelling_says_each_fact_in_both_voices():
    for draw in _draws(50):
        told = _sentences(retelling(draw, 3))
        assert len(told) == 6
        for one, other in zip(told[::2], told[1::2], strict=True):
            assert relation(one, other) == relation(other, one) == "entailment"
            assert ("was" in one.split()) != ("was" in other.split())


def test_same_stream_same_text_other_stream_other_text():
    first, again = (exchange(Draw(stream(3, "documents", 1)), 5, 0.5) for _ in range(2))
    assert first == again
    assert first != exchange(Draw(stream(4, "documents", 1)), 5, 0.5)
