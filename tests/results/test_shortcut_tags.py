"""Rows of general test sets are tagged by the overlap of their texts, or by the study's own predicate."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.basics.records import Example, to_table, write_table
from scotoma.results.reader import Reader
from scotoma.results.shortcut import Shortcut, overlap, shortcut_of
from scotoma.results.tags import shortcut_tags, tagged
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.study import Study
from toy import Toy

FIELDS = ("premise", "hypothesis")
PAIRS = {
    "full": ("The doctor saw the lawyer .", "The lawyer saw the doctor ."),
    "low": ("The doctor saw the lawyer .", "A judge ran away ."),
    "some": ("The doctor saw the lawyer .", "The doctor slept ."),
}


OVERLAP = overlap(FIELDS, "entailment")


class Texts(Toy):
    """Writes three pairs."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the table."""
        examples = [Example(id, texts, "neutral") for id, texts in PAIRS.items()]
        write_table(to_table(examples, FIELDS), out / "examples.parquet")


def test_full_low_and_other_overlap_are_told_apart(tmp_path: Path) -> None:
    Store(tmp_path).make(Texts(), Runtime())
    store = Reader(tmp_path)
    tags = shortcut_tags([("matched", Texts())], OVERLAP, store)
    assert dict(tags.select("id", "tag").iter_rows()) == {
        "full": "full_overlap",
        "low": "low_overlap",
        "some": "",
    }


def test_tags_go_to_rows_of_the_test_set_and_leave_heuristics_alone(tmp_path: Path) -> None:
    Store(tmp_path).make(Texts(), Runtime())
    store = Reader(tmp_path)
    tags = shortcut_tags([("matched", Texts())], OVERLAP, store)
    rows = pl.DataFrame(
        {
            "test": ["matched", "hans", "hans"],
            "id": ["full", "full", "other"],
            "heuristic": ["", "subsequence", ""],
        }
    )
    assert tagged(rows, tags)["heuristic"].to_list() == ["full_overlap", "subsequence", ""]


def test_without_a_shortcut_or_without_the_texts_there_are_no_tags(tmp_path: Path) -> None:
    store = Reader(tmp_path)
    assert shortcut_tags([("matched", Texts())], OVERLAP, store).is_empty()
    store.make(Texts(), Runtime())
    assert shortcut_tags([("matched", Texts())], None, store).is_empty()


def shortcut_of_study(name: str, predicate: object, label: str) -> Shortcut | None:
    study = load_study(name)
    heuristic = {"predicate": predicate, "label": label} if predicate else None
    return shortcut_of(
        Study.model_validate({**study.model_dump(), "heuristic": heuristic, "arms": ["none"], "claims": []})
    )


def test_a_study_with_a_predicate_of_its_own_is_looked_at_by_that_one(tmp_path: Path) -> None:
    Store(tmp_path).make(Texts(), Runtime())
    store = Reader(tmp_path)
    own = shortcut_of_study("quickstart", {"words": ["ran"], "field": "hypothesis"}, "entailment")
    tags = shortcut_tags([("matched", Texts())], own, store)
    assert dict(tags.select("id", "tag").iter_rows()) == {"full": "", "low": "shortcut", "some": ""}


def test_both_forms_of_overlap_and_no_heuristic_are_looked_at_by_words() -> None:
    for predicate in ("overlap_word", "overlap_whitespace", None):
        found = shortcut_of_study("quickstart", predicate, "entailment")
        assert found is not None
        assert (found.name, found.label, found.rule.name) == ("overlap", "entailment", "overlap_word")


def test_a_single_text_has_a_shortcut_only_if_its_study_names_one() -> None:
    assert shortcut_of_study("sentiment", None, "happy") is None
    found = shortcut_of_study("sentiment", {"words": ["senator"]}, "happy")
    assert found is not None
    assert not found.is_overlap
    rows = pl.DataFrame({"text": ["The senator slept .", "The judge slept ."]})
    assert found.holds(rows).tolist() == [True, False]
