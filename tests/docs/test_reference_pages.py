"""The pages that are written from the code name everything that the code has."""

import html
import inspect
import re
from typing import Any

import pytest
import typer
from documents import ROOT

import scotoma
from reference import PAGES
from scotoma.blindspots import BLINDSPOTS
from scotoma.cli.app import app
from scotoma.measures import MEANINGS
from scotoma.report.schema import FILES
from scotoma.study.finding import bundled_studies
from scotoma.study.study import Study
from scotoma.tasks import TASKS
from shipped_schemas import shipped

SCHEMA = Study.model_json_schema()
DEFINED: dict[str, Any] = {"Study": SCHEMA, **SCHEMA["$defs"]}
KINDS = {name: kind for name, kind in DEFINED.items() if "properties" in kind}


def test_every_setting_of_a_study_is_there_in_its_section() -> None:
    sections = {
        part.partition("\n")[0]: part for part in PAGES["reference/study.md"].write().split("\n## ")[1:]
    }
    assert sections.keys() == KINDS.keys()
    assert len(KINDS) >= 15
    for name, kind in KINDS.items():
        for key in kind["properties"]:
            assert f"| `{key}` |" in sections[name], (name, key)


def test_every_setting_says_what_it_is() -> None:
    silent = [
        f"{name}.{key}"
        for name, kind in KINDS.items()
        for key, value in kind["properties"].items()
        if not value.keys() & {"description", "$ref", "oneOf", "enum", "const"}
    ]
    assert silent == []


def test_required_settings_are_called_required_and_the_others_have_a_default() -> None:
    lines = PAGES["reference/study.md"].write().splitlines()
    assert any(line.startswith("| `replicates` |") and "*required*" in line for line in lines)
    assert any(line.startswith("| `generator` |") and "| none |" in line for line in lines)


def test_every_command_and_option_is_there() -> None:
    page, group = PAGES["reference/commands.md"].write(), typer.main.get_command(app)
    commands: dict[str, Any] = group.commands  # type: ignore[attr-defined]
    shown = {name: command for name, command in commands.items() if not command.hidden}
    assert len(shown) >= 10
    assert "scotoma work" not in page
    for name, command in shown.items():
        section = page.partition(f"## `scotoma {name}`")[2].partition("\n## ")[0]
        for parameter in command.params:
            option = parameter.opts[0]
            assert parameter.name == "help" or f"`{option}" in section or option.upper() in section, (
                name,
                option,
            )


@pytest.mark.parametrize(
    ("page", "names"),
    [("tasks", [*TASKS, *BLINDSPOTS]), ("measures", list(MEANINGS)), ("studies", list(bundled_studies()))],
)
def test_every_record_is_there(page: str, names: list[str]) -> None:
    text = PAGES[f"reference/{page}.md"].write()
    assert names
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("record", [*TASKS.values(), *BLINDSPOTS.values()], ids=lambda record: record.name)
def test_a_record_has_its_licence_and_citation(record: Any) -> None:
    text = PAGES["reference/tasks.md"].write()
    assert record.licence in text
    assert record.citation in text


@pytest.mark.parametrize("name", ["results", "audit", "score", "compare"])
def test_every_key_of_json_is_there_with_its_meaning(name: str) -> None:
    schema = shipped(name)
    text = PAGES[f"reference/{name}.md"].write()
    parts = [schema, *schema["$defs"].values()]
    assert len(parts) >= 5
    for part in parts:
        assert part["description"] in text
        for key, value in part["properties"].items():
            rows = [line for line in text.splitlines() if line.startswith(f"| `{key}` | ")]
            told = value.get("description", "")
            assert any(html.unescape(row).endswith(f"{told} |") for row in rows), (name, key)
            assert not any(row.endswith("|  |") for row in rows), (name, key)


def test_every_column_of_a_table_is_there_in_the_section_of_its_file() -> None:
    text = PAGES["reference/results.md"].write()
    assert len(FILES) >= 10
    for file, (_, columns) in FILES.items():
        section = text.partition(f"## `{file}`\n")[2].partition("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \| \S", section, re.MULTILINE) == list(columns)


def test_the_source_that_a_page_names_is_there() -> None:
    assert len(PAGES) >= 6
    assert [page.source for page in PAGES.values() if not (ROOT / page.source).exists()] == []


def test_no_page_is_kept_beside_the_code_that_writes_it() -> None:
    assert not (ROOT / "docs" / "reference").exists()


def test_every_public_name_of_python_is_there_with_its_arguments() -> None:
    page = PAGES["reference/python.md"].write()
    sections = {part.partition("\n")[0].strip("`"): part for part in page.split("\n## ")[1:]}
    assert sections.keys() == {f"scotoma.{name}" for name in scotoma.__all__ if name != "__version__"}
    for name in ("audit", "score", "compare"):
        for argument in inspect.signature(getattr(scotoma, name)).parameters:
            assert f"| `{argument}` |" in sections[f"scotoma.{name}"], (name, argument)
    for method in ("read", "plan", "run", "results", "report"):
        assert f"### `Study.{method}`" in sections["scotoma.Study"]
    assert ">>> import scotoma" in sections["scotoma.compare"]
