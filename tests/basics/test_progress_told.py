"""Rows that are read say now and then how many there were."""

from pathlib import Path

import pytest

import scotoma
from prediction_files import lines, rows
from scotoma.basics import progress
from scotoma.basics.progress import as_read


def test_rows_come_as_they_are_and_are_counted_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_TOLD_EVERY", 3)
    told: list[tuple[int, int]] = []
    assert list(as_read("abcdefgh", lambda done, total: told.append((done, total)))) == list("abcdefgh")
    assert told == [(3, 0), (6, 0)]


def test_predictions_that_are_read_one_by_one_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_TOLD_EVERY", 50)
    told: list[tuple[int, int]] = []
    file = lines(rows(4).iter_rows(named=True), tmp_path / "rows.jsonl")
    scotoma.score(file, blindspot="hans", progress=lambda done, total: told.append((done, total)))
    assert told == [(50, 0), (100, 0)]
