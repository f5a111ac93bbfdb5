"""Data files that the package ships."""

from importlib.resources import files
from pathlib import Path

from scotoma.basics.errors import ScotomaError, nearest

PREFIX = "bundled:"


def bundled(name: str) -> Path:
    """The path of a data file that the package ships.

    Raises:
        ScotomaError: there is no such file; names the nearest.
    """
    data = Path(str(files("scotoma") / "bundled"))
    known = {path.relative_to(data).as_posix(): path for path in sorted(data.glob("*/*.tsv.xz"))}
    if name not in known:
        raise ScotomaError(f"bundled data file {name!r} does not exist", remedy=nearest(name, known))
    return known[name]


def data_file(path: str | Path) -> Path:
    """The file that a path, or `bundled:NAME`, stands for.

    Raises:
        ScotomaError: no such file is shipped.
    """
    name = str(path)
    return bundled(name.removeprefix(PREFIX)) if name.startswith(PREFIX) else Path(path)
