"""The plain rows that everything costly ends in: examples and predictions, and their tables.

A table is a polars frame; on disk it is Parquet. Measures, contrasts and reports read these rows
and nothing else, so they need no model.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from scotoma.basics.errors import ScotomaError

if TYPE_CHECKING:  # tasks, which are records of these, are read without a table
    import polars as pl

#: The file in which a step leaves examples.
EXAMPLES = "examples.parquet"

#: The file in which a model's answers stand, one row per example.
PREDICTIONS = "predictions.parquet"

#: Columns of a table of examples beside the task's own text fields.
EXAMPLE_COLUMNS = ("id", "label", "heuristic", "subcase", "template")


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled text or pair of texts.

    Attributes:
        id: Unique and stable within its source.
        texts: In the order of the task's fields: (premise, hypothesis), or (text,).
        label: One of the task's or the blind spot's labels.
        heuristic: The shortcut a blind-spot row tests; empty on general data.
        subcase: The construction within the heuristic; empty on general data.
        template: The sentence pattern the row was built from; empty where there is none.
    """

    id: str
    texts: tuple[str, ...]
    label: str
    heuristic: str = ""
    subcase: str = ""
    template: str = ""


def to_table(examples: Iterable[Example], fields: tuple[str, ...]) -> "pl.DataFrame":
    """A table with one row per example: id, the text fields, label, heuristic, subcase, template."""
    import polars as pl

    rows = list(examples)
    columns: dict[str, list[str]] = {"id": [row.id for row in rows]}
    for position, field in enumerate(fields):
        columns[field] = [row.texts[position] for row in rows]
    for name in EXAMPLE_COLUMNS[1:]:
        columns[name] = [getattr(row, name) for row in rows]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def write_table(table: "pl.DataFrame", path: Path) -> None:
    """Writes Parquet; the same rows give the same bytes."""
    table.write_parquet(path, compression="zstd", statistics=False)


def read_table(path: Path) -> "pl.DataFrame":
    """Reads Parquet.

    Raises:
        ScotomaError: the file is not Parquet.
    """
    import polars as pl

    try:
        return pl.read_parquet(path, memory_map=False)
    except pl.exceptions.ComputeError as error:
        raise ScotomaError(
            f"{str(path)!r} is not a Parquet file: {error}", where=str(path), remedy="Write it again."
        ) from error


_FORMATS = (".csv", ".jsonl", ".parquet", ".tsv")


def check_format(path: Path) -> None:
    """Refuses a file that `export_table` would not write, before there is anything to write.

    Raises:
        ScotomaError: the name ends in none of .csv, .tsv, .jsonl, .parquet.
    """
    if path.suffix not in _FORMATS:
        raise ScotomaError(
            f"{path.name!r} does not end in a known format",
            remedy=f"Use one of the endings {', '.join(_FORMATS)}.",
        )


def export_table(table: "pl.DataFrame", path: Path) -> None:
    """Writes rows for people, in the format that the file's name asks for; whole or not at all.

    Cells of a .tsv are quoted only if one holds a quotation mark, a tab or a line end: published .tsv files
    are unquoted.

    Raises:
        ScotomaError: the name ends in none of .csv, .tsv, .jsonl, .parquet, or cannot be written.
    """
    part = path.parent / f".{path.name}.part"
    writers = {
        ".csv": lambda: table.write_csv(part),
        ".tsv": lambda: table.write_csv(
            part, separator="\t", quote_style="necessary" if _has_marks(table) else "never"
        ),
        ".jsonl": lambda: table.write_ndjson(part),
        ".parquet": lambda: write_table(table, part),
    }
    check_format(path)
    try:
        writers[path.suffix]()
        part.replace(path)
    except OSError as error:
        raise ScotomaError(
            f"{path} cannot be written: {error.strerror or error}", remedy="Choose another place."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _has_marks(table: "pl.DataFrame") -> bool:
    import polars.selectors as cs

    marked = table.select(cs.string().str.contains('["\t\r\n]').any())
    return any(marked.row(0)) if marked.width else False


def round_robin(table: "pl.DataFrame", *columns: str) -> "pl.DataFrame":
    """The rows with one of every group before the second of any; else in their order.

    Args:
        table: Rows.
        columns: Columns whose values say which group a row belongs to.
    """
    import polars as pl

    turn = pl.int_range(pl.len()).over(columns)
    return table.with_columns(turn=turn).sort("turn", maintain_order=True).drop("turn")
