"""Rows that are read say now and then how many there were."""

from pathlib import Path

import pytest

import scotoma
from prediction_files import lines, rows
from scotoma.basics import progress
from scotoma.basics.progress import as_read, part


def test_rows_come_as_they_are_and_are_counted_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_TOLD_EVERY", 3)
    told: list[tuple[int, int]] = []
    assert list(as_read("abcdefgh", lambda done, total: told.append((done, total)))) == list("abcdefgh")
    assert told == [(3, 0), (6, 0)]


def test_rows_are_told_beside_how_many_there_are_about(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_TOLD_EVERY", 3)
    told: list[tuple[int, int]] = []
    list(as_read("abcdefgh", lambda done, total: told.append((done, total)), 5))
    assert told == [(3, 5), (6, 6)]


def test_a_part_of_the_work_takes_its_share_of_it() -> None:
    told: list[tuple[int, int]] = []
    tell = part(lambda done, total: told.append((done, total)), 20, 70)
    tell(0, 1000)
    tell(1000, 1000)
    tell(7, 0)
    assert told == [(200, 1000), (700, 1000), (7, 0)]


def test_predictions_that_are_read_one_by_one_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "_TOLD_EVERY", 50)
    told: list[tuple[int, int]] = []
    file = lines(rows(4).iter_rows(named=True), tmp_path / "rows.jsonl")
    scotoma.score(file, blindspot="hans", progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 120), (22, 120), (45, 120), (54, 120), (90, 120)]
