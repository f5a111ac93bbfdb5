"""The study file: every setting, from the models that read it."""

from reference.json_schema import Schema, meaning, places, type_of
from reference.tables import code, plain, table
from scotoma.study.study import Study

_INTRODUCTION = """# Study file

One YAML file has everything that a result depends on. `scotoma init mine` writes one in which every setting
is explained. This page is generated from the models that read the file. A setting is *required* unless it has
a default, and a default is never a number that could change a result. Unknown settings are refused, and all
errors are reported at once, each with its line.
"""


def page() -> str:
    """One section for each kind of setting, in the order in which a study names them."""
    schema = Study.model_json_schema()
    kinds: dict[str, Schema] = {"Study": schema, **schema["$defs"]}
    places_of = places(kinds, "Study")
    return "\n\n".join(
        [_INTRODUCTION.rstrip(), *(_section(name, kinds, places_of[name]) for name in places_of)]
    )


def _section(name: str, kinds: dict[str, Schema], places: list[str]) -> str:
    schema = kinds[name]
    description = "\n\n".join(plain(paragraph) for paragraph in schema.get("description", "").split("\n\n"))
    where = ", ".join(code(place) for place in places if place)
    rows = [
        (code(key), type_of(value), _default(key, schema), plain(meaning(value, kinds)))
        for key, value in schema["properties"].items()
    ]
    parts = [
        f"## {name}",
        description,
        f"At {where}." if where else "",
        table(["key", "value", "default", "meaning"], rows),
    ]
    return "\n\n".join(part for part in parts if part)


def _default(key: str, schema: Schema) -> str:
    if key == "name" and schema["title"] == "Study":
        return "the file's name"
    if key in schema.get("required", ()):
        return "*required*"
    default = schema["properties"][key]["default"]
    return "none" if default in (None, "", [], {}) else code(str(default))
