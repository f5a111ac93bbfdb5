"""A table on a terminal: a row in a line where it fits, else stacked, else a list; no word is cut."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from scotoma.report.tables.models import Table

#: Spaces between two columns.
_GAP = 1


@dataclass(frozen=True)
class TerminalTable:
    """A table as rich prints it, as wide as it needs and is given.

    Attributes:
        table: What it says.
        by_first: Whether rows with the same first cell stand under a heading with it.
    """

    table: Table
    by_first: bool = False

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(self.table.caption)
        names = self.table.columns[self.by_first :]
        rows = [row[self.by_first :] for row in self.table.rows]
        n_names = self.table.n_names - self.by_first
        heads = [_broken(name) for name in names]
        for form in (str, _interval_below, _stacked):
            naming = _broken if form is _stacked else str
            cells = [[*map(naming, row[:n_names]), *map(form, row[n_names:])] for row in rows]
            if _width([heads, *cells]) <= options.max_width:
                yield self._rendered(heads, cells, n_names)
                return
        yield from self._listed(names, rows, n_names)

    def _rendered(self, heads: Sequence[str], cells: Sequence[Sequence[str]], n_names: int) -> RichTable:
        table = RichTable(box=None, padding=(0, _GAP, 0, 0), pad_edge=False, header_style="bold")
        for at, head in enumerate(heads):
            table.add_column(Text(head), justify="right" if at >= n_names else "left", no_wrap=True)
        for heading, row in zip(self._headings(), cells, strict=True):
            if heading:
                table.add_row(Text(heading, style="bold"))
            table.add_row(*map(Text, row))
        return table

    def _listed(
        self, names: Sequence[str], rows: Sequence[Sequence[str]], n_names: int
    ) -> Iterator[Text | Padding]:
        """A block for each row: its names, and below them a line for each number that it has."""
        for heading, row in zip(self._headings(), rows, strict=True):
            if heading:
                yield Text(heading, style="bold")
            yield Text(", ".join(filter(None, row[:n_names])), style="bold")
            block = RichTable.grid(padding=(0, 2, 0, 0))
            for name, cell in zip(names[n_names:], row[n_names:], strict=True):
                if cell:
                    block.add_row(Text(name), Text(cell))
            yield Padding(block, (0, 0, 0, 2))

    def _headings(self) -> Iterator[str]:
        """For each row the heading above it, if one begins there."""
        before = None
        for row in self.table.rows:
            yield f"{self.table.columns[0]} {row[0]}" if self.by_first and row[0] != before else ""
            before = row[0]


def _width(rows: Sequence[Sequence[str]]) -> int:
    """Columns that a table takes whose cells break nowhere but at their line ends."""
    columns = zip(*rows, strict=True)
    widest = [max(len(line) for cell in column for line in cell.split("\n")) for column in columns]
    return sum(widest) + _GAP * (len(widest) - 1)


def _broken(name: str) -> str:
    """A word to a line, so that a column of short cells is not as wide as its name."""
    lines = name.replace(" ", "\n")
    return re.sub(r"([-_/])(?=\w)", r"\1\n", lines) if len(name) > 10 else lines


def _interval_below(cell: str) -> str:
    return cell.replace(" [", "\n[")


def _stacked(cell: str) -> str:
    """Spread and both ends of an interval on lines of their own."""
    for mark in (" ±", " [", " +", " -", " ("):
        cell = cell.replace(mark, f"\n{mark.lstrip()}")
    return cell
