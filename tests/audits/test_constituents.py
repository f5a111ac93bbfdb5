"""Constituents of parses that a file brings."""

import polars as pl
import pytest

from scotoma.audits.constituents import NotAParse, constituents, hypothesis_is_constituent, is_constituent

TREEBANK = "(ROOT (S (SBAR (IN If) (S (NP (DT the) (NN actor)) (VP (VBD slept)))) (, ,) (S (NP (PRP he)) (VP (VBD did) (RB n't) (VP (VB run)))) (. .)))"  # noqa: E501
BINARY = "( ( If ( ( the actor ) slept ) ) ( , ( ( he ( ( did n't ) run ) ) . ) ) )"


@pytest.mark.parametrize("parse", [TREEBANK, BINARY])
@pytest.mark.parametrize(
    ("hypothesis", "answer"),
    [
        ("The actor slept.", True),
        ("He didn't run.", True),
        ("If the actor slept, he didn't run.", True),
        ("Actor slept.", False),
        ("Slept, he did", False),
        ("", False),
        ("?!", False),
    ],
)
def test_a_hypothesis_is_a_constituent_if_it_is_a_whole_subtree(
    parse: str, hypothesis: str, answer: bool
) -> None:
    assert is_constituent(parse, hypothesis) is answer


def test_constituents_of_a_small_tree_by_hand() -> None:
    assert constituents("( ( a b ) c )") == {"ab", "abc", "a", "b", "c"}
    assert constituents("(S (X a) (Y (Z b) (Z c)))") == {"a", "b", "c", "bc", "abc"}


def test_treebank_brackets_are_marks_and_not_words() -> None:
    assert "ab" in constituents("(S (-LRB- -LRB-) (X a) (X b) (-RRB- -RRB-))")


@pytest.mark.parametrize(
    ("parse", "fault"),
    [
        ("( ( a b )", "never closed"),
        ("( a ) )", "never opened"),
        ("a b", "outside all brackets"),
        ("", "no brackets"),
    ],
)
def test_what_is_no_parse_is_refused(parse: str, fault: str) -> None:
    with pytest.raises(NotAParse, match=fault):
        constituents(parse)


def test_without_a_parse_column_the_predicate_is_not_available() -> None:
    found = hypothesis_is_constituent(pl.DataFrame({"hypothesis": ["a"]}), "hypothesis")
    assert isinstance(found, str)
    assert "no column with the premise's parse" in found


@pytest.mark.parametrize("damaged", [None, "( a", ""])
def test_one_row_without_a_parse_makes_it_unavailable_and_is_named(damaged: str | None) -> None:
    rows = pl.DataFrame({"hypothesis": ["a", "a"], "sentence1_binary_parse": ["( a b )", damaged]})
    found = hypothesis_is_constituent(rows, "hypothesis")
    assert isinstance(found, str)
    assert "row 2 of column 'sentence1_binary_parse'" in found


def test_a_parse_column_gives_an_answer_for_every_row() -> None:
    rows = pl.DataFrame(
        {"hypothesis": ["the actor", "actor slept"], "premise_parse": ["( ( the actor ) slept )"] * 2}
    )
    found = hypothesis_is_constituent(rows, "hypothesis")
    assert not isinstance(found, str)
    assert found.tolist() == [True, False]
