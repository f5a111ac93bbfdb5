"""Progress of commands that print only their answer."""

import pytest

from scotoma.cli import bar
from scotoma.cli.bar import progress_bar
from scotoma.cli.printing import PlainConsole


def tell() -> None:
    with progress_bar("rows") as progress:
        progress(500, 0)
        for n in range(3):
            progress(1000 * n, 3000)


def test_a_terminal_is_told_on_standard_error_how_far_long_work_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PlainConsole, "is_terminal", True)
    monkeypatch.setattr(bar, "_QUIET_FOR", -1.0)
    tell()
    told = capfd.readouterr()
    assert "2,000/3,000 rows, 0.0 s left" in told.err
    assert not told.out


@pytest.mark.parametrize(
    ("done", "total", "words"),
    [(0, 9, "0/9 rows"), (1500, 6000, "1,500/6,000 rows, 30 s left"), (1500, 0, "1,500 rows")],
)
def test_what_is_done_is_told_with_the_time_that_is_left(done: int, total: int, words: str) -> None:
    assert bar._counts_text("rows", done, total, 10.0) == words


def test_short_work_and_a_log_are_told_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tell()
    monkeypatch.setattr(PlainConsole, "is_terminal", True)
    tell()
    assert capfd.readouterr() == ("", "")
