"""Callbacks that report the progress of long work."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

#: Called with (done, in all) of some work; in all is 0 where it is not known.
Progress = Callable[[int, int], None]

_Row = TypeVar("_Row")

#: Rows read between two calls of the callback.
_TOLD_EVERY = 10_000


def no_progress(done: int, total: int) -> None:
    """A progress callback that does nothing."""


def as_read(rows: Iterable[_Row], progress: Progress, total: int = 0) -> Iterator[_Row]:
    """Yields the rows; every 10,000, calls `progress` with the rows read, and about how many there are."""
    for number, row in enumerate(rows):
        if number and number % _TOLD_EVERY == 0:
            progress(number, max(number, total) if total else 0)
        yield row


def part(progress: Progress, begin: int, end: int) -> Progress:
    """A callback for a part of the work, which takes it from `begin` to `end` per cent of the whole."""

    def tell(done: int, total: int) -> None:
        progress((begin * total + (end - begin) * done) // 100 if total else done, total)

    return tell
