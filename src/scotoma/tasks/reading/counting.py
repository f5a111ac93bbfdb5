"""Estimates of the number of rows of a source before it is read, for progress bars."""

import lzma
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.lines import opened
from scotoma.tasks.reading.sources import Place, TableSource

#: Bytes from whose lines the number of all is estimated, and significant digits of the estimate.
_LOOKED_AT, _DIGITS = 1 << 20, 3

#: Endings of files that mostly have a row per line, and the number of header lines.
_OF_LINES = {".csv": 1, ".jsonl": 0, ".ndjson": 0, ".tsv": 1, ".txt": 1}

#: Compressors like those of files with these endings.
_PACKED: dict[str, Callable[[bytes], bytes]] = {".gz": zlib.compress, ".xz": partial(lzma.compress, preset=0)}


def rows_in(place: Place) -> int:
    """Rows of a table or a Parquet file; estimated from the first lines of a text; 0 if not known.

    Called before the file is checked: for one that is missing or damaged it returns 0.
    """
    if isinstance(place, TableSource):
        return place.table.height
    path = Path(place)
    try:
        if path.suffix.lower() == ".parquet":
            return _of_parquet(path)
        bare = path.with_suffix("") if path.suffix.lower() in _PACKED else path
        return _of_lines(path, _OF_LINES[bare.suffix.lower()]) if bare.suffix.lower() in _OF_LINES else 0
    except (ScotomaError, OSError, ValueError):
        return 0


def _of_parquet(path: Path) -> int:
    import pyarrow as pa  # takes a quarter of a second, which reading the rows takes anyway
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except pa.ArrowException:
        return 0


def _of_lines(path: Path, above: int) -> int:
    """By the first mebibyte and the size; of a packed file, by what that mebibyte comes to when packed."""
    with opened(path) as file:
        data = file.read(_LOOKED_AT)
    n = data.count(b"\n") + (not data.endswith(b"\n"))
    if len(data) < _LOOKED_AT:
        return n - above
    pack = _PACKED.get(path.suffix.lower())
    estimate = n * path.stat().st_size // len(pack(data) if pack else data)
    return round(estimate, min(0, _DIGITS - len(str(estimate))))
