"""Other people's tables as polars frames, and records as frames."""

import sys
from collections.abc import Mapping, Sequence, Set, Sized
from pathlib import Path
from typing import Any, get_args, get_type_hints

import polars as pl

from scotoma.api.tensors import as_arrays
from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.class_names import features_of
from scotoma.tasks.reading.sources import Place, TableSource

#: Rows as a caller has them: where they are, a frame (polars, pandas, a split of `datasets`, or whatever
#: exports Arrow), columns by name, or a list of records.
Rows = Any

#: Of columns without a value: lists, then numbers.
_TYPES = (pl.List(pl.String), pl.Float64())

_KINDS = "Give a path, a polars or pandas frame, a mapping of columns or a list of records."


def place_of(rows: Rows, name: str) -> Place:
    """Rows as readers take them: a path as it is, all else as a table.

    Args:
        rows: A path, `bundled:NAME`, `hub:NAME:SPLIT`, a frame, columns by name, or records.
        name: Name of the rows in messages, if they are a table.

    Raises:
        ScotomaError: they are of no known kind, or cannot be had as a polars frame.
    """
    if isinstance(rows, str | Path | TableSource):
        return rows
    return TableSource(name, as_frame(rows, name), features_in(rows))


def is_frame(rows: object) -> bool:
    """Whether these are a frame: polars, pandas, `datasets`, or whatever exports Arrow data by columns."""
    if isinstance(rows, pl.DataFrame | pl.LazyFrame) or _is_pandas(rows, "DataFrame") or _is_dataset(rows):
        return True
    return _is_arrow(rows)


def features_in(rows: Rows) -> Mapping[str, Any]:
    """What `datasets` says of the columns, with the names of class labels; empty of all else."""
    if _is_dataset(rows):
        features: Mapping[str, Any] = rows.features.to_dict()
        return features
    return features_of(getattr(getattr(rows, "schema", None), "metadata", None)) if _is_arrow(rows) else {}


def as_frame(rows: Rows, name: str) -> pl.DataFrame:
    """A polars frame of the same rows; of a pandas frame, without its index.

    Raises:
        ScotomaError: see `place_of`.
    """
    import pyarrow as pa

    if isinstance(rows, Mapping) and any(map(is_frame, rows.values())):
        first = next(iter(rows))
        raise ScotomaError(
            f"{type(rows).__name__} holds several tables: {', '.join(map(repr, rows))}",
            where=name,
            remedy=f"Name one of them, such as [{first!r}].",
        )

    try:
        frame = _frame(rows)
        if frame is not None:  # as readers of files have a DECIMAL, in which DuckDB and Spark write fractions
            frame = frame.cast(
                {
                    column: pl.Float64 if kind.scale else pl.Int64
                    for column, kind in frame.schema.items()
                    if isinstance(kind, pl.Decimal)
                }
            )
    except (ValueError, TypeError, ImportError, pl.exceptions.PolarsError, pa.ArrowException) as error:
        raise ScotomaError(
            f"the rows cannot be converted to a polars frame: {str(error).strip() or type(error).__name__}",
            where=name,
            remedy="Give every column values of one kind, or write the rows to a file and name that.",
        ) from error
    if frame is None:
        raise ScotomaError(f"{type(rows).__name__} is not a table of rows", where=name, remedy=_KINDS)
    return frame


def _frame(rows: Rows) -> pl.DataFrame | None:
    if isinstance(rows, pl.DataFrame):
        return rows
    if isinstance(rows, pl.LazyFrame):
        return rows.collect()
    if _is_pandas(rows, "DataFrame"):
        return pl.from_pandas(rows)
    if _is_dataset(rows):
        found: pl.DataFrame = rows.with_format(None).to_polars()
        return found
    if is_frame(rows) or isinstance(rows, Mapping):
        return pl.DataFrame(as_arrays(rows))
    if isinstance(rows, Sequence) and all(isinstance(row, Mapping) for row in rows):
        return pl.DataFrame(rows, infer_schema_length=None)
    return None


def are_records(rows: object) -> bool:
    """Whether these are rows, each a mapping; a list of mappings of whole columns is several frames."""
    return (
        isinstance(rows, Sequence)
        and bool(rows)
        and all(isinstance(row, Mapping) and not _have_lengths(row) for row in rows)
    )


def are_columns(rows: object) -> bool:
    """Whether these are columns by name; a mapping of tables by name is several tables."""
    return (
        isinstance(rows, Mapping)
        and _have_lengths(rows)
        and not any(is_frame(values) or are_records(values) for values in rows.values())
    )


def _have_lengths(values: Mapping[Any, Any]) -> bool:
    return bool(values) and all(
        isinstance(value, Sized) and not isinstance(value, str | bytes | Mapping) for value in values.values()
    )


def is_series(values: object) -> bool:
    """Whether this is one column of a frame."""
    return isinstance(values, pl.Series) or _is_pandas(values, "Series") or _is_pandas(values, "Index")


def index_of(rows: Any) -> list[Any] | None:
    """The index of what is of pandas; None of all else."""
    if not (_is_pandas(rows, "Series") or _is_pandas(rows, "DataFrame")):
        return None
    index: list[Any] = rows.index.tolist()
    return index


def _is_pandas(value: object, kind: str) -> bool:
    """Whether this is of pandas, which is not imported for it."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, getattr(pandas, kind))


def _is_arrow(value: Any) -> bool:
    """Whether this exports Arrow data by columns, as tables of pyarrow do."""
    return hasattr(value, "__arrow_c_stream__") and hasattr(value, "column_names")


def _is_dataset(value: object) -> bool:
    """Whether this is a split of `datasets`, which is not imported for it."""
    datasets = sys.modules.get("datasets")
    return datasets is not None and isinstance(value, datasets.Dataset)


def frame_of(records: Sequence[Mapping[str, Any]], columns: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """Records as a frame; a mapping within a record becomes a column for each of its keys.

    Args:
        records: Null where another record has a mapping means null in all of its columns.
        columns: Names and types of the columns, for a frame without records.
    """
    if not records:
        return pl.DataFrame(schema=columns)
    nested = {
        name for record in records for name, value in record.items() if isinstance(value, Mapping) and value
    }
    frame = pl.DataFrame([_flat(record, nested) for record in records], infer_schema_length=None)
    # Columns without a value get a type too, so that frames of several results can be stacked.
    empty = {name: kind for name, kind in frame.schema.items() if kind in (pl.Null, pl.List(pl.Null))}
    return frame.cast({name: _TYPES[kind == pl.Null] for name, kind in empty.items()})


def columns_of(kind: type) -> dict[str, type]:
    """Names and types of a frame's columns, from a TypedDict of plain values: the first type of each key."""
    columns = {}
    for name, hint in get_type_hints(kind).items():
        first = next(iter(get_args(hint)), hint)
        columns[name] = first if isinstance(first, type) else type(first)  # a Literal has values
    return columns


def _flat(record: Mapping[str, Any], nested: Set[str]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if isinstance(value, Mapping):
            flat |= {f"{name}_{key}": part for key, part in value.items()}
        elif name not in nested:
            flat[name] = value
    return flat
