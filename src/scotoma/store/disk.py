"""Files that are written whole or not at all, and errors of a full disk."""

import contextlib
import errno
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from scotoma.basics.errors import ScotomaError

# Libraries in other languages pass on the system's message, not its error number.
_NO_ROOM = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)))


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Checksums:
    """Checksums of files; a file is read again only if its size, times or inode have changed."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, ...], str]] = {}

    def of(self, path: Path) -> str:
        """The SHA-256 of a file's bytes."""
        status = path.stat()
        state = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)
        if path not in self._known or self._known[path][0] != state:
            self._known[path] = state, sha256_of(path)
        return self._known[path][1]


def sha256_of_folder(folder: Path) -> str:
    """The SHA-256 of all files in a folder and their paths in it, without hidden ones."""
    places = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sha256_of_files(
        folder, (path for path in places if not any(p.startswith(".") for p in path.parts))
    )


def sha256_of_files(folder: Path, places: Iterable[Path]) -> str:
    """The SHA-256 of some files of a folder and their paths in it."""
    digest = hashlib.sha256()
    for place in sorted(places):
        digest.update(f"{place.as_posix()}\0{sha256_of(folder / place)}\n".encode())
    return digest.hexdigest()


def flush(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk, so that they survive a loss of power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # as some file systems answer for a folder
            raise
    finally:
        os.close(descriptor)


def write_whole(path: Path, text: str) -> None:
    """Writes a small file, whole or not at all, over an older one.

    Raises:
        OSError: the folder cannot be written.
    """
    descriptor, fresh = tempfile.mkstemp(dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf8") as file:
            file.write(text)
        flush(Path(fresh))
        os.replace(fresh, path)
    except BaseException:
        os.unlink(fresh)
        raise


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turns an OSError inside the block into an error that the user can fix.

    Raises:
        ScotomaError: in place of OSError.
    """
    try:
        yield
    except OSError as error:
        raise ScotomaError(
            f"the store cannot be written: {error.strerror}",
            where=str(root),
            remedy="Make room, or choose another folder with --store; the same command continues.",
        ) from error


@contextlib.contextmanager
def needing_room(root: Path) -> Iterator[None]:
    """Turns an error for lack of disk space inside the block into one that the user can fix.

    Raises:
        ScotomaError: in place of the error, of any library, whose message says so.
    """
    try:
        yield
    except Exception as error:  # each library has an error class of its own for it
        message = next((words for words in _NO_ROOM if words in str(error)), None)
        if message is None or isinstance(error, ScotomaError):
            raise
        raise ScotomaError(
            f"a result cannot be written: {message}",
            where=str(root),
            remedy="Make room there, or in the folder for temporary files; the same command continues.",
        ) from error
