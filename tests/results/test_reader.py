"""Everything that a report reads of a store comes by one reader."""

import ast
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

import scotoma.results
from fake_study import make, plan, study
from scotoma.basics import records
from scotoma.results import reader as module
from scotoma.results import results
from scotoma.results.reader import Reader
from scotoma.store.store import Store
from toy import Number, make_all, sum_of

FOLDER = Path(scotoma.results.__file__).parent


def test_no_table_of_examples_is_read_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(study())
    store, read = make(planned, tmp_path), Counter[Path]()

    def counted(path: Path) -> pl.DataFrame:
        read[path] += 1
        return records.read_table(path)

    monkeypatch.setattr(module, "read_table", counted)
    results(planned, store)
    assert {path.name for path in read} >= {"examples.parquet", "predictions.parquet", "rejects.parquet"}
    assert max(read.values()) == 1


def test_only_the_reader_reads_files_of_the_store() -> None:
    reading = [path.name for path in sorted(FOLDER.glob("*.py")) if {"read_table", "folder"} & _names(path)]
    assert reading == ["reader.py"]


def _names(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf8"))))
    found = {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
    return found | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def test_an_altered_artifact_counts_as_missing_and_is_told_once(tmp_path: Path) -> None:
    total = sum_of(1, 2)
    store = Store(tmp_path)
    make_all(store, total)
    (store.folder(total) / "number.txt").write_text("4")
    reader = Reader(tmp_path)
    assert [reader.done(total), reader.done(total), reader.done(Number(value=1.0))] == [False, False, True]
    (told,) = reader.altered
    assert "number.txt altered or missing" in told
    assert "--remake" in told


def test_a_reader_of_a_reader_is_the_same_one(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    assert Reader.of(reader) is reader


def test_what_does_not_fit_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(study())
    store = make(planned, tmp_path)
    ((_, texts),) = planned.models[0].predictions.tests
    monkeypatch.setattr(module, "_KEPT", 0)
    none_kept = Reader(store.root)
    assert none_kept.examples(texts) is not none_kept.examples(texts)
    monkeypatch.undo()
    kept = Reader(store.root)
    assert kept.examples(texts) is kept.examples(texts)
