"""Which real rows a generator reads, and with what of them hidden."""

from functools import cache

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import to_table
from scotoma.stages.read_rows import prompts_to_learn, prompts_to_write, rows_to_read
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import draw_pairs


@cache
def corpus() -> pl.DataFrame:
    return to_table(draw_pairs(60, 0.5, 0, "train"), MICROWORLD.fields)


def ids(label: str, reads: str, n: int, seed: int = 0, rows: pl.DataFrame | None = None) -> list[str]:
    rows = corpus() if rows is None else rows
    return [row["id"] for row in rows_to_read(rows, MICROWORLD, label, reads, n, seed)]


def test_every_row_is_read_before_any_is_read_twice() -> None:
    found = ids("neutral", "premise", 150)
    assert set(found[:60]) == set(corpus()["id"])
    assert found[60:120] == found[:60]


def test_what_is_read_depends_on_seed_label_and_row_and_on_nothing_else() -> None:
    found = ids("neutral", "premise", 30)
    assert ids("neutral", "premise", 12) == found[:12]
    assert ids("neutral", "premise", 30, rows=corpus().reverse()) == found
    assert ids("neutral", "premise", 30, seed=1) != found
    assert ids("entailment", "premise", 30) != found
    fewer = ids("neutral", "premise", 29, rows=corpus().filter(pl.col("id") != found[7]))
    assert fewer == [id for id in found if id != found[7]]


def test_a_rewrite_reads_rows_of_its_label() -> None:
    labels = dict(corpus().select("id", "label").iter_rows())
    assert {labels[id] for id in ids("neutral", "row", 30)} == {"neutral"}
    assert {labels[id] for id in ids("neutral", "premise", 30)} == set(MICROWORLD.labels)


def test_a_label_of_which_nothing_can_be_rewritten_is_an_error() -> None:
    without = corpus().filter(pl.col("label") != "neutral")
    with pytest.raises(ScotomaError, match="no original row labelled 'neutral' to be read"):
        ids("neutral", "row", 3, rows=without)


def test_hidden_words_are_drawn_anew_for_each_row_and_for_learning_and_writing() -> None:
    rows = corpus().filter(pl.col("label") == "neutral")
    learned = prompts_to_learn(rows, MICROWORLD, "row", 0.3, 0)
    read = rows_to_read(rows, MICROWORLD, "neutral", "row", 2 * rows.height, 0)
    written = prompts_to_write(read, MICROWORLD, "neutral", "row", 0.3, 0)
    assert {begun for _, begun in (*learned, *written)} == {"Relation: neutral"}
    assert len({*(before for before, _ in learned), *(before for before, _ in written)}) == 3 * rows.height
    assert prompts_to_learn(rows.reverse(), MICROWORLD, "row", 0.3, 0) == learned[::-1]
    assert prompts_to_learn(rows, MICROWORLD, "row", 0.3, 1) != learned


def test_what_is_not_hidden_is_given_whole() -> None:
    rows = corpus().head(3)
    texts = rows.select("label", "premise").rows()
    expected = [("", f"Relation: {label} Premise: {premise} Hypothesis:") for label, premise in texts]
    assert prompts_to_learn(rows, MICROWORLD, "premise", None, 0) == expected
    assert [begun for _, begun in prompts_to_learn(rows, MICROWORLD, None, None, 0)] == [
        f"Relation: {label}" for label, _ in texts
    ]
