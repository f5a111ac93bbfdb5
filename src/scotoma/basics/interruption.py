"""Signals that ask the process to stop: obeyed at once, except in long work that saves its state first.

A signal handler runs wherever the process is, and an exception raised there can get lost. During an import,
code that tries whether a library is installed swallows it, and in a library's C++ it ends the process: so the
signal is put off until the import is over. An exception that is lost elsewhere, as in compiled code, is
raised again by `raise_pending`.
"""

import _thread
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType

#: Exit code of a process that was interrupted; run again, it continues.
INTERRUPTED = 75

#: Signals that ask us to stop: Ctrl-C, a kill, and what a scheduler sends before the time is up.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1)

#: A signal during an import is sent again after so many seconds; after so many times it is obeyed even there.
_AGAIN, _OFTEN = 0.05, 600

_state = {"saves first": False, "asked": False}

_put_off = {"times": 0}

_shown = {"by": sys.__unraisablehook__}


class Interrupted(BaseException):
    """A signal asked the process to stop. Not an Exception, so that `except Exception` does not catch it."""


def install_handler(*signals: signal.Signals) -> None:
    """From now on a signal raises `Interrupted`; see `interrupt`.

    Args:
        signals: The signals; if none are given, all that ask a process to stop.
    """
    _state.update({"saves first": False, "asked": False})
    for name in signals or _SIGNALS:
        signal.signal(name, interrupt)
    if sys.unraisablehook is not _hide_interrupted:
        _shown["by"], sys.unraisablehook = sys.unraisablehook, _hide_interrupted


def end_at_once() -> None:
    """From now on a signal ends the process at once, without a message: the work is over, or given up."""
    _state.update({"saves first": False, "asked": False})
    for name in _SIGNALS:
        signal.signal(name, signal.SIG_DFL)
    if sys.unraisablehook is _hide_interrupted:
        sys.unraisablehook = _shown["by"]


def interrupt(number: int, frame: FrameType | None) -> None:
    """The signal handler. At a second signal, even work that saves first stops at once.

    Raises:
        Interrupted: unless a module is being imported, or within `saves_first`.
    """
    if _is_importing(frame) and _put_off["times"] < _OFTEN:
        _put_off["times"] += 1
        # Not a Timer: the interrupted code may hold its locks.
        _thread.start_new_thread(_send_again, (number,))
        return
    _put_off["times"] = 0
    first = not _state["asked"]
    _state["asked"] = True
    if not (_state["saves first"] and first):
        raise Interrupted


@contextlib.contextmanager
def saves_first() -> Iterator[None]:
    """Within this context a signal raises nothing: the work checks `is_requested`, saves and stops.

    Raises:
        Interrupted: at the end of the context, if a signal came and the work did not raise it.
    """
    _state["saves first"] = True
    try:
        yield
        if _state["asked"]:
            raise Interrupted
    finally:
        _state.update({"saves first": False, "asked": False})


def is_requested() -> bool:
    """Whether a signal came: save and raise `Interrupted`. An error may also be a consequence of it."""
    return _state["asked"]


def raise_pending() -> None:
    """Raises what a signal raised and other code swallowed; called between steps, and regularly within one.

    Raises:
        Interrupted: a signal asked us to stop, and this is not within `saves_first`.
    """
    if _state["asked"] and not _state["saves first"]:
        raise Interrupted


def _hide_interrupted(lost: "sys.UnraisableHookArgs") -> None:
    """Hides an `Interrupted` from compiled code, which Python can only print; `raise_pending` raises it."""
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
    """What killed a process, by the number of its signal: `killed by SIGKILL, as when memory runs out`."""
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"killed by {name}{', as when memory runs out' if number == signal.SIGKILL else ''}"
