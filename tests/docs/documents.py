"""The documents, and what is written in them: blocks of code, pieces of code, links.

A block is told by its language: `console` has commands after `$` and what they print, `python` is a script,
`output` is what the block before it prints, and `title="NAME"` makes any block a file. Comments before a
block, which no reader sees, may say `not run: REASON`; `slow: REASON`; `needs NAME: REASON`, for a block that
is run where that package is installed; and `figures vary: REASON`, for one whose figures may differ a little.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])

_MARKDOWN = MarkdownIt("commonmark").enable("table")
_REMARK = re.compile(r"<!-- (not run|slow|figures vary|needs \w+): (\S.*?) -->")
_TITLE = re.compile(r'title="([^"]+)"')


class Block(NamedTuple):
    """A block of code.

    Attributes:
        place: Document and line, for a message.
        language: As it is marked; empty if it is only indented.
        title: The file that the block is; empty if it is none.
        remarks: Any of `not run`, `slow`, `needs NAME`, `figures vary`.
        text: As it is written.
    """

    place: str
    language: str
    title: str
    remarks: frozenset[str]
    text: str

    @property
    def needs(self) -> str:
        """Name of the package that it is run with; empty for none."""
        return next((one.removeprefix("needs ") for one in self.remarks if one.startswith("needs ")), "")


class Command(NamedTuple):
    """A command and the lines of its output that are shown."""

    place: str
    text: str
    shown: tuple[str, ...]


def name_of(path: Path) -> str:
    """As the repository knows it: `docs/audit.md`."""
    return path.relative_to(ROOT).as_posix()


def tokens(path: Path) -> list[Token]:
    """What the Markdown of a document says."""
    return _MARKDOWN.parse(path.read_text(encoding="utf8"))


def blocks(path: Path) -> Iterator[Block]:
    """Every block of code of a document, in order."""
    remarks: set[str] = set()
    for token in tokens(path):
        if token.type == "html_block" and (found := _REMARK.match(token.content)):
            remarks.add(found[1])
        elif token.type in ("fence", "code_block"):
            assert token.map is not None
            language, _, rest = token.info.partition(" ")
            title = _TITLE.search(rest)
            place = f"{name_of(path)}:{token.map[0] + 1}"
            yield Block(place, language, title[1] if title else "", frozenset(remarks), token.content)
            remarks.clear()


def commands(block: Block) -> list[Command]:
    """The commands of a `console` block."""
    found: list[tuple[str, list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif found and found[-1][0].endswith("\\"):
            found[-1] = (f"{found[-1][0][:-1]}{line.strip()}", [])
        elif found:
            found[-1][1].append(line)
    assert found, f"{block.place}: a console block without a command"
    return [Command(block.place, text, tuple(shown)) for text, shown in found]


def pieces_of_code(path: Path) -> Iterator[str]:
    """Every piece of code within a line of a document."""
    for token in tokens(path):
        yield from (child.content for child in token.children or () if child.type == "code_inline")


def links(path: Path) -> Iterator[str]:
    """Every link of a document."""
    for token in tokens(path):
        for child in token.children or ():
            if child.type in ("link_open", "image"):
                yield str(child.attrs.get("href") or child.attrs["src"])
