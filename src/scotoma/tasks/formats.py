"""Data files as records: JSON lines, tab-separated, CSV and Parquet, plain, `.gz` or `.xz`.

A record is a mapping from column names to values, with the number of its line. Rows end at a line
feed and nowhere else, so that a U+2028 or U+0085 inside a sentence stays there. Nothing is
executed: no pickle, no `eval`.
"""

import contextlib
import csv
import gzip
import json
import lzma
import stat
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from scotoma.errors import ScotomaError
from scotoma.tasks.faults import Faults

Record = Mapping[str, object]
Records = Iterator[tuple[int, Record]]

_BOM = b"\xef\xbb\xbf"
_COMPRESSIONS = (".gz", ".xz")
#: Bytes of a line: a kilobyte can unpack to a line of a gigabyte.
_LONGEST = 1 << 26
#: Brackets within brackets; whatever reads or shows a record recurses as deep.
_DEEPEST = 100


def read_records(path: Path, faults: Faults, *, ending: str = "") -> Records:
    """The file's records with their line numbers (for Parquet, row numbers), both from 1.

    A line that is no record goes to `faults` and is left out; blank lines are skipped.

    Args:
        path: Its name tells the format and the compression.
        faults: Gathers what is wrong with lines.
        ending: Tells the format in place of the name, such as `.csv`.

    Raises:
        ScotomaError: there is no such file, its format is not known, or it is empty or damaged.
    """
    parse = _FORMATS[ending] if ending else _format(path)
    check_file(path)
    return parse(path, faults)


def first_line(path: Path) -> str:
    """The first line of a text file, without its end; bytes that are not UTF-8 are replaced.

    Raises:
        ScotomaError: there is no such file, or it is empty or damaged.
    """
    check_file(path)
    return next(_raw_lines(path), b"").removeprefix(_BOM).decode("utf-8", "replace").rstrip("\r\n")


def is_known(path: Path) -> bool:
    """Whether the file's name ends as a file of records does."""
    bare = Path(path.stem) if path.suffix.lower() in _COMPRESSIONS else path
    return bare.suffix.lower() in _FORMATS


def stem(path: Path) -> str:
    """The file's name without the endings that say format and compression."""
    bare = Path(path.stem) if path.suffix.lower() in _COMPRESSIONS else Path(path.name)
    return bare.stem


def is_parquet(path: Path) -> bool:
    """Whether the records are rows of a table rather than lines of text."""
    return _format(path) is _parse_parquet


def _format(path: Path) -> Callable[[Path, Faults], Records]:
    if is_known(path):
        bare = Path(path.stem) if path.suffix.lower() in _COMPRESSIONS else path
        return _FORMATS[bare.suffix.lower()]
    raise ScotomaError(
        f"the format of {path.name!r} is not known by its name",
        where=str(path),
        remedy=f"Known endings: {', '.join(_FORMATS)}, each also with {' or '.join(_COMPRESSIONS)}.",
    )


def check_file(path: Path) -> None:
    """Refuses what cannot be read.

    Raises:
        ScotomaError: there is no such file, or it is a folder, empty or not readable.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ScotomaError(
            f"there is no file {path.name!r}", where=str(path), remedy="Check the path and where it starts."
        ) from error
    except (OSError, ValueError) as error:  # the second of a NUL in a name
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise ScotomaError(f"{path.name!r} is a folder", where=str(path), remedy="Name a file in it.")
    if status.st_size == 0:
        raise ScotomaError(f"{path.name!r} is empty", where=str(path), remedy="Write the data again.")


def _open(path: Path) -> BinaryIO | gzip.GzipFile | lzma.LZMAFile:
    match path.suffix.lower():
        case ".xz":
            return lzma.open(path, "rb")
        case ".gz":
            return gzip.open(path, "rb")
        case _:
            return path.open("rb")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO | gzip.GzipFile | lzma.LZMAFile]:
    """The file, unpacked where its name says that it is packed; what goes wrong with it in our words."""
    try:
        with _open(path) as file:
            yield file
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def _raw_lines(path: Path) -> Iterator[bytes]:
    # Reading bytes splits at the line feed only.
    with _opened(path) as file:
        while line := file.readline(_LONGEST + 1):
            if len(line) > _LONGEST:
                raise ScotomaError(
                    f"{path.name!r} has a line of more than {_LONGEST:,} bytes",
                    where=str(path),
                    remedy="Write one row a line; a small packed file can be made to fill the memory.",
                )
            yield line


def _unreadable(path: Path, error: OSError | ValueError) -> ScotomaError:
    return ScotomaError(
        f"{path.name!r} cannot be read: {getattr(error, 'strerror', None) or error}",
        where=str(path),
        remedy="Check the file's permissions and the disk.",
    )


def _damaged(path: Path, error: Exception) -> ScotomaError:
    return ScotomaError(
        f"{path.name!r} is damaged or cut short: {error}",
        where=str(path),
        remedy="Copy or download it again.",
    )


def _lines(path: Path, faults: Faults) -> Iterator[tuple[int, str]]:
    """Numbered lines with their ends; a byte that is not UTF-8 is a fault of its line."""
    for number, raw in enumerate(_raw_lines(path), 1):
        if number == 1:
            raw = raw.removeprefix(_BOM)
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            faults.add(
                number,
                f"byte 0x{raw[error.start]:02x} at position {error.start + 1} is not UTF-8",
                "Save the file as UTF-8 (iconv -f latin1 -t utf-8, if it is Latin-1).",
            )
            yield number, raw.decode("utf-8", "replace")


def _parse_json_lines(path: Path, faults: Faults) -> Records:
    remedy = "Write one JSON object a line."
    for number, line in _lines(path, faults):
        if line.isspace():
            continue
        try:
            record = load_json(line.rstrip())
        except json.JSONDecodeError as error:
            faults.add(number, f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}", remedy)
        except ValueError as error:
            faults.add(number, f"not JSON that can be read: {error}", remedy)
        else:
            if isinstance(record, dict):
                yield number, record
            else:
                faults.add(number, f"a JSON {_json_name(record)} where an object is due", remedy)


def load_json(text: str | bytes) -> Any:
    """What JSON says.

    Raises:
        ValueError: not JSON, an integer of thousands of digits, or nested deeper than any record is.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("brackets nested too deep") from error
    if _is_deep(value, _DEEPEST):
        raise ValueError("brackets nested too deep")
    return value


