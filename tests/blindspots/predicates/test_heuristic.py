"""Predicates as a study file writes them: what they answer, what is refused, what is part of an identity."""

import json
import sys
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.predicates import patterns
from scotoma.blindspots.predicates.heuristic import Heuristic, RowPredicate
from scotoma.blindspots.predicates.rules import ask, study_rules

FIELDS = ("premise", "hypothesis")
ROWS = pl.DataFrame(
    {
        "premise": [
            "The doctor thought the judge slept .",
            "If the doctor slept , the judge ran .",
            "No, thanks.",
        ],
        "hypothesis": ["The judge slept .", "The judge ran .", "Nobody asked: ok?"],
    }
)


def answers(written: Any, folder: Path = Path(), fields: tuple[str, ...] = FIELDS) -> list[bool]:
    predicate = RowPredicate.model_validate(written).found_in(folder)
    predicate.check_fits(fields, "microworld")
    return ask(predicate.rule(fields), ROWS, fields, "rows").tolist()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("overlap_word", [True, True, False]),
        ("subsequence", [True, True, False]),
        ("constituent", [False, True, False]),  # "thought" is no word of the micro-world
        ("low_overlap", [False, False, True]),
        ("high_overlap", [True, True, False]),
        ("negation", [False, False, True]),
        ("every_row", [True, True, True]),
        ({"regex": "^nobody"}, [False, False, True]),
        ({"regex": "^the judge", "field": "hypothesis"}, [True, True, False]),
        ({"words": ["RAN", "ok"]}, [False, True, True]),
        ({"words": ["no"], "field": "premise"}, [False, False, True]),
        ({"words": ["no"]}, [False, False, False]),
    ],
)
def test_a_predicate_holds_where_it_says(written: Any, expected: list[bool]) -> None:
    assert answers(written) == expected


def test_every_built_in_predicate_answers_empty_and_odd_texts() -> None:
    odd = pl.DataFrame({"premise": ["", "?!", "é"], "hypothesis": ["", "...", "É"]})
    assert set(study_rules(FIELDS)) >= {"overlap_word", "constituent", "negation", "every_row"}
    for rule in study_rules(FIELDS).values():
        assert ask(rule, odd, FIELDS, "rows").shape == (3,)


