"""A file of separated cells as a frame at once, where there is nothing to say of any of its lines."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from scotoma.tasks.reading.lines import LONGEST_LINE, opened


def frame_of(path: Path, delimiter: str) -> pl.DataFrame | None:
    """The cells as texts, with the file's own names of columns; None where lines are to be read one by one.

    A frame holds what reading line by line gives, and takes a tenth of the time. It is made of UTF-8 of at
    most 64 MiB with a header of different names and at least one row, where every row is a line of as many
    cells; with tabs, also without a quotation mark. Reading line by line finds what is wrong with any other.

    Args:
        path: File to read.
        delimiter: A comma, or a tab.

    Raises:
        ScotomaError: the file is damaged or cannot be read.
    """
    with opened(path) as file:
        data = file.read(LONGEST_LINE + 1)
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    data = data.removeprefix(b"\xef\xbb\xbf").removesuffix(b"\n")
    is_quoted = b'"' in data
    if len(data) >= LONGEST_LINE or b"\r" in data or (is_quoted and delimiter == "\t"):
        return None
    try:
        header = next(csv.reader([data[: data.find(b"\n")].decode()], delimiter=delimiter, strict=True), [])
        names = [name.strip() for name in header]
        if not names or len(set(names)) < len(names):
            return None
        return _quoted(data, names) if is_quoted else _unquoted(data, names, delimiter)
    except (UnicodeDecodeError, csv.Error, pl.exceptions.PolarsError):
        return None


def _unquoted(data: bytes, names: Sequence[str], delimiter: str) -> pl.DataFrame | None:
    if len(names) < 2 or not _is_even(data, len(names) - 1, delimiter):
        return None
    # The header is read as a row, so that nothing is inferred from what stands below it.
    table = pl.read_csv(data, has_header=False, separator=delimiter, quote_char=None, infer_schema=False)
    if table.width != len(names) or table.height < 2:
        return None
    table.columns = list(names)
    return table[1:].fill_null("")


def _is_even(data: bytes, n: int, delimiter: str) -> bool:
    """Whether every line has n delimiters; polars fills up rows that are too short without a word."""
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
