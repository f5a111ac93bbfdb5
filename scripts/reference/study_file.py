"""The study file: every setting, from the models that read it."""

from reference.json_schema import Schema, meaning, places, type_of
from reference.tables import code, plain, table
from scotoma.study.study import Study

_INTRODUCTION = """# Study file

One YAML file says everything a result depends on. `scotoma init mine` writes one in which every setting is
explained; this page is written from the models that read it. A setting is *due* unless it says what holds
without it, and that is never a number that could change a result. Unknown settings are refused, and every
error is told at once, with its line.
"""


def page() -> str:
    """One section for each kind of settings, in the order in which a study names them."""
    schema = Study.model_json_schema()
    kinds: dict[str, Schema] = {"Study": schema, **schema["$defs"]}
    found = places(kinds, "Study")
    return "\n\n".join([_INTRODUCTION.rstrip(), *(_section(name, kinds, found[name]) for name in found)])


def _section(name: str, kinds: dict[str, Schema], places: list[str]) -> str:
    schema = kinds[name]
    told = "\n\n".join(plain(paragraph) for paragraph in schema.get("description", "").split("\n\n"))
    where = ", ".join(code(place) for place in places if place)
    rows = [
        (code(key), type_of(value), _due(key, schema), plain(meaning(value, kinds)))
        for key, value in schema["properties"].items()
    ]
    parts = [
        f"## {name}",
        told,
        f"At {where}." if where else "",
        table(["key", "value", "due", "meaning"], rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _due(key: str, schema: Schema) -> str:
    if key == "name" and schema["title"] == "Study":
        return "else the file's name"
    if key in schema.get("required", ()):
        return "*due*"
    default = schema["properties"][key]["default"]
    return f"else {'none' if default in (None, '', [], {}) else code(str(default))}"
