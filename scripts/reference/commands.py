"""The command line: every command, argument and option, from the commands themselves."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from rich.text import Text

from reference.tables import code, plain, table
from scotoma.cli.app import app

_INTRODUCTION = """# Command line

This page is generated from the commands; `scotoma COMMAND --help` prints the same. A command exits with 0
when it is done, with 2 after an error, which it reports without a traceback, and with 75 if it was
interrupted; the same command then continues. Results go to standard output, progress to standard error.
"""
#: Click ends an option's help with "  [default: 1; x>=1]".
_EXTRAS = re.compile(r"(?:^|  )\[([^\[\]]*)\]$")


def page() -> str:
    """Every command that is not hidden, in the order of `scotoma --help`."""
    command = typer.main.get_command(app)
    return "\n\n".join([_INTRODUCTION.rstrip(), *_sections(command, "scotoma", None)]) + "\n"


# Typer has its own copy of Click, and its classes have no public name.
def _sections(command: Any, name: str, parent: Any) -> Iterator[str]:
    context = command.context_class(command, info_name=name, parent=parent)
    inner = getattr(command, "commands", {})
    if parent is not None:
        yield f"## {code(context.command_path)}"
    yield _help(command.help or "")
    usage = " ".join(piece.strip("{}") for piece in command.collect_usage_pieces(context))
    yield f"```text\n{context.command_path} {usage}\n```"
    rows = list(_parameters(command, context))
    if rows:
        yield table(["option", "default", "meaning"], rows)
    for inner_name, inner_command in inner.items():
        if not inner_command.hidden:
            yield from _sections(inner_command, inner_name, context)


def _parameters(command: Any, context: Any) -> Iterator[tuple[str, str, str]]:
    """Each argument and option except --help: its form, its default or that it is required, its meaning."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or parameter.name == "help":
            continue
        written, description = record
        extras = _EXTRAS.search(description)
        meaning = plain(Text.from_markup(description[: extras.start()] if extras else description).plain)
        yield code(written), *_with_notes(meaning, extras[1].split("; ") if extras else [])


def _with_notes(meaning: str, notes: list[str]) -> tuple[str, str]:
    """The default, or that it is required; the meaning, with Click's other notes."""
    defaults = [note.removeprefix("default: ") for note in notes if note.startswith("default: ")]
    others = [note for note in notes if note != "required" and not note.startswith("default: ")]
    default = ["*required*"] if "required" in notes else [code(text) for text in defaults]
    return "".join(default), f"{meaning} ({plain('; '.join(others))})" if others else meaning


def _help(text: str) -> str:
    """Help in paragraphs, without Rich's markup."""
    return "\n\n".join(plain(Text.from_markup(paragraph).plain) for paragraph in text.split("\n\n"))
