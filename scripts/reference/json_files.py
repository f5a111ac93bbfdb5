"""Output for programs: every key of JSON and every column of a table, from the schemas."""

import inspect
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files

from reference.json_schema import Schema, heading, may_be_null, meaning, places, type_of
from reference.tables import code, plain, table
from scotoma.report import files as report_files
from scotoma.report.columns import meaning as meaning_of_column
from scotoma.report.schema import FILES


def results() -> str:
    """The report folder: its files, the columns of its tables, and every key of `results.json`."""
    text = inspect.cleandoc(report_files.__doc__ or "").partition("\n\n")[2]
    return "\n\n".join(
        [
            "# The report folder and `results.json`",
            f"A report is a folder:\n\n{text}",
            "`measures.parquet` has the columns of `measures.csv`. In CSV an empty cell is null.",
            *_tables(),
            "## `results.json`",
            *_sections("results"),
        ]
    )


def command(name: str, document: str) -> str:
    """Every key of what a command prints with `--json`.

    Args:
        name: Name of the command.
        document: File name of the document that explains its use.
    """
    introduction = (
        f"`scotoma {name} --json` prints, and in Python `scotoma.{name}(...).record()` returns, one "
        f"object ([how to use it](../{document}))."
    )
    return "\n\n".join([f"# JSON of `scotoma {name}`", introduction, *_sections(name)])


def _tables() -> Iterator[str]:
    for file, (name, columns) in FILES.items():
        rows = [(code(column), plain(meaning_of_column(name, column))) for column in columns]
        yield f"## {code(file)}\n\n{table(['column', 'meaning'], rows)}"


def _sections(name: str) -> Iterator[str]:
    """A schema's own description, and a section for each kind of object, breadth first."""
    schema = json.loads((files("scotoma") / "bundled" / f"{name}.schema.json").read_text(encoding="utf8"))
    yield (
        f"{plain(schema['description'])} There is a JSON Schema, version "
        f"{schema['title'].rpartition(' ')[2]}: `scotoma/bundled/{name}.schema.json` in the package."
    )
    kinds: dict[str, Schema] = {"": schema, **schema["$defs"]}
    places_of = places(kinds, "")
    yield from (_section(kind, kinds, places_of[kind]) for kind in places_of)


def _section(name: str, kinds: Mapping[str, Schema], where: list[str]) -> str:
    rows = [
        (code(key), type_of(value) + (" or null" if may_be_null(value) else ""), plain(meaning(value, kinds)))
        for key, value in kinds[name]["properties"].items()
    ]
    at = f"At {', '.join(map(code, where))}." if name else ""
    head = f"## {heading(name)}\n\n{plain(kinds[name]['description'])}\n\n{at}" if name else ""
    return f"{head}\n\n{table(['key', 'value', 'meaning'], rows)}".strip()
