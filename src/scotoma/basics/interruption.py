"""A signal that asks us to stop: obeyed at once, or by long work where it can first save what it has.

A signal is taken wherever the process is, and not all that is there lets an exception through. So one that
comes during an import waits for its end: there it is swallowed by whoever tries whether a library is
installed, or ends the process in a library's C++. And what is swallowed elsewhere is raised again by `obey`.
"""

import _thread
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

#: Exit code of a process that was interrupted and can go on.
INTERRUPTED = 75

#: Signals that ask us to stop: Ctrl-C, a kill, and what a scheduler sends before the time is up.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

#: Seconds after which a signal of an import is sent again, and how often before it is obeyed even there.
_AGAIN, _OFTEN = 0.05, 600

_state = {"saves first": False, "asked": False}

_put_off = {"times": 0}

_shown = {"by": sys.__unraisablehook__}


class Interrupted(BaseException):
    """A signal asked the process to stop. Not an Exception, so that no handler takes it for a failure."""


def listen(*signals: signal.Signals) -> None:
    """From now on a signal raises `Interrupted`; see `interrupt`.

    Args:
        signals: Which; all that ask a process to stop if none is named.
    """
    _state.update({"saves first": False, "asked": False})
    for name in signals or _SIGNALS:
        signal.signal(name, interrupt)
    if sys.unraisablehook is not _but_for_ours:
        _shown["by"], sys.unraisablehook = sys.unraisablehook, _but_for_ours


def end_at_once() -> None:
    """From now on a signal ends the process without a word: the work is over, or given up."""
    _state.update({"saves first": False, "asked": False})
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_DFL)
    if sys.unraisablehook is _but_for_ours:
        sys.unraisablehook = _shown["by"]


def interrupt(number: int, frame: FrameType | None) -> None:
    """A signal handler. Asked a second time, even long work stops at once.

    Raises:
        Interrupted: unless a module is being imported, or work that saves first is going on.
    """
    if _is_importing(frame) and _put_off["times"] < _OFTEN:
        _put_off["times"] += 1
        # Not a Timer, whose locks whatever we interrupt may hold.
        _thread.start_new_thread(_send_again, (number,))
        return
    _put_off["times"] = 0
    first = not _state["asked"]
    _state["asked"] = True
    if not (_state["saves first"] and first):
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
    """Whether a signal asked us to stop: to save and raise `Interrupted`, or to take an error for one."""
    return _state["asked"]


def obey() -> None:
    """Called between steps, and now and then within one.

    Raises:
        Interrupted: a signal asked us to stop, what it raised was lost on the way, and no work saves first.
    """
    if _state["asked"] and not _state["saves first"]:
        raise Interrupted


def _but_for_ours(lost: "sys.UnraisableHookArgs") -> None:
    """Python shows what its own compiled code cannot raise; `obey` raises ours again."""
    if lost.exc_type is not Interrupted:
        _shown["by"](lost)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib."):
            return True
        frame = frame.f_back
    return False


def _send_again(number: int) -> None:
    time.sleep(_AGAIN)
    os.kill(os.getpid(), number)


def killed_by(number: int) -> str:
    """What killed a process, by the number of its signal: `killed by SIGKILL, as where memory runs out`."""
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"killed by {name}{', as when memory runs out' if number == signal.SIGKILL else ''}"
