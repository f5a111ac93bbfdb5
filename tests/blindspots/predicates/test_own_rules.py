"""Predicates as they are written on a command line."""

import sys
from pathlib import Path

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.predicates.own_rules import read_rules
from scotoma.blindspots.predicates.rules import Rule, ask

FIELDS = ("premise", "hypothesis")
ROWS = pl.DataFrame(
    {
        "premise": ["The actor by the judge slept.", "The actor slept."],
        "hypothesis": ["The actor slept", "Nobody may sleep on the ball."],
    }
)


def flags(rule: Rule) -> list[bool]:
    found: list[bool] = ask(rule, ROWS, FIELDS, "data").tolist()
    return found


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
        ("mine=code:math", "does not name a function"),
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
