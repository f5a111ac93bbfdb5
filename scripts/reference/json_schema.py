"""A JSON Schema in words: its kinds of objects, where each occurs, and what a value may be."""

from collections.abc import Iterator, Mapping
from typing import Any

from reference.tables import code

Schema = dict[str, Any]

_REFERENCE = "#/$defs/"


def heading(name: str) -> str:
    """A page's name for a kind of object: its name in the code without `Record` or `Row` at its end."""
    return name.removesuffix("Record").removesuffix("Row") or name


def may_be_null(schema: Schema) -> bool:
    """Whether a value may be null."""
    types = (inner.get("type", "") for inner in (schema, *schema.get("anyOf", ())))
    return any(kind == "null" or (isinstance(kind, list) and "null" in kind) for kind in types)


def places(kinds: Mapping[str, Schema], root: str) -> dict[str, list[str]]:
    """The places where each kind of object occurs, breadth first.

    Args:
        kinds: Schemas by name, including the root's.
        root: Name of the root.
    """
    places_of: dict[str, list[str]] = {root: [""]}
    waiting = [(root, "")]
    while waiting:
        name, place = waiting.pop(0)
        for key, value in kinds[name]["properties"].items():
            for inner, suffix in referred(value, ""):
                if "properties" not in kinds[inner]:  # any JSON
                    continue
                below = f"{place}.{key}{suffix}".lstrip(".")
                places_of.setdefault(inner, []).append(below)
                waiting.append((inner, below))
    return places_of


def referred(schema: Schema, suffix: str) -> Iterator[tuple[str, str]]:
    """Kinds of object that a value may be, with the suffix of its place: [] for a list, .NAME."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_REFERENCE), suffix
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from referred(inner, suffix)
    if isinstance(schema.get("items"), dict):
        yield from referred(schema["items"], f"{suffix}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from referred(schema["additionalProperties"], f"{suffix}.NAME")


def meaning(value: Schema, kinds: Mapping[str, Schema]) -> str:
    """A value's description, or else the descriptions of the objects that it may be."""
    inner = [kinds[name].get("description", "").partition("\n")[0] for name, _ in referred(value, "")]
    return str(value.get("description", " ".join(inner)))


def type_of(schema: Schema) -> str:
    """What a value may be, in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return "any JSON" if name == "JsonValue" else f"[{heading(name)}](#{heading(name).lower()})"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    alternatives = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    if choices := [inner for inner in alternatives if inner.get("type") != "null"]:
        return " or ".join(type_of(inner) for inner in choices)
    match schema["type"]:
        case [kind, "null"]:
            return type_of(schema | {"type": kind})
        case "array" if "prefixItems" in schema:
            return "list of " + ", ".join(type_of(inner) for inner in schema["prefixItems"])
        case "array":
            return f"list of {type_of(schema['items'])}"
        case "object" if schema["additionalProperties"] is True:
            return "mapping of names to any JSON"
        case "object":
            return f"mapping of names to {type_of(schema['additionalProperties'])}"
        case "string":
            return "text"
        case kind:
            return f"{kind}{_range(schema)}"


def _range(schema: Schema) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {_bound(schema[key])}" for key, sign in signs.items() if key in schema]
    return f" {', '.join(bounds)}" if bounds else ""


def _bound(value: float) -> str:
    return "2⁶³" if value == 2**63 else f"{value:g}" if value < 1e6 else f"{value:,}"
