"""The folder an export goes to: a new one, there when it is whole."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from scotoma.basics.errors import ScotomaError


@contextlib.contextmanager
def new_folder(out: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `out` at the end; nothing is left where that end is not reached.

    Raises:
        ScotomaError: `out` is there and holds something, or cannot be written.
    """
    _check_free(out)
    part = out.absolute().parent / f".{out.name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        if out.is_dir():
            out.rmdir()
        part.replace(out)
    except OSError as error:
        raise ScotomaError(
            f"{out} cannot be written: {error.strerror or error}",
            where="--out",
            remedy="Choose another place.",
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_free(out: Path) -> None:
    try:
        taken = out.is_symlink() or (any(out.iterdir()) if out.is_dir() else out.exists())
    except OSError as error:
        raise ScotomaError(
            f"{out} cannot be read: {error.strerror or error}", where="--out", remedy="Choose another place."
        ) from error
    if taken:
        raise ScotomaError(
            f"{out} is there already and not an empty folder",
            where="--out",
            remedy="Nothing was changed. Name a new folder.",
        )
