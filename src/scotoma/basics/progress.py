"""How far long work is, told to whoever wants to know."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

#: Called with (done, in all) of some work; in all is 0 where it is not known.
Progress = Callable[[int, int], None]

_Row = TypeVar("_Row")

#: Rows between two words on how many are read.
_TOLD_EVERY = 10_000


def unheard(done: int, total: int) -> None:
    """Takes what is told where nobody wants to know."""


def as_read(rows: Iterable[_Row], progress: Progress, total: int = 0) -> Iterator[_Row]:
    """The rows as they come; now and then it is told how many were read, of about how many."""
    for number, row in enumerate(rows):
        if number and number % _TOLD_EVERY == 0:
            progress(number, max(number, total) if total else 0)
        yield row


def part(progress: Progress, begin: int, end: int) -> Progress:
    """What to call with (done, in all) of a part of the work, which takes from one percent to another."""

    def tell(done: int, total: int) -> None:
        progress((begin * total + (end - begin) * done) // 100 if total else done, total)

    return tell
