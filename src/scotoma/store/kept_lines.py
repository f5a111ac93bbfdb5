"""Lines that are flushed to the disk one by one, so that a killed attempt loses at most the last."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

_Record = TypeVar("_Record")


def append_line(line: str, path: Path) -> None:
    """Appends a line and flushes it to the disk; creates the folder if there is none."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def read_records(path: Path, read: Callable[[bytes], _Record]) -> Iterator[_Record]:
    """The records of an earlier attempt, without lines that a loss of power has damaged.

    An incomplete last line is cut off, so that the next record begins a line.

    Args:
        path: File of lines; it need not exist.
        read: Reads a line; a ValueError says that it is damaged, and it is left out.
    """
    if not path.exists():
        return
    lines = path.read_bytes()
    complete = lines[: lines.rfind(b"\n") + 1]
    os.truncate(path, len(complete))
    for line in complete.splitlines():
        try:
            yield read(line)
        except ValueError:
            continue
