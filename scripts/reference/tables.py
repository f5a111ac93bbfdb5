"""Text and tables in Markdown."""

import html
import re
from collections.abc import Callable, Iterable, Sequence

#: Starts a page with long lines, which get the width of the table of contents.
WIDE = "---\nhide:\n  - toc\n---\n\n"


def plain(text: str) -> str:
    """Text on one line with its angle brackets escaped, so that they are shown."""
    return _around_code(" ".join(text.split()), lambda piece: html.escape(piece, quote=False))


def code(text: str) -> str:
    """Inline code."""
    return f"`{text}`"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars within cells are escaped."""
    lines = [list(header), ["---"] * len(header), *map(list, rows)]
    return "\n".join("| " + " | ".join(map(_without_bars, line)) + " |" for line in lines)


def block(text: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def _without_bars(cell: str) -> str:
    return _around_code(cell, lambda piece: piece.replace("|", "&#124;"))


def _around_code(text: str, change: Callable[[str], str]) -> str:
    """Changes the text outside backticks. Inside them Markdown takes everything literally."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece.startswith("`") else change(piece) for piece in pieces)
