"""Ways to damage bytes, texts, values and rows."""

import csv
import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

Rng = np.random.Generator
Row = dict[str, Any]

#: What has broken readers, terminals, pages and spreadsheets before.
TRICKS = (
    "\x00",
    "\x1b[31m\x1b]0;owned\x07",
    "\x9b2J",
    "\u202eevil\u2066",
    "\ufeff",
    "\u2028\x85\x0b\x0c",
    "\r",
    "\r\n",
    "é ß İ ﬁ ǅ",
    "👩‍👩‍👧‍👦",
    "ﷺ" * 50,
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(1)>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "[bold red]x[/bold red][link=file:///etc/passwd]",
    "{premise} {0.__class__} %s %n",
    "../../../../etc/passwd",
    "NaN",
    "1e999",
    "-Infinity",
    "9" * 5000,
    "0x" + "f" * 5000,
    "null",
    "-",
    "",
    " ",
    '"',
    '""',
    "\\ud800",
    "\\u0000",
    "\t",
    ",",
    "\n",
    "[" * 3000,
    '{"a":' * 300,
    "&a [*a]",
    "!!python/object/apply:os.system [touch owned]",
    "2001-13-45",
    "<<: *recipe",
    "(" * 500,
    "a" * 20_000,
)

#: Values of every type that a cell may turn out to have.
VALUES: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    2,
    3,
    2**53 + 1,
    2**63 - 1,
    2**70,
    10**400,
    0.5,
    1.0,
    -0.0,
    float("nan"),
    float("inf"),
    1e308,
    [],
    [1, "x"],
    {},
    {"a": [None]},
    "entailment",
    "non-entailment",
    "ENTAILMENT.",
    "ex0",
    "gen-le_passive-0",
    "[invalid]",
    "neutral, entailment",
    "A, B",
    ["A", "B"],
    "[1, 2]",
    "\ud800",
)


def pick(rng: Rng, among: Sequence[Any]) -> Any:
    """One of them."""
    return among[int(rng.integers(len(among)))]


def trick(rng: Rng) -> str:
    """A text that breaks things."""
    return str(pick(rng, TRICKS))


def damage(data: bytes, other: bytes, rng: Rng) -> bytes:
    """Bytes with one to four damages: bits, cuts, copies, splices with another file, tricks."""
    for _ in range(int(rng.integers(1, 5))):
        data = pick(rng, _DAMAGES)(data, other, rng)
    return data[:2_000_000]


def _span(data: bytes, rng: Rng, longest: int = 400) -> tuple[int, int]:
    at = int(rng.integers(len(data) + 1))
    return at, min(len(data), at + int(rng.integers(1, longest)))


def _flip(data: bytes, other: bytes, rng: Rng) -> bytes:
    changed = bytearray(data)
    for _ in range(int(rng.integers(1, 9)) if changed else 0):
        changed[int(rng.integers(len(changed)))] ^= 1 << int(rng.integers(8))
    return bytes(changed)


def _overwrite(data: bytes, other: bytes, rng: Rng) -> bytes:
    at, end = _span(data, rng, 9)
    return (
        data[:at]
        + bytes(int(pick(rng, (0, 10, 34, 44, 91, 123, 128, 255))) for _ in range(end - at))
        + data[end:]
    )


def _cut(data: bytes, other: bytes, rng: Rng) -> bytes:
    at, end = _span(data, rng)
    return data[:at] + data[end:]


def _truncate(data: bytes, other: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(len(data) + 1))]


def _repeat(data: bytes, other: bytes, rng: Rng) -> bytes:
    at, end = _span(data, rng, 200)
    return data[:end] + data[at:end] * int(rng.integers(1, 50)) + data[end:]


def _splice(data: bytes, other: bytes, rng: Rng) -> bytes:
    at = int(rng.integers(len(data) + 1))
    begin, end = _span(other, rng, 2000)
    return data[:at] + other[begin:end] + data[at:]


def _insert(data: bytes, other: bytes, rng: Rng) -> bytes:
    at = int(rng.integers(len(data) + 1))
    return data[:at] + trick(rng).encode() + data[at:]


_DAMAGES: tuple[Callable[[bytes, bytes, Rng], bytes], ...] = (
    _flip,
    _overwrite,
    _cut,
    _truncate,
    _repeat,
    _splice,
    _insert,
    _insert,
)


def damaged_text(text: str, other: str, rng: Rng) -> str:
    """A text that is still text."""
    return damage(text.encode("utf8", "replace"), other.encode("utf8", "replace"), rng).decode(
        "utf8", "replace"
    )


