"""The one error that users see: what is wrong, where it came from, what to do.

And the one warning, of names that will not be understood for long.
"""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


class ScotomaError(Exception):
    """A mistake that the user can fix; the command line prints it without a traceback and exits 2.

    Args:
        what: What is wrong, with the offending value.
        where: The file, line or setting it came from; empty where there is none. It is not said again where
            `what` has it in quotes.
        remedy: What to do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        place = f" ({where})" if where and repr(where) not in what else ""
        said = what if what.endswith("\n") else f"{what}{place}. "
        super().__init__(f"{said}{remedy}".rstrip())


class Unfillable(ScotomaError):
    """Rows that are lacking for one step: what does not rest on it can still be made, and is."""

    @classmethod
    def recorded_in(cls, traceback: str) -> str:
        """What such an error said, by the record of a step that failed; empty where it failed otherwise."""
        last = traceback.strip().rpartition("\n")[2]
        kind, _, said = last.partition(": ")
        return said if kind == f"{cls.__module__}.{cls.__qualname__}" else ""


class OldName(FutureWarning):
    """A name of an earlier version that is still understood; the command line prints it as a note."""


def look_up(known: Mapping[str, T], name: str, what: str, *, where: str) -> T:
    """What has this name.

    Args:
        known: Known things by name.
        name: Name to look up.
        what: Kind of thing it names, such as `task`.
        where: Option, setting or file in which the name was given.

    Raises:
        ScotomaError: nothing has this name; names the nearest.
    """
    if name not in known:
        raise ScotomaError(f"{what} {name!r} is not known", where=where, remedy=nearest(name, known))
    return known[name]


def shown(value: object) -> str:
    """A value as an error message shows it, cut short."""
    try:
        text = "null" if value is None else repr(value)
    except ValueError:  # an integer of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:60]}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that lists the known names and, where one is close, asks whether it was meant."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return f"Known: {', '.join(names)}.{guess}"
