"""Whether a tab-separated file is quoted: whether a quotation mark in it is text, or encloses a text.

Official MultiNLI and HANS files are unquoted: `He said "no".` stands there as it is. Writers of tables
(Python's csv, pandas, polars, DuckDB) enclose a text that has a mark, and double the marks within:
`"He said ""no""."`. The file's name does not tell which it is, and either one read as the other silently
gives wrong texts. So every mark of the file is checked. A quoted file has no cell that breaks
the rule; an unquoted one has no doubled marks, but for a rare one in a text.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.lines import LONGEST_LINE, raw_lines

_ENCLOSED = rb'"[^"]*(?:""[^"]*)*"'
_CELL = re.compile(_ENCLOSED)
_ROW = re.compile(rb"(?:%(cell)s)(?:\t(?:%(cell)s))*" % {b"cell": _ENCLOSED + rb'|[^"\t]*'})
_CELLS = re.compile(rb"(?:^|\t)(%s|[^\"\t]*)" % _ENCLOSED)
#: Of cells with marks in an unquoted file, those that may look as if their marks were doubled.
_RARE = 0.01

_REMEDY = (
    "Write it again in one way: quoted throughout (pandas: to_csv(sep='\\t'); Python: csv.writer(file, "
    "delimiter='\\t')), or unquoted with no tab and no line end in a text."
)


def is_quoted(path: Path, faults: Faults) -> bool:
    """Whether quotation marks enclose cells; what was found goes to the notes where the file has marks.

    Args:
        path: A tab-separated file.
        faults: Says where the file is, and takes the note.

    Raises:
        ScotomaError: some cells follow the rule of quoting and others break it.
    """
    marks = _look(path)
    enclosing = marks.doubled or marks.empty or marks.spread or marks.encloses_a_column
    if not marks.broken:
        if enclosing:
            faults.notes.append("Read as quoted: marks that enclose a text are not part of it.")
        elif marks.n:
            faults.notes.append("Read as unquoted: quotation marks are part of the texts.")
        return bool(enclosing)
    odd = marks.doubled + marks.escaped
    if odd > _RARE * marks.broken or marks.encloses_a_column:
        faults.fail(
            f"the file is neither quoted nor unquoted: of its {marks.n:,} cells with quotation marks, "
            f"{marks.doubled:,} have them doubled, {marks.escaped:,} have a backslash before them, and "
            f"{marks.broken:,} follow no rule of quoting, the first in line {marks.first}",
            _REMEDY,
        )
    faults.notes.append("Read as unquoted: quotation marks are part of the texts.")
    return False


@dataclass
class _Marks:
    """Counts of cells that have quotation marks.

    Attributes:
        n: Number of cells with quotation marks.
        doubled: Enclosed, with doubled marks within.
        empty: Nothing but two marks: an empty text.
        spread: Enclosed, with a tab or a line end within.
        broken: Not enclosed, or enclosed with a single mark within.
        escaped: Those among them with a backslash before a mark, as some writers have it in place of
            doubling.
        first: Line of the first broken one.
        rows: Lines of the file, the header among them.
        enclosed: Rows in which a column begins and ends with a mark, by its place.
    """

    n: int = 0
    doubled: int = 0
    empty: int = 0
    spread: int = 0
    broken: int = 0
    escaped: int = 0
    first: int = 0
    rows: int = 0
    enclosed: Counter[int] = field(default_factory=Counter)
    header: bool = False

    @property
    def encloses_a_column(self) -> bool:
        """Whether every row of some column, or the whole header, is enclosed."""
        return self.header or (self.rows > 2 and max(self.enclosed.values(), default=0) >= self.rows - 1)

    def add(self, cells: list[bytes], number: int) -> None:
        """Counts a row's cells."""
        for place, cell in enumerate(cells):
            if b'"' not in cell:
                continue
            self.n += 1
            self.enclosed[place] += len(cell) > 1 and cell.startswith(b'"') and cell.endswith(b'"')
            if _CELL.fullmatch(cell):
                self.empty += cell == b'""'
                self.doubled += b'""' in cell[1:-1]
                self.spread += b"\t" in cell or b"\n" in cell
            else:
                self.broken += 1
                self.escaped += b'\\"' in cell
                self.first = self.first or number


def _look(path: Path) -> _Marks:
    marks = _Marks()
    n_columns = 0
    for number, row in _rows(path):
        if not marks.rows:
            n_columns = row[0].count(b"\t") + 1
        marks.rows += 1
        text = b"\n".join(row)
        if b'"' not in text:
            continue
        # Lines that are complete rows themselves are not one row, even if a mark opens in one and closes in
        # another.
        together = len(row) == 1 or any(line.count(b"\t") + 1 != n_columns for line in row)
        if together and _ROW.fullmatch(text):
            cells = [match.group(1) for match in _CELLS.finditer(text)]
            marks.header = marks.header or (marks.rows == 1 and all(_CELL.fullmatch(cell) for cell in cells))
            marks.add(cells, number)
            continue
        marks.rows += len(row) - 1
        for at, line in enumerate(row, number):
            marks.add(line.split(b"\t"), at)
    return marks


def _rows(path: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Lines without their ends, and the number of the first; several where a mark is open at a line end."""
    row: list[bytes] = []
    first = n_marks = size = 0
    for number, raw in enumerate(raw_lines(path), 1):
        line = raw.removesuffix(b"\n").removesuffix(b"\r")
        if not row and not line:
            continue
        first = first if row else number
        row.append(line)
        n_marks += line.count(b'"')
        size += len(line)
        if n_marks % 2 == 0 or size > LONGEST_LINE:
            yield first, row
            row, n_marks, size = [], 0, 0
    if row:
        yield first, row
