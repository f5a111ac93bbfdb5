"""Records that describe themselves: their plain values for JSON, and a JSON Schema of every key.

A record is a TypedDict, whose keys are described by `Field(description=...)`, or a dataclass, whose fields
are described by its docstring, under `Attributes:`. So the values and their schema come from the same type.
"""

import inspect
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

_SECTION = re.compile(r"^([A-Z]\w+):(?:\n|(?= ))", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): ", re.MULTILINE)


def as_json(kind: type, record: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values for JSON: dataclasses within the record become mappings, tuples become lists.

    Args:
        kind: The record's TypedDict.
        record: Keys and values of the record.
    """
    plain: dict[str, Any] = _adapter(kind).dump_python(record, mode="json")
    return plain


def schema_of(kind: type, *, title: str, description: str) -> dict[str, Any]:
    """The JSON Schema, in the dialect of 2020-12, of what `as_json` gives. Other keys are refused.

    Args:
        kind: A TypedDict.
        title: What is described, and the schema's version.
        description: Description of the whole record.
    """
    made = _adapter(kind).json_schema(mode="serialization", schema_generator=_Described)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}
    return {**head, **made, "title": title, "description": description}


def attributes_of(kind: type) -> dict[str, str]:
    """The description of each attribute, on one line, from the docstrings of a dataclass and of its bases."""
    entries: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        _, *sections = _SECTION.split(inspect.cleandoc(one.__doc__ or ""))
        attributes = dict(zip(sections[::2], sections[1::2], strict=True)).get("Attributes", "")
        _, *parts = _ENTRY.split(attributes.rstrip())
        entries |= {name: " ".join(text.split()) for name, text in zip(parts[::2], parts[1::2], strict=True)}
    return entries


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


class _Described(GenerateJsonSchema):
    """Closed objects, all of whose keys are written; those of dataclasses described by their docstrings."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False  # it would be the key again

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        return super().typed_dict_schema(schema) | {"additionalProperties": False}

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        made, kind = super().dataclass_schema(schema), schema["cls"]
        meanings = attributes_of(kind)
        for name, value in made["properties"].items():
            value.setdefault("description", re.sub(r"\bNone\b", "null", meanings[name]))
            value.pop("default", None)
        summary = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
        return made | {
            "description": " ".join(summary.split()),
            "required": list(made["properties"]),
            "additionalProperties": False,
        }
