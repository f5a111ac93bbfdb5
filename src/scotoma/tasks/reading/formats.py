"""Data files as records: JSON, tab-separated, CSV, Parquet and Arrow, plain, `.gz` or `.xz`.

A folder that `save_to_disk` of `datasets` wrote is read as a file is.

A record is a mapping from column names to values, with the number of its line. Rows end at a line
feed and nowhere else, so that a U+2028 or U+0085 inside a sentence stays there. Nothing is
executed: no pickle, no `eval`.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import polars as pl

from scotoma.basics.errors import ScotomaError
from scotoma.basics.progress import Progress, no_progress
from scotoma.tasks.reading.arrow_tables import parse_arrow, parse_parquet
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.frames import frame_of
from scotoma.tasks.reading.hub import is_saved, parse_saved
from scotoma.tasks.reading.json_rows import parse_json
from scotoma.tasks.reading.lines import COMPRESSIONS, check_file
from scotoma.tasks.reading.separated import parse_commas, parse_tabs

Record = Mapping[str, object]
Records = Iterator[tuple[int, Record]]


def read_records(path: Path, faults: Faults, *, ending: str = "") -> Records:
    """The file's records with their line numbers (for a table or a list, row numbers), both from 1.

    A line that is no record goes to `faults` and is left out; blank lines are skipped. What a reader must
    know of how the file was read goes to `faults.notes`.

    Args:
        path: File to read; its name gives the format and the compression.
        faults: Collects what is wrong with lines.
        ending: Gives the format in place of the name, such as `.csv`.

    Raises:
        ScotomaError: there is no such file, its format is not known, or it is empty or damaged.
    """
    parse = _FORMATS[ending] if ending else _format(path)
    if parse is not parse_saved:
        check_file(path)
    return parse(path, faults)


def read_frame(
    path: Path, faults: Faults, *, ending: str = "", progress: Progress = no_progress, total: int = 0
) -> pl.DataFrame | None:
    """A sound file of separated cells as a frame of texts; None where records are to be read one by one.

    Args:
        path: File to read, as for `read_records`.
        faults: Takes what a reader must know of how the file was read.
        ending: Gives the format in place of the name, such as `.csv`.
        progress: Called with (rows read, rows in all) now and then.
        total: Number of rows, about; 0 where it is not known.

    Raises:
        ScotomaError: there is no such file, its format is not known, or it is empty or damaged.
    """
    delimiter = _DELIMITERS.get(_FORMATS[ending] if ending else _format(path))
    if delimiter is None:
        return None
    check_file(path)
    return frame_of(path, delimiter, faults, progress, total)


def faults_of(path: Path) -> Faults:
    """Collects the faults of a file; they are counted in rows of a table, lines of a text."""
    is_table = _format(path) in (parse_parquet, parse_arrow, parse_saved)
    return Faults(str(path), "row" if is_table else "line")


def is_known(path: Path) -> bool:
    """Whether the file's ending is that of a known format."""
    return _bare(path).suffix.lower() in _FORMATS


def stem(path: Path) -> str:
    """The file's name without the endings that say format and compression."""
    return _bare(path).stem


def _bare(path: Path) -> Path:
    return Path(path.stem) if path.suffix.lower() in COMPRESSIONS else Path(path.name)


def _format(path: Path) -> Callable[[Path, Faults], Records]:
    if is_saved(path):
        return parse_saved
    if is_known(path):
        return _FORMATS[_bare(path).suffix.lower()]
    if path.is_dir():
        raise ScotomaError(
            f"{str(path)!r} is a folder, but not one that save_to_disk wrote",
            where=str(path),
            remedy=f"Name a file in it; or, if it is a data set of the hub, a split: hub:{path}:train.",
        )
    raise ScotomaError(
        f"the format of {str(path)!r} is not known by its name",
        where=str(path),
        remedy=f"Known endings: {', '.join(_FORMATS)}, each also with {' or '.join(COMPRESSIONS)}.",
    )


_FORMATS: dict[str, Callable[[Path, Faults], Records]] = {
    ".jsonl": parse_json,
    ".ndjson": parse_json,
    ".json": parse_json,
    ".tsv": parse_tabs,
    ".txt": parse_tabs,
    ".csv": parse_commas,
    ".parquet": parse_parquet,
    ".arrow": parse_arrow,
}
_DELIMITERS: dict[Callable[[Path, Faults], Records], str] = {parse_tabs: "\t", parse_commas: ","}
