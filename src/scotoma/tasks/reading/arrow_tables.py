"""Parquet and Arrow files as records, with class labels by the names that the file's schema gives them."""

import decimal
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scotoma.tasks.reading.class_names import Decode, decoders, features_of
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.lines import damaged, most_unpacked, opened

if TYPE_CHECKING:
    import pyarrow as pa

Rows = Iterator[tuple[int, dict[str, object]]]

#: Rows that are held as Python values at a time.
_AT_ONCE = 50_000

#: Rows that a Parquet file may have in any case; with more, it must have a byte for each.
_ROWS = 20_000_000


def parse_parquet(path: Path, faults: Faults) -> Rows:
    """The rows of a Parquet file, numbered from 1."""
    # Imported here: it takes a quarter of a second, and readers of text do not need it.
    import pyarrow as pa
    import pyarrow.parquet as pq

    # In one thread: pyarrow's threads beside polars' abort more than half of all processes at
    # their exit (apache/arrow issue 34314). Where that is fixed, `pq.read_table` will do.
    def read(data: bytes) -> Any:
        file = pq.ParquetFile(pa.BufferReader(data))
        _check_size(file.metadata, len(data), faults)
        return file.read(use_threads=False)

    yield from _parse(path, faults, read)


def parse_arrow(path: Path, faults: Faults) -> Rows:
    """The rows of an Arrow file, numbered from 1: the stream that `datasets` writes, or the file format."""
    import pyarrow as pa

    def read(data: bytes) -> Any:
        is_file = data.startswith(b"ARROW1")
        with (pa.ipc.open_file if is_file else pa.ipc.open_stream)(pa.BufferReader(data)) as reader:
            return reader.read_all()

    yield from _parse(path, faults, read)


def decoded(records: Iterable[Mapping[str, Any]], decode: Mapping[str, Decode], faults: Faults) -> Rows:
    """Records with every class label by its name, numbered from 1; a label without a name is a fault."""
    for number, record in enumerate(records, 1):
        named = dict(record)
        try:
            for name, read in decode.items():
                if name in named:
                    named[name] = read(named[name])
        except ValueError as error:
            faults.add(number, str(error), "Write the file again with names for all of its classes.")
            continue
        yield number, named


def _parse(path: Path, faults: Faults, read: Any) -> Rows:
    import pyarrow as pa

    # By pyarrow, because polars panics on some damaged files; validated, because reading alone
    # does not check that texts and names are UTF-8.
    try:
        with opened(path) as file:
            data = file.read()
        table = read(data)
        table.validate(full=True)
        names = table.column_names
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise damaged(path, error) from error
    del data
    faults.check_header(names)
    yield from decoded(_records(table, faults), decoders(features_of(table.schema.metadata)), faults)


def _records(table: "pa.Table", faults: Faults) -> Iterator[dict[str, Any]]:
    names = table.column_names
    for start in range(0, table.num_rows, _AT_ONCE):
        part = table.slice(start, _AT_ONCE)
        columns = [_values(part, place, name, faults) for place, name in enumerate(names)]
        yield from (dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True))


def _check_size(metadata: Any, packed: int, faults: Faults) -> None:
    """Refuses a file that claims to hold far more than its size allows."""
    unpacked = sum(metadata.row_group(at).total_byte_size for at in range(metadata.num_row_groups))
    if unpacked > most_unpacked(packed) or metadata.num_rows > max(_ROWS, packed):
        faults.fail(
            f"the file has {packed:,} bytes and claims to hold {unpacked:,}, in {metadata.num_rows:,} rows",
            "Write it as CSV first, if you trust where it comes from.",
        )


def _values(table: "pa.Table", place: int, name: str, faults: Faults) -> list[Any]:
    import pyarrow as pa

    kind = table.schema.field(place).type
    try:
        values: list[Any] = table.column(place).to_pylist()
    # A date in the year 294247; a time zone that pytz, where it is installed, does not know (a KeyError).
    except (pa.ArrowException, ValueError, OverflowError, KeyError) as error:
        faults.fail(
            f"column {name!r} ({kind}) cannot be read: {error}", "Leave that column out, or write it as text."
        )
    if isinstance(kind, pa.UuidType):
        return [None if value is None else str(value) for value in values]
    return [_number(value) for value in values] if pa.types.is_decimal(kind) else values


def _number(value: decimal.Decimal | None) -> int | float | None:
    """A DECIMAL, in which DuckDB and Spark write fractions, as the number that it is."""
    if value is None:
        return None
    return int(value) if value.as_tuple().exponent == 0 else float(value)