def _is_deep(value: object, allowed: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    parts = value.values() if isinstance(value, dict) else value
    return allowed == 0 or any(_is_deep(part, allowed - 1) for part in parts)


def _json_name(value: object) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names[type(value)]


def _parse_tabs(path: Path, faults: Faults) -> Records:
    """Tab-separated, without quoting: a quotation mark is text."""
    rows = (
        (number, line.removesuffix("\n").removesuffix("\r").split("\t"))
        for number, line in _lines(path, faults)
        if line.strip("\r\n")
    )
    yield from _under_header(rows, faults, "Put one tab between columns and none inside a text.")


def _parse_commas(path: Path, faults: Faults) -> Records:
    """CSV with the quoting of RFC 4180: a quoted field may hold commas, quotes and line ends."""
    remedy = "Close every quotation mark, double one that is text, and quote a text that holds a comma."

    def rows() -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader((line for _, line in _lines(path, faults)), strict=True)
        first = 1
        try:
            for row in reader:
                if row:
                    yield first, row
                first = reader.line_num + 1
        except csv.Error as error:
            faults.add(first, f"not CSV: {error}", remedy)

    yield from _under_header(rows(), faults, remedy)


def _under_header(rows: Iterable[tuple[int, list[str]]], faults: Faults, remedy: str) -> Records:
    header: list[str] | None = None
    for number, cells in rows:
        if header is None:
            header = [name.strip() for name in cells]
            _check_header(header, faults)
        elif len(cells) != len(header):
            faults.add(number, f"{len(cells)} columns where the header has {len(header)}", remedy)
        else:
            yield number, dict(zip(header, cells, strict=True))


def _check_header(names: list[str], faults: Faults) -> None:
    if len(set(names)) < len(names):
        faults.fail("the header names a column twice", "Give every column a name of its own.")


def _parse_parquet(path: Path, faults: Faults) -> Records:
    # Imported here: a quarter of a second that readers of text need not wait.
    import pyarrow as pa
    import pyarrow.parquet as pq

    # By pyarrow, because polars panics on some damaged files; validated, because reading alone
    # does not check that texts and names are UTF-8.
    try:
        with _opened(path) as file:
            data = file.read()
        # In one thread: pyarrow's threads beside polars' abort more than half of all processes at
        # their exit (apache/arrow issue 34314). Where that is mended, `pq.read_table` will do.
        table = pq.ParquetFile(pa.BufferReader(data)).read(use_threads=False)
        table.validate(full=True)
        names = table.column_names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error
    _check_header(names, faults)
    columns = []
    for place, name in enumerate(names):
        try:
            columns.append(table.column(place).to_pylist())
        # A date in the year 294247; a time zone that pytz, where it is installed, does not know (a KeyError).
        except (pa.ArrowException, ValueError, OverflowError, KeyError) as error:
            faults.fail(
                f"column {name!r} ({table.schema.field(place).type}) cannot be read: {error}",
                "Leave that column out, or write it as text.",
            )
    for number, values in enumerate(zip(*columns, strict=True), 1):
        yield number, dict(zip(names, values, strict=True))


_FORMATS: dict[str, Callable[[Path, Faults], Records]] = {
    ".jsonl": _parse_json_lines,
    ".ndjson": _parse_json_lines,
    ".json": _parse_json_lines,
    ".tsv": _parse_tabs,
    ".txt": _parse_tabs,
    ".csv": _parse_commas,
    ".parquet": _parse_parquet,
}
