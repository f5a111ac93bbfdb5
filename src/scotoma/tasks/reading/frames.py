"""A file of separated cells as a frame at once, where there is nothing to say of any of its lines."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import polars as pl

from scotoma.basics.progress import Progress, no_progress
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.lines import LONGEST_LINE, opened
from scotoma.tasks.reading.quoting import is_quoted

#: Bytes that are read at a time; a line as long is left to the reader by line.
_PIECE = LONGEST_LINE


def frame_of(
    path: Path, delimiter: str, faults: Faults, progress: Progress = no_progress, total: int = 0
) -> pl.DataFrame | None:
    """The cells as texts, with the file's own names of columns; None where lines are to be read one by one.

    A frame holds what reading line by line gives, and takes a tenth of the time. It is made of UTF-8
    with a header of different names and at least one row, where every row is a line of as many
    cells; with tabs, also unquoted. Reading line by line finds what is wrong with any other.

    Args:
        path: File to read.
        delimiter: A comma, or a tab.
        faults: Takes the note on quotation marks.
        progress: Called with (rows read, rows in all) after every 64 MiB.
        total: Number of rows, about; 0 where it is not known.

    Raises:
        ScotomaError: the file is damaged or cannot be read, or its quotation marks follow no rule.
    """
    parts: list[pl.DataFrame] = []
    has_marks, n = False, 0
    try:
        for piece, is_whole in _pieces(path):
            if b'"' in piece and delimiter == "\t" and not has_marks:
                has_marks = True
                if is_quoted(path, faults):
                    return None
            frame = _part(piece, delimiter, is_whole=is_whole)
            if frame is None:
                return None
            parts.append(frame)
            n += frame.height
            progress(n, max(n, total) if total else 0)
    except (UnicodeDecodeError, csv.Error, pl.exceptions.PolarsError):
        return None
    table = pl.concat(parts) if parts else pl.DataFrame()
    return table if table.height else None


def _pieces(path: Path) -> Iterator[tuple[bytes, bool]]:
    """The file in pieces of whole lines, each with the header; and whether the piece is the whole file."""
    with opened(path) as file:
        data, header = file.read(_PIECE).removeprefix(b"\xef\xbb\xbf"), b""
        is_whole = len(data) < _PIECE - 3
        while data:
            more = file.read(_PIECE)
            end = data.rfind(b"\n") + 1 if more else len(data)
            yield header + data[:end], is_whole
            header = header or data[: data.find(b"\n") + 1]
            data = data[end:] + more


def _part(data: bytes, delimiter: str, *, is_whole: bool) -> pl.DataFrame | None:
    """The rows of a piece; None where they are to be read one by one."""
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    data = data.removesuffix(b"\n")
    is_enclosed = b'"' in data and delimiter != "\t"
    if b"\r" in data or b"\n\n" in data or (is_enclosed and not is_whole):
        return None
    first = data.partition(b"\n")[0].decode()
    header = next(csv.reader([first], strict=True), []) if is_enclosed else first.split(delimiter)
    names = [name.strip() for name in header]
    if len(names) < 2 or len(set(names)) < len(names):
        return None
    return _quoted(data, names) if is_enclosed else _unquoted(data, names, delimiter)


def _unquoted(data: bytes, names: Sequence[str], delimiter: str) -> pl.DataFrame | None:
    if not _is_even(data, len(names) - 1, delimiter):
        return None
    # The header is read as a row, so that no types are inferred from the rows below.
    table = pl.read_csv(data, has_header=False, separator=delimiter, quote_char=None, infer_schema=False)
    if table.width != len(names):
        return None
    table.columns = list(names)
    return table[1:].fill_null("")


def _is_even(data: bytes, n: int, delimiter: str) -> bool:
    """Whether every line has n delimiters; polars silently fills up rows that are too short."""
    codes = np.frombuffer(data, dtype=np.uint8)
    ends, places = (np.flatnonzero(codes == ord(one)) for one in ("\n", delimiter))
    before = np.append(np.searchsorted(places, ends), places.size)
    return bool((before == n * np.arange(1, before.size + 1)).all())


def _quoted(data: bytes, names: Sequence[str]) -> pl.DataFrame | None:
    reader = csv.reader(io.StringIO(data.decode(), newline="\n"), strict=True)
    rows = list(reader)[1:]
    if not rows or len(rows) + 1 != reader.line_num or {len(names)} != set(map(len, rows)):
        return None
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))
