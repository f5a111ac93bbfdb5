"""Built-in predicates and the user's own."""

from collections.abc import Sequence

import polars as pl
import pytest
from audit_tables import FIELDS, table

from scotoma.audits.checks import check_names
from scotoma.audits.rules import BUILT_IN, Flags, answers, built_in_rules, tertiles
from scotoma.audits.surface import Overlap
from scotoma.audits.texts import Texts
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.predicates.overlap import has_high_overlap, has_low_overlap, is_negated, overlap_share
from scotoma.blindspots.predicates.own_rules import read_rules
from scotoma.blindspots.predicates.rules import Rule

ROWS = table(
    ("The actor by the judge slept.", "The actor slept", "entailment"),
    ("The actor slept.", "Nobody may sleep on the ball.", "contradiction"),
)


def label_prompts_of(rows: pl.DataFrame, fields: Sequence[str], *rules: Rule) -> dict[str, Flags]:
    texts = Texts.of(rows, fields)
    lengths = tertiles(texts, "data")
    overlap = Overlap.of(texts) if len(fields) > 1 else None
    return answers(rows, texts, overlap, [*built_in_rules(lengths, fields), *rules], lengths, "data")


def flags(rule: Rule) -> list[bool]:
    column = label_prompts_of(ROWS, FIELDS, rule)[rule.name]
    assert not isinstance(column, str)
    return column.tolist()


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("He does not run", True),
        ("He doesn't run", True),
        ("He doesn\u2019t run", True),
        ("NEVER!", True),
        ("Nobody came", True),
        ("A notable know-how", False),
        ("nothingness", False),
        ("", False),
    ],
)
def test_negation_is_a_whole_word(text: str, answer: bool) -> None:
    assert is_negated(text) is answer


def test_overlap_share_counts_different_words_of_the_hypothesis() -> None:
    assert overlap_share("the actor slept", "The the judge, slept!") == pytest.approx(2 / 3)
    assert overlap_share("the actor", "?") is None


@pytest.mark.parametrize(
    ("hypothesis", "answer"), [("a x y", True), ("a b x", False), ("x", True), ("...", False)]
)
def test_low_overlap_is_at_most_a_third(hypothesis: str, answer: bool) -> None:
    assert has_low_overlap("a b c", hypothesis) is answer


@pytest.mark.parametrize(
    ("hypothesis", "answer"), [("a b x", True), ("a b a x y", False), ("b", True), ("...", False)]
)
def test_high_overlap_is_at_least_two_thirds(hypothesis: str, answer: bool) -> None:
    assert has_high_overlap("a b c", hypothesis) is answer


def test_tertiles_are_lengths_that_rows_have() -> None:
    rows = table(*(("p", " ".join("w" * n), "neutral") for n in (1, 2, 3, 4, 5, 6, 7)))
    cuts = tertiles(Texts.of(rows, FIELDS), "reference")
    assert (cuts.short, cuts.long, cuts.taken_from) == (3, 5, "reference")


def test_every_built_in_rule_answers_or_says_why_not() -> None:
    found = label_prompts_of(ROWS, FIELDS)
    assert tuple(found) == BUILT_IN
    unanswered = {name for name, column in found.items() if isinstance(column, str)}
    assert unanswered == {"constituent"}


def test_with_one_text_only_questions_about_one_text_are_asked() -> None:
    rows = ROWS.select("hypothesis", "label")
    found = label_prompts_of(rows, ("hypothesis",))
    asked = {name for name, column in found.items() if not isinstance(column, str)}
    assert asked == {"negation", "short_hypothesis", "long_hypothesis"}
    assert found["overlap_word"] == "the task has a single text"


def test_a_rule_that_raises_names_itself_and_the_row() -> None:
    def divide(text: str) -> bool:
        return bool(1 / (len(text) - len("The actor slept")))

    with pytest.raises(ScotomaError, match=r"'odd' raised ZeroDivisionError: .* \(data, row 1\)"):
        flags(Rule("odd", "it is odd", "last", divide))


@pytest.mark.parametrize("answer", [None, 1, "yes", 0.5])
def test_a_rule_that_does_not_answer_yes_or_no_is_refused(answer: object) -> None:
    with pytest.raises(ScotomaError, match="neither True nor False"):
        flags(Rule("odd", "it is odd", "all", lambda *_: answer))


@pytest.mark.parametrize("specs", [["negation=regex:x"], ["a=regex:x", "a=words:x"]])
def test_a_name_that_is_taken_is_refused(specs: list[str]) -> None:
    with pytest.raises(ScotomaError, match="there are two predicates"):
        check_names(read_rules(specs, FIELDS))
