"""Whether a page of the documentation names every key of a record."""

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"


def keys(value: Any, by_name: Collection[str] = ()) -> set[str]:
    """Every key of a record, at any depth, but for the words in `method`.

    Args:
        value: The record, or a part of one.
        by_name: Keys of mappings whose own keys come from data or settings, and are not counted.
    """
    if isinstance(value, list | tuple):
        return set().union(*(keys(part, by_name) for part in value))
    if not isinstance(value, dict):
        return set()
    inner = {name: list(part.values()) if name in by_name and part else part for name, part in value.items()}
    return set(value).union(*(keys(part, by_name) for name, part in inner.items() if name != "method"))


def undocumented(found: Collection[str], page: str) -> list[str]:
    """Those keys that a page does not name."""
    text = (DOCS / page).read_text(encoding="utf8")
    return [key for key in sorted(found) if not re.search(rf"\b{key}\b", text)]
