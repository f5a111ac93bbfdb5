"""Text and tables in Markdown."""

import html
import re
from collections.abc import Callable, Iterable, Sequence

#: Begins a page whose long lines get the width that a table of contents would take.
WIDE = "---\nhide:\n  - toc\n---\n\n"


def plain(text: str) -> str:
    """Text on one line whose angle brackets are shown and not obeyed."""
    return _around_code(" ".join(text.split()), lambda piece: html.escape(piece, quote=False))


def code(text: str) -> str:
    """A short piece of code within a line."""
    return f"`{text}`"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar within a cell stays in it."""
    lines = [list(header), ["---"] * len(header), *map(list, rows)]
    return "\n".join("| " + " | ".join(map(_without_bars, line)) + " |" for line in lines)


def block(text: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"


def _without_bars(cell: str) -> str:
    return _around_code(cell, lambda piece: piece.replace("|", "&#124;"))


def _around_code(text: str, change: Callable[[str], str]) -> str:
    """Changes what does not stand in backticks, where Markdown takes everything for what it is."""
    pieces = re.split(r"(`[^`]*`)", text)
    return "".join(piece if piece.startswith("`") else change(piece) for piece in pieces)
