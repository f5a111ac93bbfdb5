"""JSON is read as one object a line or as one list, and anything else is told in one sentence."""

import gzip
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.examples import read_examples
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.json_rows import parse_json

ROWS = [
    {"premise": "A man sleeps.", "hypothesis": "He rests.", "label": label}
    for label in ("entailment", "neutral", "contradiction")
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson", "a.json.gz"])
def test_a_list_of_objects_is_read_as_rows(tmp_path, indent, name) -> None:
    data = json.dumps(ROWS, indent=indent).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else b"\xef\xbb\xbf\n" + data)
    assert read_examples(path).table["label"].to_list() == [row["label"] for row in ROWS]


def test_faults_in_a_list_are_told_by_row(tmp_path) -> None:
    (tmp_path / "a.json").write_text(json.dumps([ROWS[0], 7, {**ROWS[1], "label": "x"}]))
    with pytest.raises(
        ScotomaError, match=r"row 2: a JSON number where an object is needed; row 3: label 'x' is not"
    ):
        read_examples(tmp_path / "a.json")


def test_a_line_that_has_all_rows_inside_is_told_with_the_command_that_takes_them_out(tmp_path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"summary": "s", "qa_pairs": ROWS}))
    with pytest.raises(
        ScotomaError, match=r"no column for premise.*synthetic-data-kit save-as FILE --format jsonl"
    ):
        read_examples(tmp_path / "a.json")


def test_an_object_that_has_the_rows_is_told_with_the_command_that_takes_them_out(tmp_path) -> None:
    whole = {"summary": "s", "qa_pairs": ROWS}
    (tmp_path / "a.json").write_text(json.dumps(whole, indent=1))
    said = r"one JSON object, with 'summary', 'qa_pairs', not rows.*jq -c '.qa_pairs\[\]' a.json > rows.jsonl"
    with pytest.raises(ScotomaError, match=said):
        read_examples(tmp_path / "a.json")


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(
    "whole",
    [
        {name: {str(at): row[name] for at, row in enumerate(ROWS)} for name in ROWS[0]},
        {name: [row[name] for row in ROWS] for name in ROWS[0]},
        {str(at): row for at, row in enumerate(ROWS)},
    ],
)
def test_a_table_in_one_object_is_told_with_how_pandas_writes_rows(tmp_path, whole, indent) -> None:
    (tmp_path / "a.json").write_text(json.dumps(whole, indent=indent))
    said = r"one JSON object that holds a whole table, with .*, not rows.*orient='records', lines=True"
    with pytest.raises(ScotomaError, match=said):
        read_examples(tmp_path / "a.json")


@pytest.mark.parametrize("more", [{}, {"index": [0, 1]}, {"ncols": 4, "nrows": 2, "column_types": {}}])
def test_a_table_of_names_and_lists_of_cells_is_told_with_how_to_take_its_rows_out(tmp_path, more) -> None:
    """As MLflow, pandas and W&B write one."""
    whole = {"columns": [*ROWS[0]], **more, "data": [[*row.values()] for row in ROWS]}
    (tmp_path / "a.table.json").write_text(json.dumps(whole))
    with pytest.raises(
        ScotomaError, match=r"holds a whole table, .*'columns'.*jq -c '(.*)' a.table.json >"
    ) as told:
        read_examples(tmp_path / "a.table.json")
    if jq := shutil.which("jq"):
        how = re.search(r"jq -c '(.*)'", told.value.remedy)
        made = subprocess.run([jq, "-c", how[1], tmp_path / "a.table.json"], capture_output=True, check=True)
        assert [json.loads(line) for line in made.stdout.splitlines()] == ROWS


def test_an_empty_list_has_no_rows_and_an_empty_object_no_columns(tmp_path) -> None:
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(ScotomaError, match=r"there are no labelled rows \(.*a.json"):
        read_examples(tmp_path / "a.json")
    (tmp_path / "b.json").write_text("{}")
    with pytest.raises(ScotomaError, match=r"no column for premise, .*; the file has no columns"):
        read_examples(tmp_path / "b.json")


def test_lines_that_are_no_objects_are_told_one_by_one(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text("[1, 2]\n[3]\n")
    with pytest.raises(ScotomaError, match="2 faults: line 1: a JSON list where an object is needed; line 2"):
        read_examples(tmp_path / "a.jsonl")


def test_an_object_without_an_end_is_told_by_its_lines(tmp_path) -> None:
    (tmp_path / "a.jsonl").write_text('{"premise": "A"\n' + json.dumps(ROWS[0]))
    with pytest.raises(ScotomaError, match=r"line \d|not JSON"):
        read_examples(tmp_path / "a.jsonl")


def test_an_object_of_several_splits_names_them(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    for indent in (None, 1):
        path.write_text(json.dumps({"train": ROWS, "test": ROWS}, indent=indent))
        with pytest.raises(ScotomaError, match=r"'train'.* jq -c '.train\[\]' a.json"):
            read_examples(path)


@pytest.mark.parametrize("ending", ["json", "jsonl"])
def test_a_file_of_one_line_that_holds_the_rows_in_an_object_says_how_to_take_them_out(
    tmp_path: Path, ending: str
) -> None:
    path = tmp_path / f"a.{ending}"
    path.write_text('{"version": 2, "data": [{"text": "a", "label": "x"}]}\n')
    faults = Faults(str(path))
    assert [record for _, record in parse_json(path, faults)] == [json.loads(path.read_text())]
    with pytest.raises(
        ScotomaError, match=rf"no column.*whose 'data' may be the rows.*jq -c '.data\[\]' a.{ending}"
    ):
        faults.fail("no column for text", "Name it.")


@pytest.mark.parametrize("line", ['{"text": "a"}', '{"a": [{}], "b": [{}], "c": 1}', '{"a": [1]}'])
def test_a_file_of_one_row_says_nothing_of_the_kind(tmp_path: Path, line: str) -> None:
    for text in (f"{line}\n", f"{line}\n" * 2):
        (tmp_path / "a.jsonl").write_text(text)
        faults = Faults("a.jsonl")
        assert list(parse_json(tmp_path / "a.jsonl", faults))
        assert not faults.hint


def test_a_first_row_with_a_list_of_objects_is_a_row_where_others_follow(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"messages": [{"text": "a"}]}\n' * 2)
    faults = Faults("a.jsonl")
    assert len(list(parse_json(tmp_path / "a.jsonl", faults))) == 2
    assert not faults.hint
