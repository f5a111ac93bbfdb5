"""A value inside a record: `label`, `messages[1].content`, `response.body.choices[0].message.content`."""

import re
from collections.abc import Mapping

from scotoma.tasks.reading.json_rows import load_json

#: Stands for a missing value.
ABSENT = object()

_STEP = re.compile(r"\[(-?[0-9]{1,9})\]|\.?([^.\[\]]+)")
_PATH = re.compile(rf"(?:{_STEP.pattern})+")


def value_of(record: Mapping[str, object], name: str) -> object:
    """The value of a column, or at a path that begins with one; `ABSENT` if there is none.

    A column of exactly this name comes before a path. In a path, `.name` is a part of an object, `[1]` the
    second of a list and `[-1]` its last. A text along the path is parsed as JSON, since models are often
    asked to answer in JSON.
    """
    if name in record:
        return record[name]
    if not _PATH.fullmatch(name):
        return ABSENT
    value: object = record
    for place, part in _STEP.findall(name):
        value = _part(_load(value) if isinstance(value, str) else value, place, part)
    return value


def head(name: str) -> str:
    """The column in which a path begins."""
    match = _STEP.match(name)
    return match.group(2) or "" if match else ""


def _load(text: str) -> object:
    """The JSON in a text, without a Markdown fence around it; `ABSENT` if there is none."""
    bare = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        value: object = load_json(bare)
    except ValueError:
        return ABSENT
    return value


def _part(value: object, place: str, part: str) -> object:
    if place:
        at = int(place)
        return value[at] if isinstance(value, list) and -len(value) <= at < len(value) else ABSENT
    return value.get(part, ABSENT) if isinstance(value, dict) else ABSENT
