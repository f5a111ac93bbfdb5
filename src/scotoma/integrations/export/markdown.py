"""Other people's text in Markdown: shown as it is, never read as Markdown or HTML."""

import re

from scotoma.basics.words import visible

#: What begins or ends something in CommonMark, or in the dialect of GitHub and the Hub (tables, links that
#: are written out, mentions, mathematics, small pictures), anywhere in a line.
_STEERS = re.compile(r"[\\`*_{}\[\]<>#|~$&^@:]|(?<=www)\.", re.IGNORECASE)
_TICKS = re.compile(r"`+")


class Markdown(str):
    """Text that is Markdown already."""

    __slots__ = ()


def escaped(value: object) -> Markdown:
    """The value as one line of text in which nothing steers; what is Markdown already stays."""
    if isinstance(value, Markdown):
        return value
    return Markdown(_STEERS.sub(r"\\\g<0>", visible(str(value), keep="")))


def fenced(text: str, language: str = "text") -> Markdown:
    """The text as a block of code, behind a fence that it cannot close."""
    shown = visible(text)
    longest = max((len(ticks) for ticks in _TICKS.findall(shown)), default=0)
    fence = "`" * max(3, longest + 1)
    return Markdown(f"{fence}{language}\n{shown.rstrip()}\n{fence}")
