"""A blind spot whose rows are chosen by predicate."""

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import read_table
from scotoma.blindspots import BlindSpot
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_selected import UNSELECTED, ReadSelected, read_blindspot
from scotoma.store.steps import Runtime

SPOT: dict[str, Any] = {
    "name": "words",
    "title": "words",
    "heuristics": {"sure": "What is sure is good.", "long": "What is long is bad."},
    "label_map": {"good": "good", "bad": "bad", "mixed": "bad"},
    "target": "good",
    "select": {"sure": {"words": ["surely"]}, "long": {"regex": r"(\w+ ){5}"}},
}
TEXTS = (
    ("Surely not .", "bad"),
    ("Surely one two three four five six .", "good"),
    ("One two three four five six .", "mixed"),
    ("A word .", "good"),
    ("Another .", "unsure"),
)


def spot(folder: Path, **changes: Any) -> BlindSpot:
    rows = "text\tlabel\n" + "".join(f"{text}\t{label}\n" for text, label in TEXTS)
    (folder / "rows.tsv").write_text(rows, encoding="utf8")
    source = {
        "file": str(folder / "rows.tsv"),
        "labels": {"good": "good", "bad": "bad", "mixed": "bad", "unsure": "-"},
    }
    return BlindSpot.model_validate({**SPOT, "source": source, **changes})


def step_of(found: BlindSpot, task_labels: tuple[str, ...] = ("good", "bad", "mixed")) -> ReadExamples:
    return read_blindspot(found, found.source, ("text",), task_labels, 0)


def read(folder: Path, found: BlindSpot) -> pl.DataFrame:
    step = step_of(found)
    out = folder / step.key
    out.mkdir()
    step.run(out=out, inputs=lambda needed: folder / needed.key, runtime=Runtime())
    counted = json.loads((out / "reading.json").read_text())
    assert counted["kept"] + sum(counted["dropped"].values()) == len(TEXTS)
    assert counted["dropped"].get(UNSELECTED, 0) == 1
    return read_table(out / "examples.parquet")


def test_a_row_belongs_to_the_first_heuristic_that_holds_and_the_others_are_left_out(tmp_path: Path) -> None:
    table = read(tmp_path, spot(tmp_path))
    assert table.select("heuristic", "label").rows() == [("sure", "bad"), ("sure", "good"), ("long", "bad")]


def test_without_select_the_step_is_the_one_it_was(tmp_path: Path) -> None:
    found = spot(tmp_path, select={})
    step = step_of(found)
    assert type(step) is ReadExamples
    assert "select" not in step.identity["settings"]


def test_another_predicate_is_another_step(tmp_path: Path) -> None:
    keys = {
        step_of(found).key
        for found in (
            spot(tmp_path),
            spot(tmp_path, select={"sure": {"words": ["surely"]}}),
            spot(tmp_path, select={"sure": {"words": ["surely", "certainly"]}}),
            spot(tmp_path, select={}),
        )
    }
    assert len(keys) == 4


def test_predicates_that_hold_nowhere_are_refused(tmp_path: Path) -> None:
    found = spot(tmp_path, select={"sure": {"words": ["perhaps"]}})
    with pytest.raises(ScotomaError, match="of 4 rows, none obeys a predicate of the blind spot"):
        step_of(found).read()


def test_rows_that_name_a_heuristic_themselves_are_not_overruled(tmp_path: Path) -> None:
    (tmp_path / "named.tsv").write_text("text\tlabel\theuristic\nSurely .\tgood\tlong\n")
    found = spot(tmp_path, source={"file": str(tmp_path / "named.tsv")})
    step = step_of(found)
    assert isinstance(step, ReadSelected)
    with pytest.raises(ScotomaError, match="rows say which heuristic they test"):
        step.read()


def test_a_label_without_a_meaning_is_refused_with_its_line(tmp_path: Path) -> None:
    found = spot(tmp_path)
    source = found.source.model_copy(update={"labels": {"good": "good", "mixed": "bad"}})
    with pytest.raises(
        ScotomaError, match=r"label 'unsure' is not known.*rows.tsv:6.*labels knows good, mixed"
    ):
        read_blindspot(found, source, ("text",), ("good", "bad", "mixed"), 0).read()
    source = found.source.model_copy(update={"labels": {"good": "god"}})
    with pytest.raises(
        ScotomaError, match=r"'good' is mapped to 'god', which is not a label here.*Did you mean 'good'"
    ):
        read_blindspot(found, source, ("text",), ("good", "bad", "mixed"), 0).read()


def test_a_bare_number_is_a_place_among_the_labels_in_the_tasks_order_whichever_is_the_target(
    tmp_path: Path,
) -> None:
    (tmp_path / "numbers.tsv").write_text("text\tlabel\nSurely .\t0\nSurely not .\t1\n")
    found = spot(tmp_path, source={"file": str(tmp_path / "numbers.tsv")})
    for order in (("good", "bad", "mixed"), ("mixed", "good", "bad")):
        expected = [found.label_map[order[0]], *({"good", "bad"} - {found.label_map[order[0]]})]
        assert step_of(found, order).read().table["label"].to_list() == expected


def test_a_number_that_is_a_label_of_the_task_counts_as_the_label_map_says_and_is_no_place(
    tmp_path: Path,
) -> None:
    (tmp_path / "stars.tsv").write_text("text\tlabel\nSurely .\t0\nSurely not .\t1\nSurely so .\t2\n")
    for two in (("0", "1", "2"), ("2", "1", "0")):
        found = spot(
            tmp_path,
            label_map={stars: "good" if stars == "2" else "bad" for stars in two},
            source={"file": str(tmp_path / "stars.tsv")},
        )
        assert step_of(found, two).read().table["label"].to_list() == ["bad", "bad", "good"]
    said = found.source.model_copy(update={"labels": {"0": "good", "1": "good", "2": "bad"}})
    read = read_blindspot(found, said, ("text",), two, 0).read()
    assert read.table["label"].to_list() == ["good", "good", "bad"]


def test_a_label_of_the_two_that_counts_as_the_other_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'0' is one of the blind spot's two labels, and .* counts as '1'"):
        spot(tmp_path, label_map={"0": "1", "1": "0"}, target="0")