def test_a_file_of_words_is_found_beside_the_study(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("ran\nasked\n", encoding="utf8")
    assert answers({"wordfile": "names.txt"}, tmp_path) == [False, True, True]


def test_a_function_beside_the_study_gets_every_text(tmp_path: Path) -> None:
    (tmp_path / "lengths_of_ours.py").write_text("LONGEST = 24\n", encoding="utf8")
    (tmp_path / "rules_of_ours.py").write_text(
        "from lengths_of_ours import LONGEST\n\n\n"
        "def short(premise, hypothesis):\n    return len(premise + hypothesis) < LONGEST + 10\n",
        encoding="utf8",
    )
    before = list(sys.path)
    assert answers({"code": "rules_of_ours:short"}, tmp_path) == [False, False, True]
    assert sys.path == before
    assert "rules_of_ours" not in sys.modules


def test_reading_a_predicate_runs_no_code(tmp_path: Path) -> None:
    (tmp_path / "loud_rules.py").write_text("raise OSError('ran')\n\n\ndef f(text):\n    return True\n")
    found = RowPredicate.model_validate({"code": "loud_rules:f"}).found_in(tmp_path)
    with pytest.raises(ScotomaError, match=r"loud_rules\.py cannot be imported: OSError: ran"):
        found.rule(("text",))


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("overlap", "'overlap' is not known.*overlap_word"),
        ({}, "one of regex, words, wordfile, code; got none"),
        ({"regex": "x", "words": ["y"]}, "got regex, words"),
        ({"regex": "["}, "not a regular expression"),
        ({"regex": ""}, "at least 1 character"),
        ({"words": []}, "list of words is empty"),
        ({"words": ["New York"]}, "'new york' is not one word"),
        ({"words": [True]}, "valid string"),
        ({"code": "os"}, "does not name a function"),
        ({"code": "os.path:join"}, "does not name a function"),
        ({"code": "../rules:f"}, "does not name a function"),
        ({"code": "rules:f", "field": "premise"}, "`field` is for"),
        ({"built_in": "negation", "field": "premise"}, "`field` is for"),
    ],
)
def test_what_is_no_predicate_is_refused(written: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        RowPredicate.model_validate(written)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ({"wordfile": "nowhere.txt"}, "nowhere.txt cannot be read"),
        ({"wordfile": "empty.txt"}, "list of words is empty"),
        ({"code": "os:system"}, "os.py cannot be read"),
        ({"code": "mine:g"}, "mine.py has no function 'g'"),
        ({"code": "mine:x"}, "mine.py has no function 'x'"),
        ({"code": "broken:f"}, "broken.py cannot be read"),
    ],
)
def test_a_file_that_will_not_do_is_refused_before_anything_runs(
    tmp_path: Path, written: Any, complaint: str
) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "mine.py").write_text("x = 1\n\n\ndef f(text):\n    return True\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    with pytest.raises(ScotomaError, match=complaint):
        RowPredicate.model_validate(written).found_in(tmp_path)


@pytest.mark.parametrize(
    ("written", "fields", "complaint"),
    [
        ("overlap_word", ("text",), "compares two texts, and the task has one"),
        ("constituent", FIELDS, "needs texts of the micro-world"),
        ({"words": ["x"], "field": "premis"}, FIELDS, "Did you mean 'premise'"),
    ],
)
def test_a_predicate_that_a_tasks_texts_cannot_answer_is_refused(
    written: Any, fields: tuple[str, ...], complaint: str
) -> None:
    with pytest.raises(ScotomaError, match=complaint):
        RowPredicate.model_validate(written).check_fits(fields, None)


def test_a_file_that_changed_since_the_study_was_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("ran\n")
    (tmp_path / "fickle_rules.py").write_text("def f(premise, hypothesis):\n    return True\n")
    found = [
        RowPredicate.model_validate(written).found_in(tmp_path)
        for written in ({"wordfile": "names.txt"}, {"code": "fickle_rules:f"})
    ]
    assert all(ask(one.rule(FIELDS), ROWS, FIELDS, "rows").shape == (3,) for one in found)
    (tmp_path / "names.txt").write_text("slept\n")
    (tmp_path / "fickle_rules.py").write_text("def f(premise, hypothesis):\n    return False\n")
    for one in found:
        with pytest.raises(ScotomaError, match="has changed since the study was read"):
            one.rule(FIELDS)
    anew = RowPredicate.model_validate({"code": "fickle_rules:f"}).found_in(tmp_path)
    assert not ask(anew.rule(FIELDS), ROWS, FIELDS, "rows").any()


def identity(predicate: RowPredicate) -> str:
    return json.dumps(predicate.model_dump(mode="json", context="identity"), sort_keys=True)


def test_a_built_in_predicate_is_its_name_in_an_identity() -> None:
    heuristic = Heuristic.model_validate({"predicate": "overlap_word", "label": "entailment"})
    assert heuristic.model_dump(mode="json", context="identity") == {
        "predicate": "overlap_word",
        "label": "entailment",
    }


@pytest.mark.parametrize("kind", ["wordfile", "code"])
def test_a_file_is_its_content_in_an_identity(tmp_path: Path, kind: str) -> None:
    def read(folder: str, text: str) -> RowPredicate:
        (tmp_path / folder).mkdir()
        (tmp_path / folder / ("rules.py" if kind == "code" else "words.txt")).write_text(text)
        written = {"code": "rules:f"} if kind == "code" else {"wordfile": "words.txt"}
        return RowPredicate.model_validate(written).found_in(tmp_path / folder)

    content = "def f(text):\n    return 'x' in text\n" if kind == "code" else "x\n"
    here, moved, edited = read("a", content), read("b", content), read("c", content.replace("x", "y"))
    assert identity(here) == identity(moved) != identity(edited)
    assert str(tmp_path) not in identity(here)


@pytest.mark.parametrize("written", ["negation", {"words": ["a", "b"], "field": "text"}, {"regex": "x"}])
def test_a_predicate_is_read_back_as_it_was_written(written: Any) -> None:
    predicate = RowPredicate.model_validate(written)
    assert predicate.model_dump(mode="json") == written
    assert RowPredicate.model_validate_json(predicate.model_dump_json()) == predicate


def test_a_pattern_that_would_take_for_ever_names_the_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_SEARCH", 0.001)
    rows = pl.DataFrame({"text": ["abcd", "abc" * 80]})
    rule = RowPredicate.model_validate({"regex": "a.*b.*c.*d$"}).rule(("text",))
    with pytest.raises(ScotomaError, match=r"raised TimeoutError.*rows, row 2"):
        ask(rule, rows, ("text",), "rows")
