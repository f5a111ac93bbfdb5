"""Every command of the documents exists, with its options; every session shown comes out as shown."""

import ast
import re
import shlex
import tempfile
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer
from documents import DOCUMENTS, ROOT, Block, Command, blocks, commands, name_of, pieces_of_code
from sessions import check_shown, run

from scotoma.cli.app import app
from tiny_study import TINY

SESSIONS = [
    path for path in DOCUMENTS if any(block.language in ("console", "python") for block in blocks(path))
]
#: Options that are not Scotoma's, but of other tools or of a script.
OTHERS = {
    "--log_samples",
    "--use_cache",
    "--cache_requests",
    "--help",
    "--export",
    "--dials",
    "--family",
    "--heads",
    "--layers",
    "--optimizer",
    "--width",
}
GROUP: Any = typer.main.get_command(app)  # Typer's own Click has no public names


def of_scotoma(path: Path) -> Iterator[tuple[str, str]]:
    """Place and text of every command of ours in a document's blocks."""
    for block in blocks(path):
        lines = (
            [command.text for command in commands(block)]
            if block.language == "console"
            else block.text.splitlines()
            if block.language in ("", "sh", "bash", "text")
            else []
        )
        yield from ((block.place, line.strip()) for line in lines if line.strip().startswith("scotoma "))


def check(text: str, *, whole: bool) -> None:
    """Has the command line read a command, as it would to run it.

    Args:
        text: In it `N` stands for a number; other placeholders may be texts.
        whole: Whether what is due must be there.
    """
    read = shlex.shlex(text, posix=True, punctuation_chars=True)
    read.whitespace_split = True
    ours = list(takewhile(lambda word: word[0] not in ";|&<>", read))[1:]
    words = ["1" if word == "N" else word for word in ours]
    command, context = GROUP, GROUP.context_class(GROUP, info_name="scotoma")
    while hasattr(command, "commands"):
        if not words or words[0].startswith("-"):
            break
        name = words.pop(0)
        assert name in command.commands, f"no command {name!r}"
        command = command.commands[name]
    try:
        command.make_context(command.name, words, parent=context)
    except Exception as error:  # Typer's own Click has no public name for it
        if whole or type(error).__name__ != "MissingParameter":
            raise


def test_every_command_in_a_block_is_one() -> None:
    found = [(place, text) for path in DOCUMENTS for place, text in of_scotoma(path)]
    assert len(found) >= 35
    for place, text in found:
        try:
            check(text, whole=True)
        except Exception as error:
            raise AssertionError(f"{place}: {text}: {error!r}") from error


def test_every_command_within_a_line_is_one() -> None:
    found = [
        (name_of(path), code)
        for path in DOCUMENTS
        for code in pieces_of_code(path)
        if re.match(r"scotoma [a-z]", code)
    ]
    assert len(found) >= 30
    for place, text in found:
        try:
            check(text, whole=False)
        except Exception as error:
            raise AssertionError(f"{place}: {text}: {error!r}") from error


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("text", ["scotoma rum it", "scotoma run it --on moon", "scotoma run it --wrokers 2"])
def test_a_command_that_is_none_is_found_out(text: str, whole: bool) -> None:
    with pytest.raises(Exception, match=r"rum|moon|wrokers"):
        check(text, whole=whole)


def options(command: Any) -> set[str]:
    """Every option of a command and those below it."""
    below = [options(inner) for inner in getattr(command, "commands", {}).values()]
    own = [option for one in command.params for option in (*one.opts, *one.secondary_opts)]
    return set(own).union(*below)


def test_every_option_within_a_line_is_one() -> None:
    found = {
        code.split()[0].split("=")[0] for p in DOCUMENTS for code in pieces_of_code(p) if code[:2] == "--"
    }
    assert len(found) >= 15
    assert found - options(GROUP) - OTHERS == set()


def test_every_target_of_make_is_one() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf8")
    text = "\n".join(path.read_text(encoding="utf8") for path in DOCUMENTS)
    named = set(re.findall(r"(?:`|^    |^\$ )make ([a-z-]+)", text, re.MULTILINE))
    assert len(named) >= 5
    assert [name for name in sorted(named) if f"\n{name}:" not in makefile] == []


def test_make_quickstart_is_the_tutorials_command() -> None:
    tutorial = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf8")
    (command,) = re.findall(r"\$\(BIN\)/(scotoma run quickstart.*)", (ROOT / "Makefile").read_text("utf8"))
    assert f"$ {command}\n" in tutorial


