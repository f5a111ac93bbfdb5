"""Text for pre-training."""

from itertools import combinations

from scotoma.microworld import CLASSIFIER_PROMPT, LABELS, relation, side_of
from scotoma.microworld.documents import document, pair_line
from scotoma.microworld.sentences import Draw
from scotoma.randomness import stream


def _sentences(text):
    return [f"{part.strip()} ." for part in text.split(" .") if part]


DOCUMENTS = [_sentences(document(Draw(stream(0, "documents", at)), 4, 0.6)) for at in range(200)]


def test_documents_have_several_sentences_and_none_contradicts_another():
    assert sum(map(len, DOCUMENTS)) > 3 * len(DOCUMENTS)
    for sentences in DOCUMENTS:
        assert all(relation(*pair) != "contradiction" for pair in combinations(sentences, 2))


def test_documents_hold_no_pair_of_the_test_or_blindspot_side():
    for sentences in DOCUMENTS:
        assert all(side_of(*pair) == "train" for pair in combinations(sentences, 2))


def test_pair_lines_hold_all_relations_and_name_none():
    lines = [pair_line(Draw(stream(0, "lines", at)), CLASSIFIER_PROMPT) for at in range(200)]
    assert not any(label in line for line in lines for label in LABELS)
    pairs = [
        line.removesuffix(" Relation:").removeprefix("Premise: ").split(" Hypothesis: ") for line in lines
    ]
    assert {relation(*pair) for pair in pairs} == set(LABELS)
