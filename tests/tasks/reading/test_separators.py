"""Columns that are separated otherwise than the file's name says."""

from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.formats import faults_of, read_records

NAMES = ("premise", "hypothesis", "label")


@pytest.mark.parametrize(
    ("name", "mark", "message"),
    [
        ("a.csv", ";", r"separated by semicolons, .* by commas.*read_csv\(FILE, sep=';'\)"),
        ("a.csv", "|", r"separated by vertical bars, .* by commas.*sep='\|'"),
        ("a.csv", "\t", r"separated by tabs, .* by commas.*Let its name end in \.tsv"),
        ("a.tsv", ",", r"separated by commas, .* by tabs.*Let its name end in \.csv"),
        ("a.tsv", ";", r"separated by semicolons, .* by tabs"),
    ],
)
@pytest.mark.parametrize("quote", ["", '"'])
def test_another_separator_is_named_with_what_to_do(
    tmp_path: Path, name: str, mark: str, message: str, quote: str
) -> None:
    path = tmp_path / name
    rows = [NAMES, ("It rains.", "It pours.", "neutral")]
    path.write_text("".join(mark.join(f"{quote}{cell}{quote}" for cell in row) + "\n" for row in rows))
    with pytest.raises(ScotomaError, match=message):
        list(read_records(path, faults_of(path)))


@pytest.mark.parametrize("header", ["text", "The doctor; who came", ";", "a;"])
def test_one_column_is_one_column(tmp_path: Path, header: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{header}\nx\n")
    assert [record for _, record in read_records(path, faults_of(path))] == [{header: "x"}]
