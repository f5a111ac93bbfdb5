"""JSON as records: one object a line, or a whole file that is one list of objects."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.lines import LARGEST_WHOLE, lines, raw_lines, whole

#: Brackets within brackets; whatever reads or shows a record recurses as deep.
_DEEPEST = 100
#: Lists that may be the splits of one data set.
_MOST_SPLITS = 5
_REMEDY = "Write one JSON object a line, or one list of objects."


def load_json(text: str | bytes) -> Any:
    """What JSON says.

    Raises:
        ValueError: not JSON, an integer of thousands of digits, or nested deeper than any record is.
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("brackets nested too deep") from error
    if _is_deep(value, _DEEPEST):
        raise ValueError("brackets nested too deep")
    return value


def parse_json(path: Path, faults: Faults) -> Iterator[tuple[int, dict[str, object]]]:
    """The file's objects, numbered by line, or by place where the file is one list."""
    first, *more = [*islice((line for line in raw_lines(path) if line.strip()), 2)] or [b""]
    # A first line that is a whole object is the usual case, and needs no second look.
    if _is_object(first):
        if not more:
            _check_no_table(only := load_json(first), path, faults)
            faults.hint = _of_one_line(only, path)
    else:
        content = _as_one_value(path, faults)
        if isinstance(content, list):
            faults.unit = "row"
            yield from _objects(enumerate(content, 1), faults)
            return
        if isinstance(content, dict):
            _check_no_table(content, path, faults)
            faults.fail(
                f"the file is one JSON object, with {_keys(content)}, not rows", _out_of(content, path)
            )
    yield from _objects(_parsed_lines(path, faults), faults)


def _parsed_lines(path: Path, faults: Faults) -> Iterator[tuple[int, object]]:
    for number, line in lines(path, faults):
        if line.isspace():
            continue
        try:
            record = load_json(line.rstrip())
        except json.JSONDecodeError as error:
            faults.add(number, f"not JSON: {error.msg.removesuffix(' at')} at column {error.colno}", _REMEDY)
        except ValueError as error:
            faults.add(number, f"not JSON that can be read: {error}", _REMEDY)
        else:
            yield number, record


def _objects(values: Iterator[tuple[int, object]], faults: Faults) -> Iterator[tuple[int, dict[str, object]]]:
    for number, value in values:
        if isinstance(value, dict):
            yield number, value
        else:
            faults.add(number, f"a JSON {_json_name(value)} where an object is needed", _REMEDY)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(load_json(line), dict)
    except ValueError:
        return False


def _as_one_value(path: Path, faults: Faults) -> object:
    """A file that is one list or one object; None where it is neither, as one of several lines is."""
    data = whole(path)
    if data is None:
        faults.fail(
            f"the file is not lines of JSON, and too large to be read as one list ({LARGEST_WHOLE:,} bytes)",
            "Write one JSON object a line: jq -c '.[]' FILE.json > FILE.jsonl",
        )
    try:
        value = load_json(data)
    except ValueError:
        return None
    # A single line with a list of numbers, say, is reported as a line; an empty list is no rows.
    return value if value == [] or isinstance(value, dict) or _holds_objects(value) else None


def _holds_objects(value: object) -> bool:
    return isinstance(value, list) and any(isinstance(part, dict) for part in value)


def _check_no_table(content: dict[str, object], path: Path, faults: Faults) -> None:
    """Refuses an object that holds a whole table, as pandas, datasets and trackers write one.

    Raises:
        ScotomaError: it does.
    """
    what = f"the file is one JSON object that holds a whole table, with {_keys(content)}, not rows"
    if _is_split(content):
        jq = ".columns as $c | .data[] | [$c, .] | transpose | map({(.[0]): .[1]}) | add"
        faults.fail(what, f"Write one object a row: jq -c '{jq}' {path.name} > rows.jsonl")
    columns = list(content.values())
    # A row may have lists and objects too, but hardly nothing else, all of one length or with the same keys.
    if all(isinstance(one, dict) and one for one in columns):
        shapes = {tuple(one) for one in columns if isinstance(one, dict)}
    elif all(isinstance(one, list) and not _holds_objects(one) for one in columns):
        shapes = {(len(one),) for one in columns if isinstance(one, list)}
    else:
        return
    if len(columns) > 1 and len(shapes) == 1:
        faults.fail(
            what,
            "Write one object a row: FRAME.to_json(NEW, orient='records', lines=True) in pandas, with NEW "
            "ending in .jsonl.",
        )


def _is_split(content: dict[str, object]) -> bool:
    """Whether an object has names of columns and lists of cells: tables of W&B and MLflow, and of pandas."""
    names, rows = content.get("columns"), content.get("data")
    return (
        isinstance(names, list)
        and isinstance(rows, list)
        and all(isinstance(name, str) for name in names)
        and all(isinstance(row, list) and len(row) == len(names) for row in rows)
    )


def _out_of(content: dict[str, object], path: Path) -> str:
    """How to get the rows out of an object that has lists of them."""
    lists = _lists_in(content)
    return f"Take its rows out first: jq -c '.{lists[0]}[]' {path.name} > rows.jsonl" if lists else _REMEDY


def _of_one_line(content: dict[str, object], path: Path) -> str:
    """What to do where a file's one line is no row, but holds the rows, as some programs write them."""
    lists = _lists_in(content)
    if not lists:
        return ""
    which = " or ".join(map(repr, lists))
    return f"The file is one JSON object, whose {which} may be the rows. {_out_of(content, path)}"


def _lists_in(content: dict[str, object]) -> list[str]:
    """Names of what may be the rows in an object: its only list of objects, or the splits of a data set."""
    lists = [name[:40] for name, value in content.items() if _holds_objects(value)]
    are_splits = len(lists) == len(content) <= _MOST_SPLITS
    return lists if len(lists) == 1 or are_splits else []


def _keys(content: dict[str, object]) -> str:
    return ", ".join(repr(name[:40]) for name in list(content)[:5])


def _is_deep(value: object, allowed: int) -> bool:
    if not isinstance(value, list | dict):
        return False
    parts = value.values() if isinstance(value, dict) else value
    # Asked here too: most parts are numbers, and a large report has hundreds of thousands.
    inner = (part for part in parts if isinstance(part, list | dict))
    return allowed == 0 or any(_is_deep(part, allowed - 1) for part in inner)


def _json_name(value: object) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number", type(None): "null"}
    return names[type(value)]
