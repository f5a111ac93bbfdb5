"""Runs a document as a reader would: from the top, in an empty folder of its own."""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from documents import ROOT, Block, Command, commands

from command_line import one_thread, scotoma

#: As wide as the documents show it, and one thread, as tests may run beside one another.
_SURROUNDINGS = {
    "COLUMNS": "80",
    "NO_COLOR": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONUNBUFFERED": "1",
}
#: Programs of a session, and how the interpreter that runs the tests starts each.
_PROGRAMS = {"scotoma": "-m scotoma ", "python": "", "lm_eval": "-m lm_eval ", "inspect": "-m inspect_ai "}
#: What a shell does more than starting a program with words; and workers, whose words reach no stream here.
_OF_A_SHELL = re.compile(r"[|&;<>$*?`~#]|--workers")
_NUMBER = re.compile(r"[-+]?\d*\.?\d+")
#: By how much a figure may differ that varies: models that are trained on another processor.
_A_LITTLE = 0.15
#: An interval that is drawn with characters: where they stand are figures, too.
_DRAWN = re.compile(r"[├─●┤│┊╵◄►][├─●┤│┊╵◄► ]*")


def run(blocks: Iterable[Block], folder: Path, *, figures_vary: bool = False) -> int:
    """Runs what is to be run, in order, and holds what is shown against what is printed.

    Args:
        blocks: Of one document.
        folder: Where to; it is the session's own.
        figures_vary: Whether any number does for a number that is shown: trained on another processor,
            models differ in the last bits.

    Returns:
        How many commands and scripts ran.
    """
    n_run, printed = 0, ""
    for block in blocks:
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf8")
        if block.title or "not run" in block.remarks:
            continue
        if block.needs and importlib.util.find_spec(block.needs) is None:
            continue
        within = _A_LITTLE if "figures vary" in block.remarks else None
        if block.language == "console":
            for command in commands(block):
                printed = _of_command(command, folder)
                check_shown(command, printed, figures_vary=figures_vary, within=within)
                n_run += 1
        elif block.language == "python":
            printed = _printed([sys.executable, "-c", block.text], folder, Command(block.place, "script", ()))
            n_run += 1
        elif block.language == "output":
            shown = tuple(block.text.splitlines())
            output = Command(block.place, "output", shown)
            check_shown(output, printed, figures_vary=figures_vary, within=within)
    return n_run


def check_shown(command: Command, printed: str, *, figures_vary: bool, within: float | None = None) -> None:
    """Finds every line that is shown in what was printed, in order; `...` stands for anything.

    Args:
        command: What was run, and the lines of its output that are shown.
        printed: What it printed.
        figures_vary: Whether any number does for a number.
        within: By how much a number may differ; None for not at all.

    Raises:
        AssertionError: a line is not there.
    """
    lines, at = printed.splitlines(), 0
    figures_vary = figures_vary or within is not None
    said = [_plain(line, figures_vary) for line in lines]
    for line in command.shown:
        wanted = _plain(line, figures_vary)
        pattern = re.compile(".*".join(map(re.escape, wanted.split("..."))))
        found = next(
            (
                i
                for i in range(at, len(said))
                if pattern.fullmatch(said[i]) and (within is None or _near(line, lines[i], within))
            ),
            None,
        )
        assert found is not None, f"{command.place}: {command.text}: does not print {line!r}, but\n{printed}"
        at = found if wanted == "..." else found + 1


def _near(shown: str, printed: str, within: float) -> bool:
    """Whether every number of a line differs by no more than this."""
    ours, theirs = (list(map(float, _NUMBER.findall(line))) for line in (shown, printed))
    return all(abs(one - other) <= within for one, other in zip(ours, theirs, strict=False))


def _plain(line: str, figures_vary: bool) -> str:
    line = " ".join(line.split())
    return _DRAWN.sub("~", _NUMBER.sub("0", line)) if figures_vary else line


def _of_command(command: Command, folder: Path) -> str:
    """What a command of a shell prints; one that is Scotoma's alone starts no interpreter for it."""
    words = shlex.split(command.text.replace("\\\n", " "))
    if words[0] != "scotoma" or _OF_A_SHELL.search(command.text):
        return _printed(["bash", "-c", command.text], folder, command)
    with one_thread():
        ended = scotoma(*words[1:], cwd=folder, together=True, **_surroundings(folder))
    assert ended.returncode == 0, f"{command.place}: {command.text}: exit {ended.returncode}\n{ended.stdout}"
    return ended.stdout


def _printed(run: list[str], folder: Path, command: Command) -> str:
    """What a command prints, both streams as a terminal has them; it must succeed."""
    ended = subprocess.run(
        run,
        cwd=folder,
        env=_surroundings(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=3000,
    )
    assert ended.returncode == 0, f"{command.place}: {command.text}: exit {ended.returncode}\n{ended.stdout}"
    return ended.stdout


def _surroundings(folder: Path) -> dict[str, str]:
    """The environment of a session, in which its programs are those of what runs the tests."""
    programs = folder.parent / f"{folder.name}-programs"
    programs.mkdir(exist_ok=True)
    for name, words in _PROGRAMS.items():
        program = programs / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words}"$@"\n', encoding="utf8")
        program.chmod(0o755)
    path = os.pathsep.join([str(programs), os.environ["PATH"]])
    source = os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]).strip(os.pathsep)
    return {**os.environ, **_SURROUNDINGS, "PATH": path, "PYTHONPATH": source}
