"""Rows of general test sets are tagged by the overlap of their texts."""

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import polars as pl

from scotoma.records import Example, to_table, write_table
from scotoma.report.overlap import overlap_tags, tagged
from scotoma.steps import Runtime, Step
from scotoma.store import Store

FIELDS = ("premise", "hypothesis")
PAIRS = {
    "full": ("The doctor saw the lawyer .", "The lawyer saw the doctor ."),
    "low": ("The doctor saw the lawyer .", "A judge ran away ."),
    "some": ("The doctor saw the lawyer .", "The doctor slept ."),
}


class Texts(Step):
    """Writes three pairs."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the table."""
        examples = [Example(id, texts, "neutral") for id, texts in PAIRS.items()]
        write_table(to_table(examples, FIELDS), out / "examples.parquet")


def test_full_low_and_other_overlap_are_told_apart(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.make(Texts(), Runtime())
    tags = overlap_tags([("matched", Texts())], FIELDS, store)
    assert dict(tags.select("id", "overlap").iter_rows()) == {
        "full": "full_overlap",
        "low": "low_overlap",
        "some": "",
    }


def test_tags_go_to_rows_of_the_test_set_and_leave_heuristics_alone(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.make(Texts(), Runtime())
    tags = overlap_tags([("matched", Texts())], FIELDS, store)
    rows = pl.DataFrame(
        {
            "test": ["matched", "hans", "hans"],
            "id": ["full", "full", "other"],
            "heuristic": ["", "subsequence", ""],
        }
    )
    assert tagged(rows, tags)["heuristic"].to_list() == ["full_overlap", "subsequence", ""]


def test_without_two_texts_or_without_the_texts_there_are_no_tags(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert overlap_tags([("matched", Texts())], FIELDS, store).is_empty()
    store.make(Texts(), Runtime())
    assert overlap_tags([("matched", Texts())], ("text",), store).is_empty()
