"""Text and tables in Markdown."""

import html
import re
from collections.abc import Iterable, Sequence


def plain(text: str) -> str:
    """Text on one line whose angle brackets are shown and not obeyed; what stands in backticks stays."""
    pieces = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(piece if piece.startswith("`") else html.escape(piece, quote=False) for piece in pieces)


def code(text: str) -> str:
    """A short piece of code within a line."""
    return f"`{text}`"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; a bar within a cell stays in it."""
    lines = [list(header), ["---"] * len(header), *map(list, rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def block(text: str, language: str = "text") -> str:
    """A block of code."""
    return f"```{language}\n{text.strip()}\n```"
