"""Lines that are on disk before the work goes on, so that a killed try loses at most the one under way."""

import os
from pathlib import Path


def keep(line: str, path: Path) -> None:
    """Writes a line behind the others and flushes it to the disk; its folder is made if it is not there."""
    path.parent.mkdir(exist_ok=True)
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def kept(path: Path) -> list[bytes]:
    """The lines of a try before. One that was cut off is cut out, so that the next begins a line."""
    if not path.exists():
        return []
    lines = path.read_bytes()
    whole = lines[: lines.rfind(b"\n") + 1]
    os.truncate(path, len(whole))
    return whole.splitlines()
