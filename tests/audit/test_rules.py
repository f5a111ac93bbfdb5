"""Built-in predicates and the user's own."""

import sys
from pathlib import Path

import pytest
from audit_tables import FIELDS, table

from scotoma.audit.checks import check_names
from scotoma.audit.rules import BUILT_IN, answers, built_in_rules, tertiles
from scotoma.blindspots import own_rules
from scotoma.blindspots.own_rules import read_rules
from scotoma.blindspots.predicates import has_low_overlap, is_negated, overlap_share
from scotoma.blindspots.rules import Rule
from scotoma.errors import ScotomaError

ROWS = table(
    ("The actor by the judge slept.", "The actor slept", "entailment"),
    ("The actor slept.", "Nobody may sleep on the ball.", "contradiction"),
)


def flags(rule: Rule) -> list[bool]:
    found = answers(
        ROWS, FIELDS, [*built_in_rules(tertiles(ROWS["hypothesis"], "data"), FIELDS), rule], "data"
    )
    column = found[rule.name]
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


def test_tertiles_are_lengths_that_rows_have() -> None:
    texts = table(*(("p", " ".join("w" * n), "neutral") for n in (1, 2, 3, 4, 5, 6, 7)))["hypothesis"]
    cuts = tertiles(texts, "reference")
    assert (cuts.short, cuts.long, cuts.taken_from) == (3, 5, "reference")


def test_every_built_in_rule_answers_or_says_why_not() -> None:
    found = answers(ROWS, FIELDS, built_in_rules(tertiles(ROWS["hypothesis"], "data"), FIELDS), "data")
    assert tuple(found) == BUILT_IN
    unanswered = {name for name, column in found.items() if isinstance(column, str)}
    assert unanswered == {"constituent"}


def test_with_one_text_only_questions_about_one_text_are_asked() -> None:
    rows = ROWS.select("hypothesis", "label")
    found = answers(
        rows, ("hypothesis",), built_in_rules(tertiles(rows["hypothesis"], "data"), ("text",)), "data"
    )
    asked = {name for name, column in found.items() if not isinstance(column, str)}
    assert asked == {"negation", "short_hypothesis", "long_hypothesis"}
    assert found["overlap_word"] == "the task has a single text"


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("hedged=regex:\\b(may|might)\\b", [False, True]),
        ("hedged=regex:NOBODY", [False, True]),
        ("judged@premise=regex:judge", [True, False]),
        ("sport=words:Ball,goal", [False, True]),
        ("part=words:bal", [False, False]),
        ("with=regex:a=b:c|slept", [True, False]),
    ],
)
def test_a_rule_of_the_users_reads_what_it_says(spec: str, expected: list[bool]) -> None:
    (rule,) = read_rules([spec], FIELDS)
    assert flags(rule) == expected


def test_a_file_of_words_is_a_list_of_words(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("ball\n\nGoal\n", encoding="utf8")
    (rule,) = read_rules([f"sport=wordfile:{tmp_path / 'words.txt'}"], FIELDS)
    assert flags(rule) == [False, True]


def test_a_function_of_the_current_folder_gets_every_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_audit_rules.py").write_text(
        "def longer(premise, hypothesis):\n    return len(premise) > len(hypothesis)\n", encoding="utf8"
    )
    monkeypatch.chdir(tmp_path)
    before = list(sys.path)
    (rule,) = read_rules(["longer=code:my_audit_rules:longer"], FIELDS)
    assert sys.path == before
    assert flags(rule) == [True, False]


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [
        ("hedged", "cannot be read"),
        ("hedged=perhaps", "cannot be read"),
        ("=regex:x", "cannot be read"),
        ("hedged=regex:", "cannot be read"),
        ("hedged=regx:x", "kind 'regx' .* Did you mean 'regex'"),
        ("hedged@premis=regex:x", "field 'premis' .* Did you mean 'premise'"),
        ("hedged=regex:(", "not a regular expression: missing \\)"),
        ("hedged=regex:[[]x", "not a regular expression: Possible nested set"),
        ("hedged=words:a,New York", "'new york' is not one word"),
        ("hedged=words:,", "list of words is empty"),
        ("hedged=wordfile:nowhere.txt", "nowhere.txt cannot be read"),
        ("hedged=wordfile:a\0b", "cannot be read: embedded null byte"),
        ("mine=code:math", "names no function"),
        ("mine=code:math:sine", "module 'math' has no function 'sine'"),
        ("mine=code:math:pi", "has no function 'pi'"),
        ("mine=code:no_such_module_here:f", "cannot be imported: ModuleNotFoundError"),
        ("mine@premise=code:math:sin", "reads every field"),
    ],
)
def test_a_rule_that_cannot_be_read_is_refused(spec: str, complaint: str) -> None:
    with pytest.raises(ScotomaError, match=complaint):
        read_rules([spec], FIELDS)


def test_a_module_that_fails_on_import_is_the_users_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_audit_rules.py").write_text("1 / 0\n", encoding="utf8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScotomaError, match="ZeroDivisionError"):
        read_rules(["mine=code:broken_audit_rules:f"], FIELDS)


def test_a_pattern_that_would_take_for_ever_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_rules, "_SECONDS", 0.05)
    (rule,) = read_rules(["slow=regex:(a|aa)+$"], FIELDS)
    assert rule.test("aaa")
    with pytest.raises(TimeoutError):
        rule.test("a" * 60 + "!")


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
