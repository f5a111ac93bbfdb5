"""About how many rows a place has."""

import gzip
import lzma
from pathlib import Path

import polars as pl
import pytest

from prediction_files import rows, write
from scotoma.tasks.reading.counting import rows_in
from scotoma.tasks.reading.sources import TableSource


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_a_small_file_says_how_many_rows_it_has(tmp_path: Path, ending: str) -> None:
    assert rows_in(write(rows(4), tmp_path / f"rows.{ending}")) == 120


def test_a_table_in_memory_says_so_too() -> None:
    assert rows_in(TableSource("rows", rows(2))) == 60


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "csv.xz"])
def test_a_large_file_is_judged_by_its_first_lines(tmp_path: Path, ending: str) -> None:
    n = 150_000
    text = pl.DataFrame({"id": range(n), "text": ["The doctor saw the lawyer."] * n}).write_csv().encode()
    pack = {"csv": bytes, "csv.gz": gzip.compress, "csv.xz": lzma.compress}[ending]
    path = tmp_path / f"rows.{ending}"
    path.write_bytes(pack(text))
    found = rows_in(path)
    assert 0.5 * n < found < 2 * n
    assert found % 1000 == 0


@pytest.mark.parametrize("name", ["none.csv", "cut.csv.gz", "no.parquet", "one.json", "hub:none:test"])
def test_a_place_that_does_not_say_how_many_has_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "cut.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n" * 1000)[:30])
    (tmp_path / "no.parquet").write_bytes(b"PAR1 this is no table PAR1")
    (tmp_path / "one.json").write_text("[]")
    assert rows_in(name if name.startswith("hub:") else tmp_path / name) == 0
