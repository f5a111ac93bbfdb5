"""A progress bar for commands that print only their answer: on a terminal, and only if they take long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from scotoma.basics.progress import Progress, no_progress
from scotoma.basics.words import duration
from scotoma.cli.printing import PlainConsole

#: Seconds before the bar is shown.
_QUIET_FOR = 1.0


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """A callback for (done, in all) that shows a bar on standard error after a second; removed at the end.

    If standard error is no terminal, nothing is shown: a log needs only the answer.

    Args:
        what: Words after the numbers, such as `rows`. `in all` is 0 if it is not known.
    """
    console = PlainConsole(stderr=True)
    if not console.is_terminal:
        yield no_progress
        return
    from rich import progress as rich

    bars = rich.Progress(
        rich.BarColumn(), rich.TextColumn("{task.description}", markup=False), console=console, transient=True
    )
    bar, began = bars.add_task(f"0 {what}", total=None), time.monotonic()
    # By a timer: work may take long before it first reports progress.
    shown = threading.Timer(_QUIET_FOR, bars.start)
    shown.daemon = True
    shown.start()

    def progress(done: int, total: int) -> None:
        passed = time.monotonic() - began
        bars.update(
            bar, completed=done, total=total or None, description=_counts_text(what, done, total, passed)
        )

    try:
        yield progress
    finally:
        shown.cancel()
        shown.join()
        if bars.live.is_started:
            bars.stop()


def _counts_text(what: str, done: int, total: int, passed: float) -> str:
    """`1,088/2,880 rows, 20 s left`."""
    if not total:
        return f"{done:,} {what}"
    time_left = f", {duration(passed / done * (total - done))} left" if done else ""
    return f"{done:,}/{total:,} {what}{time_left}"
