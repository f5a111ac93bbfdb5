"""Progress of commands that print only their answer."""

import pytest

from scotoma.cli import bar
from scotoma.cli.bar import telling
from scotoma.cli.printing import PlainConsole


def tell() -> None:
    with telling("files read") as progress:
        for n in range(3):
            progress(n, 3)


def test_a_terminal_is_told_on_standard_error_how_far_long_work_is(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(PlainConsole, "is_terminal", True)
    monkeypatch.setattr(bar, "_QUIET_FOR", -1.0)
    tell()
    told = capfd.readouterr()
    assert "files read" in told.err
    assert not told.out


def test_short_work_and_a_log_are_told_nothing(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    tell()
    monkeypatch.setattr(PlainConsole, "is_terminal", True)
    tell()
    assert capfd.readouterr() == ("", "")
