"""The study file: every setting, from the models that read it."""

from collections.abc import Iterator
from typing import Any

from reference.tables import code, plain, table
from scotoma.study.study import Study

Schema = dict[str, Any]

_INTRODUCTION = """# Study file

One YAML file says everything a result depends on. `scotoma init mine` writes one in which every setting is
explained; this page is written from the models that read it. A setting is *due* unless it says what holds
without it, and that is never a number that could change a result. Unknown settings are refused, and every
error is told at once, with its line.
"""
_REFERENCE = "#/$defs/"


def page() -> str:
    """One section for each kind of settings, in the order in which a study names them."""
    schema = Study.model_json_schema()
    kinds: dict[str, Schema] = {"Study": schema, **schema["$defs"]}
    found = _places(kinds)
    return "\n\n".join([_INTRODUCTION.rstrip(), *(_section(name, kinds, found[name]) for name in found)])


def _places(kinds: dict[str, Schema]) -> dict[str, list[str]]:
    """Where in a study each kind of settings stands, breadth first."""
    places: dict[str, list[str]] = {"Study": [""]}
    waiting = [("Study", "")]
    while waiting:
        name, place = waiting.pop(0)
        for key, value in kinds[name]["properties"].items():
            for inner, suffix in _referred(value, ""):
                if "properties" not in kinds[inner]:  # any JSON
                    continue
                below = f"{place}.{key}{suffix}".lstrip(".")
                places.setdefault(inner, []).append(below)
                waiting.append((inner, below))
    return places


def _referred(schema: Schema, suffix: str) -> Iterator[tuple[str, str]]:
    """Kinds of settings that a value may be, with what its place has besides: [] of a list, .NAME."""
    if "$ref" in schema:
        yield schema["$ref"].removeprefix(_REFERENCE), suffix
    for inner in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _referred(inner, suffix)
    if isinstance(schema.get("items"), dict):
        yield from _referred(schema["items"], f"{suffix}[]")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from _referred(schema["additionalProperties"], f"{suffix}.NAME")


def _section(name: str, kinds: dict[str, Schema], places: list[str]) -> str:
    schema = kinds[name]
    told = "\n\n".join(plain(paragraph) for paragraph in schema.get("description", "").split("\n\n"))
    where = ", ".join(code(place) for place in places if place)
    rows = [
        (code(key), _type(value), _due(key, schema), plain(_meaning(value, kinds)))
        for key, value in schema["properties"].items()
    ]
    parts = [
        f"## {name}",
        told,
        f"At {where}." if where else "",
        table(["key", "value", "due", "meaning"], rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _meaning(value: Schema, kinds: dict[str, Schema]) -> str:
    """What a setting is; if it does not say, what the settings that it is made of are."""
    inner = [kinds[name].get("description", "").partition("\n")[0] for name, _ in _referred(value, "")]
    return str(value.get("description", " ".join(inner)))


def _due(key: str, schema: Schema) -> str:
    if key == "name" and schema["title"] == "Study":
        return "else the file's name"
    if key in schema.get("required", ()):
        return "*due*"
    default = schema["properties"][key]["default"]
    return f"else {'none' if default in (None, '', [], {}) else code(str(default))}"


def _type(schema: Schema) -> str:
    """What a value may be, in words."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REFERENCE)
        return "any JSON" if name == "JsonValue" else f"[{name}](#{name.lower()})"
    if "const" in schema:
        return code(schema["const"])
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    alternatives = (*schema.get("anyOf", ()), *schema.get("oneOf", ()))
    if choices := [inner for inner in alternatives if inner.get("type") != "null"]:
        return " or ".join(_type(inner) for inner in choices)
    match schema["type"]:
        case "array" if "prefixItems" in schema:
            return "list of " + ", ".join(_type(inner) for inner in schema["prefixItems"])
        case "array":
            return f"list of {_type(schema['items'])}"
        case "object":
            return f"mapping of names to {_type(schema['additionalProperties'])}"
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
