"""Writing and reading sentences."""

from functools import cache

import pytest
from constructs import ALL, constructs

from scotoma.basics.randomness import stream
from scotoma.worlds.microworld import NotASentence, parse, render, vocabulary
from scotoma.worlds.microworld.hypotheses import hypothesis
from scotoma.worlds.microworld.parser import readings
from scotoma.worlds.microworld.sentences import Draw, contrast, sentence


@cache
def sentences():
    return [make(Draw(stream(5, "language", at))) for make in (sentence, contrast) for at in range(1500)]


def test_every_sentence_is_read_back_and_has_one_reading():
    for tree in sentences():
        assert readings(render(tree)) == [tree]


def test_every_hypothesis_is_read_back():
    for at, premise in enumerate(sentences()):
        draw = Draw(stream(6, "language", at))
        claim = hypothesis(draw, premise, within=draw.chance(0.5), denied=draw.chance(0.5))
        assert readings(render(claim)) == [claim]


def test_random_sentences_use_every_construct():
    assert set().union(*map(constructs, sentences())) == ALL


def test_random_sentences_use_every_word_and_no_other():
    assert {word for tree in sentences() for word in render(tree).split(" ")} == set(vocabulary())


def test_the_vocabulary_has_about_a_hundred_words_each_once():
    assert 80 <= len(vocabulary()) == len(set(vocabulary())) <= 120


def test_sentences_are_short():
    assert max(len(render(tree).split()) for tree in sentences()) <= 24


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "The doctor saw the lawyer",
        "the doctor saw the lawyer .",
        "The doctor  saw the lawyer .",
        "The doctor saw the lawyer . ",
        "The doctor saw .",
        "The doctor slept the lawyer .",
        "The doctor saw the Lawyer .",
        "The doctor saw the moon .",
        "The doctor were happy .",
        "The doctor and the judge was happy .",
        "The doctor did not saw the lawyer .",
        "The doctor was saw by the lawyer .",
        "If the doctor slept the judge ran .",
        "The doctor that slept .",
        "Someone saw someone .",
        "The doctor did not see someone .",
        "The doctor did not see the judge or the actor .",
        "Nobody did not sleep .",
        "Perhaps the happy doctor slept .",
        "The doctor slept . The judge ran .",
    ],
)
def test_a_text_outside_the_language_is_no_sentence(text):
    with pytest.raises(NotASentence, match="is not a sentence of the micro-world"):
        parse(text)
