from pathlib import Path

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import Example, export_table, read_table, to_table, write_table
from scotoma.tasks import MNLI
from scotoma.tasks.reading.examples import read_examples

FIELDS = ("premise", "hypothesis")
ROWS = [
    Example("a", ("The doctor ran .", "The doctor ran ."), "entailment", "constituent", "ce_adverb", "temp1"),
    Example("b", ('A "quoted", text', "tab\tand\nline"), "neutral"),
]


def test_examples_survive_the_table_and_the_file(tmp_path: Path) -> None:
    write_table(to_table(ROWS, FIELDS), tmp_path / "rows.parquet")
    rows = read_table(tmp_path / "rows.parquet").rows()
    assert rows == [(r.id, *r.texts, r.label, r.heuristic, r.subcase, r.template) for r in ROWS]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_table(to_table(ROWS, FIELDS), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_that_is_not_parquet_is_named(tmp_path: Path) -> None:
    (tmp_path / "rows.parquet").write_text("id,label\n")
    with pytest.raises(ScotomaError, match="not a Parquet file"):
        read_table(tmp_path / "rows.parquet")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_exported_rows_read_back(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"rows{suffix}"
    export_table(to_table(ROWS, FIELDS), path)
    read = {".csv": pl.read_csv, ".jsonl": pl.read_ndjson, ".parquet": pl.read_parquet}[suffix]
    assert read(path).fill_null("").to_dicts() == to_table(ROWS, FIELDS).to_dicts()
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "text", ["tab\there", "two\nlines", "a\rreturn", 'He said "no".', '"Quoted"', "plain"]
)
def test_exported_tabs_are_read_with_whatever_a_text_holds(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rows.tsv"
    rows = [Example(label, (text, text), label) for label in MNLI.labels]
    export_table(to_table(rows, FIELDS), path)
    read = read_examples(path).table
    assert read.select(*FIELDS, "label").rows() == [(*row.texts, row.label) for row in rows]
    assert ('"' in path.read_text()) == (text != "plain")


def test_an_unknown_format_is_refused_and_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match=r"Use one of the endings \.csv"):
        export_table(to_table(ROWS, FIELDS), tmp_path / "rows.xlsx")
    assert list(tmp_path.iterdir()) == []
