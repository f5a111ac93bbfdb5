"""How far a command is that prints only its answer: on a terminal, and only where it takes long."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from scotoma.cli.printing import PlainConsole

#: Seconds that nobody needs to be told about.
_QUIET_FOR = 1.0


@contextmanager
def telling(what: str) -> Iterator[Callable[[int, int], None]]:
    """What to call with (done, in all): a bar on standard error after a second, gone at the end.

    Where standard error is no terminal, nothing is shown: whoever reads a log needs the answer alone.

    Args:
        what: Words after the numbers, such as `pairs of files read`.
    """
    console = PlainConsole(stderr=True)
    if not console.is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    text = TextColumn("{task.description}", markup=False)
    bars = Progress(BarColumn(), MofNCompleteColumn(), text, console=console, transient=True)
    bar, began, is_shown = bars.add_task(what, total=None), time.monotonic(), False

    def progress(done: int, total: int) -> None:
        nonlocal is_shown
        bars.update(bar, completed=done, total=total)
        if not is_shown and time.monotonic() - began > _QUIET_FOR:
            bars.start()
            is_shown = True

    try:
        yield progress
    finally:
        if is_shown:
            bars.stop()
