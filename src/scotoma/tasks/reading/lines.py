"""Files as bytes and as numbered lines, plain, `.gz` or `.xz`; errors for unreadable ones."""

import contextlib
import gzip
import lzma
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.faults import Faults

#: Endings of packed files.
COMPRESSIONS = (".gz", ".xz")
#: Most bytes of a line, and of a file that is read as a whole: a kilobyte can unpack to gigabytes.
LONGEST_LINE, LARGEST_WHOLE = 1 << 26, 1 << 28

#: Bytes that a packed file may unpack to in any case, and how many times its own size; text has three times.
_UNPACKED, _TIMES = 1 << 30, 100
#: Most blank lines of a file.
_BLANK_LINES = 1_000_000

_BOM = b"\xef\xbb\xbf"
#: How a file in UTF-16 begins, as Excel and PowerShell write it.
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def check_file(path: Path) -> None:
    """Refuses a file that cannot be read.

    Raises:
        ScotomaError: there is no such file, or it is a folder, empty or not readable.
    """
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ScotomaError(
            f"there is no file {str(path)!r}",
            where=str(path),
            remedy="Check the path and the folder it starts from.",
        ) from error
    except (OSError, ValueError) as error:  # the latter for a NUL in a name
        raise _unreadable(path, error) from error
    if stat.S_ISDIR(status.st_mode):
        raise ScotomaError(f"{str(path)!r} is a folder", where=str(path), remedy="Name a file in it.")
    if status.st_size == 0:
        raise ScotomaError(f"{str(path)!r} is empty", where=str(path), remedy="Write the data again.")


def most_unpacked(packed: int) -> int:
    """Most bytes that a compressed file may unpack to: 1 GiB, or a hundred times its size."""
    return max(_UNPACKED, _TIMES * packed)


class Unpacked:
    """A packed file's bytes, up to what `most_unpacked` allows.

    Args:
        file: File that unpacks.
        path: Its place.
    """

    def __init__(self, file: gzip.GzipFile | lzma.LZMAFile, path: Path) -> None:
        self._file, self._path = file, path
        self._left = most_unpacked(path.stat().st_size)

    def read(self, size: int = -1) -> bytes:
        """Up to a number of bytes, or all.

        Raises:
            ScotomaError: they are more than are allowed.
        """
        return self._counted(self._file.read(self._at_most(size)))

    def readline(self, size: int = -1) -> bytes:
        """A line with its end, or its first bytes.

        Raises:
            ScotomaError: they are more than are allowed.
        """
        return self._counted(self._file.readline(self._at_most(size)))

    def _at_most(self, size: int) -> int:
        return self._left + 1 if size < 0 else min(size, self._left + 1)

    def _counted(self, data: bytes) -> bytes:
        self._left -= len(data)
        if self._left < 0:
            packed = self._path.stat().st_size
            raise ScotomaError(
                f"{str(self._path)!r} unpacks from {packed:,} bytes to more than {most_unpacked(packed):,}",
                where=str(self._path),
                remedy="Unpack it first, if you trust where it comes from, and name the file that comes out.",
            )
        return data


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO | Unpacked]:
    """The file's bytes, unpacked where its name says that it is packed.

    Raises:
        ScotomaError: the file is damaged, cannot be read, or unpacks to far more than it is.
    """
    try:
        with _open(path) as file:
            yield Unpacked(file, path) if isinstance(file, gzip.GzipFile | lzma.LZMAFile) else file
    except (EOFError, lzma.LZMAError, zlib.error, gzip.BadGzipFile) as error:
        raise damaged(path, error) from error
    except OSError as error:
        raise _unreadable(path, error) from error


def raw_lines(path: Path) -> Iterator[bytes]:
    """The file's lines with their ends, without a byte order mark; a line ends at a line feed only.

    Raises:
        ScotomaError: the file is damaged, cannot be read, has a line of more than 64 MiB, or more than a
            million blank ones.
    """
    with opened(path) as file:
        first, n_blank = True, 0
        while line := file.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise ScotomaError(
                    f"{str(path)!r} has a line of more than {LONGEST_LINE:,} bytes",
                    where=str(path),
                    remedy="Write one row a line; a small packed file can be made to fill the memory.",
                )
            n_blank += line.isspace()
            if n_blank > _BLANK_LINES:
                raise ScotomaError(
                    f"{str(path)!r} has more than {_BLANK_LINES:,} blank lines",
                    where=str(path),
                    remedy="Write it without them: grep -v '^[[:space:]]*$' FILE > NEW.",
                )
            yield line.removeprefix(_BOM) if first else line
            first = False


def whole(path: Path) -> bytes | None:
    """The file's bytes without a byte order mark; None where they are more than 256 MiB.

    Raises:
        ScotomaError: the file is damaged or cannot be read.
    """
    with opened(path) as file:
        data = file.read(LARGEST_WHOLE + 1)
    return None if len(data) > LARGEST_WHOLE else data.removeprefix(_BOM)


def lines(path: Path, faults: Faults) -> Iterator[tuple[int, str]]:
    """Lines with their ends, numbered from 1; a byte that is not UTF-8 is a fault of its line."""
    wide = False
    for number, raw in enumerate(raw_lines(path), 1):
        wide = wide or (number == 1 and raw.startswith(_UTF_16))
        try:
            yield number, raw.decode("utf-8")
        except UnicodeDecodeError as error:
            faults.add(
                number,
                f"byte 0x{raw[error.start]:02x} at position {error.start + 1} is not UTF-8",
                f"Save the file as UTF-8 (iconv {'-f utf-16' if wide else '-f latin1'} -t utf-8"
                f"{'' if wide else ', if it is Latin-1'}).",
            )
            yield number, raw.decode("utf-8", "replace")


def first_line(path: Path) -> str:
    """The first line of a text file, without its end; bytes that are not UTF-8 are replaced.

    Raises:
        ScotomaError: there is no such file, or it is empty or damaged.
    """
    check_file(path)
    return next(raw_lines(path), b"").decode("utf-8", "replace").rstrip("\r\n")


def damaged(path: Path, error: Exception) -> ScotomaError:
    """The error to raise for a file whose content is not what its format asks for."""
    return ScotomaError(
        f"{str(path)!r} is damaged or cut short: {error}",
        where=str(path),
        remedy="Copy or download it again.",
    )


def _open(path: Path) -> BinaryIO | gzip.GzipFile | lzma.LZMAFile:
    match path.suffix.lower():
        case ".xz":
            return lzma.open(path, "rb")
        case ".gz":
            return gzip.open(path, "rb")
        case _:
            return path.open("rb")


def _unreadable(path: Path, error: OSError | ValueError) -> ScotomaError:
    return ScotomaError(
        f"{str(path)!r} cannot be read: {getattr(error, 'strerror', None) or error}",
        where=str(path),
        remedy="Check the file's permissions and the disk.",
    )
