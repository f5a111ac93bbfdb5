import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scotoma.blindspots.predicates.overlap import (
    PREDICATES,
    holds,
    is_subsequence,
    overlaps_whitespace,
    overlaps_word,
    words,
)
from shared_data import read_tsv, shared_file

TEXTS = st.text(max_size=40)
SENTENCES = st.lists(st.sampled_from(["the", "Actor", "slept", ",", ".", "don't", "é"]), max_size=8).map(
    " ".join
)


@pytest.mark.parametrize(
    ("premise", "hypothesis", "whitespace", "word", "subsequence"),
    [
        ("The actor slept .", "The actor slept .", True, True, True),
        ("The judge saw the actor .", "The actor saw the judge .", True, True, False),
        ("The judge by the actor slept .", "The actor slept .", True, True, True),
        ("The judge by the actor slept .", "The doctor slept .", False, False, False),
        # Punctuation that touches a word.
        ("He left, then.", "He left.", False, True, True),
        ("He left.", "He left!", False, True, True),
        ('"Go," she said.', "go she said", False, True, True),
        # A mark that stands alone is dropped by the whitespace rule only if it is . ? or !
        ("He left", "He left ? !", True, True, True),
        ("He left", "He left ,", False, True, True),
        # Case.
        ("THE ACTOR SLEPT", "the actor slept", True, True, True),
        ("ÉCOLE", "école", True, True, True),
        # Parts of words are not words.
        ("The actors slept", "The actor slept", False, False, False),
        ("I can't", "I can", False, False, False),
        ("It is well-known", "It is known", False, True, False),
        # The same letters, written another way.
        ("caf\u00e9", "cafe\u0301", False, True, True),
        ("I don\u2019t", "I don't", False, True, True),
        # Words of a hypothesis count once.
        ("the actor", "the the actor", True, True, False),
    ],
)
def test_rules_agree_with_hand_judgement(premise, hypothesis, whitespace, word, subsequence):
    assert overlaps_whitespace(premise, hypothesis) is whitespace
    assert overlaps_word(premise, hypothesis) is word
    assert is_subsequence(premise, hypothesis) is subsequence


@pytest.mark.parametrize("hypothesis", ["", "   ", ".", "? !"])
def test_empty_hypothesis_overlaps_as_published_and_not_by_word(hypothesis):
    assert overlaps_whitespace("The actor slept .", hypothesis)
    assert not overlaps_word("The actor slept .", hypothesis)
    assert not is_subsequence("The actor slept .", hypothesis)


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=PREDICATES)
def test_empty_premise_overlaps_nothing_that_has_words(predicate):
    assert not predicate("", "The actor slept .")


def test_words_drop_punctuation_and_keep_inner_apostrophes():
    assert words("«Don't» _stop_, l'été — x2!") == ["don't", "stop", "l'été", "x2"]


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_a_subsequence_overlaps_by_word(premise, hypothesis):
    assert overlaps_word(premise, hypothesis) or not is_subsequence(premise, hypothesis)


@settings(deadline=None)
@given(SENTENCES, SENTENCES, SENTENCES)
def test_any_run_of_words_is_a_subsequence(before, part, after):
    assert is_subsequence(f"{before} {part} {after}", part) is bool(words(part))


@settings(deadline=None)
@given(SENTENCES, SENTENCES)
def test_order_of_the_premise_does_not_matter_to_overlap(premise, hypothesis):
    turned = " ".join(reversed(premise.split()))
    assert overlaps_whitespace(premise, hypothesis) is overlaps_whitespace(turned, hypothesis)
    assert overlaps_word(premise, hypothesis) is overlaps_word(turned, hypothesis)


@pytest.mark.parametrize("predicate", PREDICATES.values(), ids=PREDICATES)
@settings(deadline=None)
@given(pairs=st.lists(st.tuples(TEXTS, TEXTS)))
def test_a_column_gets_the_answer_of_each_row(predicate, pairs):
    answers = holds(predicate, [p for p, _ in pairs], [h for _, h in pairs])
    assert answers.to_list() == [predicate(p, h) for p, h in pairs]


def test_columns_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="shorter"):
        holds(overlaps_word, ["a", "b"], ["a"])


def test_full_overlap_of_matched_entailments_has_the_published_and_the_word_rate():
    rows = read_tsv(shared_file("mnli/mnli_dev_matched.tsv.xz"))
    entailments = [row for row in rows if row["gold_label"] == "entailment"]
    premises = [row["premise"] for row in entailments]
    hypotheses = [row["hypothesis"] for row in entailments]
    assert len(entailments) == 3479
    assert round(100 * holds(overlaps_whitespace, premises, hypotheses).mean(), 2) == 1.55
    assert round(100 * holds(overlaps_word, premises, hypotheses).mean(), 2) == 6.06
