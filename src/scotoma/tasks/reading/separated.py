"""Tab-separated files and CSV as records."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path

from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.lines import lines
from scotoma.tasks.reading.quoting import is_quoted

Rows = Iterator[tuple[int, dict[str, object]]]
_Cells = Iterator[tuple[int, list[str]]]

_COMMAS = "Close every quotation mark, double one that is text, and quote a text that holds a comma."
_TABS = "Put one tab between columns and none inside a text."


def parse_tabs(path: Path, faults: Faults) -> Rows:
    """Tab-separated: unquoted, as MultiNLI and HANS come, or quoted, as `csv.writer` and pandas write it.

    Raises:
        ScotomaError: the file is neither; see `scotoma.tasks.reading.quoting`.
    """
    if is_quoted(path, faults):
        yield from _under_header(_quoted(path, faults, "\t"), faults, _TABS)
        return
    rows = (
        (number, line.removesuffix("\n").removesuffix("\r").split("\t"))
        for number, line in lines(path, faults)
        if line.strip("\r\n")
    )
    yield from _under_header(rows, faults, _TABS)


def parse_commas(path: Path, faults: Faults) -> Rows:
    """CSV with the quoting of RFC 4180: a quoted field may hold commas, quotes and line ends."""
    yield from _under_header(_quoted(path, faults, ","), faults, _COMMAS)


def _quoted(path: Path, faults: Faults, delimiter: str) -> _Cells:
    """The cells of each row with the number of its first line."""
    reader = csv.reader((line for _, line in lines(path, faults)), delimiter=delimiter, strict=True)
    first = 1
    try:
        for row in reader:
            if row:
                yield first, row
            first = reader.line_num + 1
    except csv.Error as error:
        faults.add(first, f"not CSV: {error}", _COMMAS)


def _under_header(rows: Iterable[tuple[int, list[str]]], faults: Faults, remedy: str) -> Rows:
    header: list[str] | None = None
    for number, cells in rows:
        if header is None:
            header = [name.strip() for name in cells]
            faults.check_header(header)
        elif len(cells) != len(header):
            faults.add(number, f"{len(cells)} columns where the header has {len(header)}", remedy)
        else:
            yield number, dict(zip(header, cells, strict=True))
