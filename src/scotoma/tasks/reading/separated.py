"""Tab-separated files and CSV as records."""

import csv
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.lines import first_line, lines
from scotoma.tasks.reading.quoting import is_quoted

Rows = Iterator[tuple[int, dict[str, object]]]
_Cells = Iterator[tuple[int, list[str]]]

_COMMAS = "Close every quotation mark, double one that is text, and quote a text that holds a comma."
_TABS = "Put one tab between columns and none inside a text."

_REMEDIES = {",": _COMMAS, "\t": _TABS}

#: Separators of columns, in words, and a pattern of a column's name.
_BETWEEN = {",": "commas", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
_NAME = re.compile(r"\s*\"?[\w.:-]+\"?\s*")


def parse_tabs(path: Path, faults: Faults) -> Rows:
    """Tab-separated: unquoted, as MultiNLI and HANS come, or quoted, as `csv.writer` and pandas write it.

    Raises:
        ScotomaError: the file is neither; see `scotoma.tasks.reading.quoting`.
    """
    _check_separated(first_line(path), faults, "\t")
    if is_quoted(path, faults):
        yield from _under_header(_quoted(path, faults, "\t"), faults, "\t")
        return
    rows = (
        (number, line.removesuffix("\n").removesuffix("\r").split("\t"))
        for number, line in lines(path, faults)
        if line.strip("\r\n")
    )
    yield from _under_header(rows, faults, "\t")


def parse_commas(path: Path, faults: Faults) -> Rows:
    """CSV with the quoting of RFC 4180: a quoted field may hold commas, quotes and line ends."""
    _check_separated(first_line(path), faults, ",")
    yield from _under_header(_quoted(path, faults, ","), faults, ",")


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


def _under_header(rows: Iterable[tuple[int, list[str]]], faults: Faults, delimiter: str) -> Rows:
    header: list[str] | None = None
    for number, cells in rows:
        if header is None:
            header = [name.strip() for name in cells]
            faults.check_header(header)
        elif len(cells) != len(header):
            faults.add(
                number, f"{len(cells)} columns where the header has {len(header)}", _REMEDIES[delimiter]
            )
        else:
            yield number, dict(zip(header, cells, strict=True))


def _check_separated(header: str, faults: Faults, delimiter: str) -> None:
    """Refuses a header of one column, where it is names with another separator between them."""
    for mark, name in _BETWEEN.items():
        parts = header.split(mark)
        if delimiter not in header and len(parts) > 1 and all(map(_NAME.fullmatch, parts)):
            endings = {",": ".csv", "\t": ".tsv"}
            faults.fail(
                f"the columns are separated by {name}, but in a file of this name they are read as separated "
                f"by {_BETWEEN[delimiter]}",
                f"Let its name end in {endings[mark]}."
                if mark in endings
                else f"Write it again: pandas.read_csv(FILE, sep={mark!r}).to_csv(NEW, index=False), "
                "with NEW ending in .csv.",
            )
