"""A signal that asks us to stop: obeyed at once, or by long work where it can first save what it has."""

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

#: Exit code of a process that was interrupted and can go on.
INTERRUPTED = 75

_state = {"saves first": False, "asked": False}


class Interrupted(BaseException):
    """A signal asked the process to stop. Not an Exception, so that no handler takes it for a failure."""


def interrupt(number: int, frame: FrameType | None) -> None:
    """A signal handler. Asked a second time, even long work stops at once.

    Raises:
        Interrupted: unless work that saves first is going on.
    """
    if _state["saves first"] and not _state["asked"]:
        _state["asked"] = True
        return
    raise Interrupted


@contextlib.contextmanager
def saves_first() -> Iterator[None]:
    """While it lasts, a signal waits until the work looks at `asked`.

    Raises:
        Interrupted: at its end, if the work never looked.
    """
    _state["saves first"] = True
    try:
        yield
        if _state["asked"]:
            raise Interrupted
    finally:
        _state.update({"saves first": False, "asked": False})


def asked() -> bool:
    """Whether to save and raise `Interrupted`."""
    return _state["asked"]


def killed_by(number: int) -> str:
    """What killed a process, by the number of its signal: `killed by SIGKILL, as where memory runs out`."""
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"killed by {name}{', as where memory runs out' if number == signal.SIGKILL else ''}"
