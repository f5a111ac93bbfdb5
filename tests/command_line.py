"""`scotoma` as a shell would call it, in the process of the tests: an interpreter takes seconds to start."""

import contextlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from scotoma.cli import main


@dataclass(frozen=True)
class Ended:
    """A command that has ended.

    Attributes:
        returncode: Its exit code.
        stdout: What it printed.
        stderr: What it said beside it.
    """

    returncode: int
    stdout: str
    stderr: str


def scotoma(*arguments: str | Path, cwd: Path, together: bool = False, **environment: str) -> Ended:
    """Runs a command in a folder; an error that it would show with a traceback is raised.

    Args:
        arguments: What stands after `scotoma`.
        cwd: The folder.
        together: Whether both streams are one, the first, as on a terminal.
        environment: Variables beside those of the tests.
    """
    out = _stream("strict")
    errors = out if together else _stream("backslashreplace")
    with (
        contextlib.chdir(cwd),
        mock.patch.dict(os.environ, environment),
        mock.patch.object(sys, "argv", ["scotoma", *map(str, arguments)]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(errors),
        _signals_kept(),
    ):
        code = _exit_code()
    return Ended(code, _text(out), "" if together else _text(errors))


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """While it lasts, torch has one thread: what is trained depends on their number in its last bits."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _exit_code() -> int:
    try:
        main()
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else int(left.code is not None)
    return 0


def _stream(errors: str) -> io.TextIOWrapper:
    """As Python opens the streams of a process whose output is read by another."""
    return io.TextIOWrapper(io.BytesIO(), encoding="utf8", errors=errors, write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    return stream.buffer.getvalue().decode()  # type: ignore[attr-defined]  # BytesIO, which the type hides


@contextlib.contextmanager
def _signals_kept() -> Iterator[None]:
    """A command takes signals; afterwards they are again whose they were."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
