"""The one error that users see: what is wrong, where, and what to do. And a warning, of deprecated names."""

import difflib
from collections.abc import Iterable, Mapping
from typing import TypeVar

T = TypeVar("T")


class ScotomaError(Exception):
    """A mistake that the user can fix; the command line prints it without a traceback and exits 2.

    Args:
        what: What is wrong, with the offending value.
        where: The file, line or setting it came from; empty where there is none. Not
            repeated if `what` has it in quotes.
        remedy: What to do about it.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        location = f" ({where})" if where and repr(where) not in what else ""
        problem = what if what.endswith("\n") else f"{what}{location}. "
        super().__init__(f"{problem}{remedy}".rstrip())


class Unfillable(ScotomaError):
    """A step has too few rows. Steps that do not depend on it are still run."""

    @classmethod
    def recorded_in(cls, traceback: str) -> str:
        """The message of such an error, from the traceback of a failed step; empty for any other error."""
        last = traceback.strip().rpartition("\n")[2]
        kind, _, message = last.partition(": ")
        return message if kind == f"{cls.__module__}.{cls.__qualname__}" else ""


class OldName(FutureWarning):
    """A deprecated name, which is still read; the command line prints it as a note."""


def look_up(known: Mapping[str, T], name: str, what: str, *, where: str) -> T:
    """The thing with this name.

    Args:
        known: Known things by name.
        name: Name to look up.
        what: Kind of thing it names, such as `task`.
        where: Option, setting or file in which the name was given.

    Raises:
        ScotomaError: nothing has this name; the remedy lists the known names and the nearest.
    """
    if name not in known:
        raise ScotomaError(f"{what} {name!r} is not known", where=where, remedy=nearest(name, known))
    return known[name]


def shown(value: object) -> str:
    """A value as an error message shows it, cut at 60 characters."""
    try:
        text = "null" if value is None else repr(value)
    except ValueError:  # an integer of thousands of digits
        text = "a number of thousands of digits"
    return text if len(text) <= 60 else f"{text[:60]}..."


def nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that lists the known names and, where one is close, asks whether it was meant."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1)
    suggestion = f" Did you mean {close[0]!r}?" if close else ""
    return f"Known: {', '.join(names)}.{suggestion}"
