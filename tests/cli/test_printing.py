"""What every command prints: lines that end well, in a pipe and on a terminal."""

import io
from typing import Any

import pytest
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scotoma.cli.printing import PlainConsole


def printed(*what: Any, width: int, is_terminal: bool = False, **how: Any) -> str:
    console = PlainConsole()
    console.file, console.width = io.StringIO(), width
    console._force_terminal = is_terminal
    console.print(*what, **how)
    return console.file.getvalue()


@pytest.mark.parametrize("width", range(12, 40))
@pytest.mark.parametrize("is_terminal", [False, True])
def test_no_line_ends_between_a_number_and_its_per_cent_sign(width: int, is_terminal: bool) -> None:
    told = "by 2.132 (95 % interval), of 88.0 % a third"
    for one in (told, Text(told), Text.assemble(("by", "bold"), told[2:]), Padding(told, (0, 0, 0, 1))):
        lines = printed(one, width=width, is_terminal=is_terminal).splitlines()
        assert len(lines) > 1
        assert not any(line.lstrip().startswith("%") for line in lines)
        assert max(map(len, lines)) <= width or is_terminal
        if not is_terminal:
            assert " ".join(" ".join(lines).split()) == told


def test_in_a_pipe_no_line_ends_in_blanks_and_nothing_else_changes() -> None:
    table = Table(box=None)
    for name in ("one", "two"):
        table.add_column(name)
    table.add_row("a", "b")
    table.add_row("longer", " c ")
    what = (Padding("padded", (1, 4)), table, "  [bold]words \n\n and ")
    piped, shown = (printed(*what, width=40, is_terminal=one) for one in (False, True))
    assert not any(line != line.rstrip() for line in piped.split("\n"))
    plain = [line.rstrip() for line in Text.from_ansi(shown).plain.split("\n")]
    assert [line for line in piped.split("\n") if line] == [line for line in plain if line]
    assert any(line.endswith(" ") for line in Text.from_ansi(shown).plain.split("\n"))


def test_what_goes_on_in_the_same_line_is_left_as_it_is() -> None:
    assert printed("so far: ", width=40, end="") == "so far: "


def test_what_is_captured_is_trimmed_too_and_goes_nowhere_else() -> None:
    console = PlainConsole()
    console.file, console.width = io.StringIO(), 40
    with console.capture() as captured:
        console.print(Padding("padded", (0, 4)))
    assert captured.get() == "    padded\n"
    assert console.file.getvalue() == ""
