"""Lines that are on disk before the work goes on, so that a killed try loses at most the one under way."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

_Record = TypeVar("_Record")


def keep(line: str, path: Path) -> None:
    """Writes a line behind the others and flushes it to the disk; its folder is made if it is not there."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def kept(path: Path, read: Callable[[bytes], _Record]) -> Iterator[_Record]:
    """What the lines of a try before hold, without those that a disk that lost power has spoilt.

    One that was cut off is cut out, so that the next begins a line.

    Args:
        path: File of lines; it need not be there.
        read: Makes what a line holds, or raises a ValueError where it is spoilt: that is made again.
    """
    if not path.exists():
        return
    lines = path.read_bytes()
    whole = lines[: lines.rfind(b"\n") + 1]
    os.truncate(path, len(whole))
    for line in whole.splitlines():
        try:
            yield read(line)
        except ValueError:
            continue