def test_readme_and_tutorial_show_the_same_verdict() -> None:
    tutorial = next(
        block.text for block in blocks(ROOT / "docs" / "tutorial.md") if block.language == "output"
    )
    readme = next(block.text for block in blocks(ROOT / "README.md") if block.text.startswith("WORSE: "))
    told, signature = readme.rstrip().rsplit("\n", 1)
    parts = [" ".join(part.split()) for part in told.split("...")]
    assert len(parts) == 3
    assert [part for part in parts if part not in " ".join(tutorial.split())] == []
    assert signature.startswith("scotoma|claim:synthetic-1000-original-1000|")


def test_every_file_that_a_test_command_names_is_there() -> None:
    codes = [code for path in DOCUMENTS for code in pieces_of_code(path)]
    named = [
        word
        for code in codes
        for word in code.split()
        if re.fullmatch(r"(tests|scripts|src|bench)/\S+", word)
    ]
    assert len(named) >= 10
    assert [name for name in named if not (ROOT / name).exists()] == []


def marked(path: Path) -> Iterator[tuple[str, str]]:
    """Name and marks of every test in a file, its module's marks included."""
    body = ast.parse(path.read_text(encoding="utf8")).body
    whole = "".join(
        ast.unparse(one) for one in body if isinstance(one, ast.Assign) and "pytestmark" in ast.unparse(one)
    )
    for one in body:
        if isinstance(one, ast.FunctionDef) and one.name.startswith("test_"):
            yield one.name, whole + " ".join(map(ast.unparse, one.decorator_list))


def runs(marks: str, chosen: str | None) -> bool:
    """Whether a test with these marks runs under `-m chosen`; None where nothing is said."""
    if chosen:
        return f"mark.{chosen}" in marks
    if chosen == "":
        return True
    # A test with a marked parameter among others runs with those.
    return all(
        re.search(rf"^(?!.*mark\.{kind})|param\(.*mark\.{kind}", marks) is not None
        for kind in ("slow", "long")
    )


def test_every_test_command_runs_a_test() -> None:
    commands = {code for path in DOCUMENTS for code in pieces_of_code(path) if code.startswith("pytest ")}
    named = [shlex.split(code)[1:] for code in sorted(commands) if "/" in code]
    assert len(named) >= 10
    for file, *options in named:
        asked = dict(zip(options[::2], options[1::2], strict=True))
        assert asked.keys() <= {"-k", "-m"}, options
        assert asked.get("-m") in {None, "", "slow", "long"}, options
        fits = [
            name
            for name, marks in marked(ROOT / file)
            if asked.get("-k", "") in name and runs(marks, asked.get("-m"))
        ]
        assert fits, [file, *options]


#: What a reader of a page is taken to have, by its name.
AT_HAND = {"docs/repair.md": {"mine.yaml": TINY}}


@pytest.fixture
def desk() -> Iterator[Path]:
    """A session's folder, with a path so short that lines which name it are not wrapped."""
    with tempfile.TemporaryDirectory(prefix="docs-", dir="/tmp") as folder:
        yield Path(folder) / "desk"


def prepare(path: Path, folder: Path) -> None:
    """Makes a session's folder, with what its reader has."""
    folder.mkdir()
    for name, text in AT_HAND.get(name_of(path), {}).items():
        (folder / name).write_text(text, encoding="utf8")


def quick(path: Path) -> list[Block]:
    """The blocks of a document up to the first that is slow."""
    return list(takewhile(lambda block: "slow" not in block.remarks, blocks(path)))


def test_the_sessions_are_found() -> None:
    assert len(SESSIONS) >= 6


@pytest.mark.parametrize("path", SESSIONS, ids=name_of)
def test_a_session_comes_out_as_shown(path: Path, desk: Path) -> None:
    prepare(path, desk)
    if not run(quick(path), desk):
        assert any(block.remarks for block in blocks(path)), "nothing is run, and no remark says why"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "path", [path for path in SESSIONS if quick(path) != list(blocks(path))], ids=name_of
)
def test_a_slow_session_comes_out_as_shown(path: Path, desk: Path) -> None:
    prepare(path, desk)
    assert run(blocks(path), desk, figures_vary=True) > 0


def test_a_line_that_is_not_printed_is_found_out() -> None:
    def shown(*lines: str) -> Command:
        return Command("here", "it", lines)

    check_shown(
        shown("one  2", "...", "three 4..."), "zero\none 2\ntwo\nthree 4 and more\n", figures_vary=False
    )
    check_shown(shown("one -.5"), "one +12.75", figures_vary=True)
    check_shown(shown("one .50 1,000"), "one .61 1,000", figures_vary=False, within=0.15)
    with pytest.raises(AssertionError, match="does not print"):
        check_shown(shown("one .50"), "one .66", figures_vary=False, within=0.15)
    for lines in (("two", "one"), ("one",), ("thre",)):
        with pytest.raises(AssertionError, match="does not print"):
            check_shown(shown(*lines), "one 2\ntwo\nthree 4\n", figures_vary=False)