def changed_value(value: Any, rng: Rng) -> Any:
    """A JSON value with one part, at any depth, replaced, removed or copied."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        key = pick(rng, list(value))
        match int(rng.integers(6)):
            case 0:
                return {name: part for name, part in value.items() if name != key}
            case 1:
                return {(trick(rng)[:50] if name == key else name): part for name, part in value.items()}
            case _:
                return {**value, key: changed_value(value[key], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        at = int(rng.integers(len(value)))
        match int(rng.integers(6)):
            case 0:
                return value[:at] + value[at + 1 :]
            case 1:
                return value[:at] + [value[at]] * 3 + value[at:]
            case _:
                return [*value[:at], changed_value(value[at], rng), *value[at + 1 :]]
    if isinstance(value, str) and rng.random() < 0.3:
        return damaged_text(value, "The doctor saw the lawyer .", rng)
    return trick(rng) if rng.random() < 0.4 else pick(rng, VALUES)


def changed_rows(rows: list[Row], rng: Rng) -> list[Row]:
    """Rows with one to three changes: cells, types, columns lost or renamed, rows lost or repeated."""
    rows = [dict(row) for row in rows]
    for _ in range(int(rng.integers(1, 4))):
        if not rows or not rows[0]:
            return rows
        column, row = pick(rng, list(rows[0])), pick(rng, rows)
        match int(rng.integers(9)):
            case 0:
                rows = [{name: cell for name, cell in one.items() if name != column} for one in rows]
            case 1:
                name = pick(
                    rng, ("label", "gold_label", "premise", "sentence1", "id", "p_x", trick(rng)[:40])
                )
                rows = [{name if old == column else old: cell for old, cell in one.items()} for one in rows]
            case 2:
                value = pick(rng, VALUES)
                for one in rows:
                    one[column] = value
            case 3:
                row[pick(rng, list(rows[0]))], row[column] = (
                    row.get(column),
                    row.get(pick(rng, list(rows[0]))),
                )
            case 4:
                rows.append(dict(row))
            case 5:
                rows.remove(row)
            case 6:
                row[column] = trick(rng)
            case 7:
                row[column] = changed_value(row.get(column), rng)
            case _:
                row[column] = pick(rng, VALUES)
    return rows


def as_json_lines(rows: list[Row]) -> bytes:
    """One object a line; NaN and halves of characters as Python's json writes them."""
    return "".join(_json(row) + "\n" for row in rows).encode()


def _json(value: Any) -> str:
    return json.dumps(value)


def as_tabs(rows: list[Row]) -> bytes:
    """Tab-separated, nothing quoted: a tab or a line end in a cell breaks its row."""
    header = list(rows[0]) if rows else []
    lines = [header, *([_cell(row.get(name)) for name in header] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines).encode("utf8", "surrogatepass")


def as_json_list(rows: list[Row]) -> bytes:
    """One list of objects."""
    return _json(rows).encode()


def as_quoted_tabs(rows: list[Row]) -> bytes:
    """Tab-separated as a writer of CSV does it: quoted where needed."""
    return as_commas(rows, "\t")


def as_commas(rows: list[Row], delimiter: str = ",") -> bytes:
    """CSV, quoted where needed."""
    header = list(rows[0]) if rows else []
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n", delimiter=delimiter)
    writer.writerows([header, *([_cell(row.get(name)) for name in header] for row in rows)])
    return out.getvalue().encode("utf8", "surrogatepass")


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else _json(value)


_ODD_TYPES = (
    pa.timestamp("us"),
    pa.timestamp("ns"),
    pa.timestamp("us", tz="Nowhere/Land"),
    pa.duration("s"),
    pa.date64(),
    pa.time64("us"),
    pa.uint64(),
)


def as_parquet(rows: list[Row], rng: Rng) -> bytes:
    """Parquet; now and then a column has a type that no label and no text has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: _column([row.get(name) for row in rows]) for name in names}
    if names and rng.random() < 0.1:
        name = pick(rng, names)
        columns[name] = pa.array([[cell] for cell in columns[name].to_pylist()])
    if names and rng.random() < 0.25:
        name = pick(rng, names)
        numbers = pa.array([int(rng.integers(-(2**62), 2**62)) for _ in rows], pa.int64())
        columns[name] = numbers.view(pick(rng, _ODD_TYPES))
    heads = [name.encode("utf8", "replace").decode() for name in names]
    table = pa.Table.from_arrays(list(columns.values()), heads)
    if names and rng.random() < 0.1:
        table = table.append_column(pick(rng, heads), table.column(0))
    out = io.BytesIO()
    try:
        pq.write_table(table, out, compression=pick(rng, ("zstd", "snappy", "none")))
    except pa.ArrowNotImplementedError:  # objects without a key
        return as_json_lines(rows)
    return out.getvalue()


def with_features(rows: list[Row], features: Any, ending: str, rng: Rng) -> bytes:
    """Parquet or Arrow whose schema says what `datasets` would write of its columns."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    heads = [name.encode("utf8", "replace").decode() for name in names]
    table = pa.Table.from_arrays([_column([row.get(name) for row in rows]) for name in names], heads)
    said = json.dumps({"info": {"features": features}}).encode()
    table = table.replace_schema_metadata({"huggingface": said})
    out = io.BytesIO()
    if ending == ".parquet":
        try:
            pq.write_table(table, out)
        except pa.ArrowNotImplementedError:  # objects without a key
            return as_json_lines(rows)
        return out.getvalue()
    with pick(rng, (pa.ipc.new_stream, pa.ipc.new_file))(out, table.schema) as writer:
        writer.write_table(table)
    return out.getvalue()


def _column(cells: list[Any]) -> pa.Array:
    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError):
        return pa.array([_cell(cell).encode("utf8", "replace") for cell in cells])
