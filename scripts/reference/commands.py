"""The command line: every command, argument and option, from the commands themselves."""

import re
from collections.abc import Iterator
from typing import Any

import typer
from rich.text import Text

from reference.tables import code, plain, table
from scotoma.cli.app import app

_INTRODUCTION = """# Command line

Written from the commands themselves; `scotoma COMMAND --help` says the same. A command ends with 0 when it is
done, with 2 after a mistake, which it names (no traceback), and with 75 when it was interrupted and the same
command continues. Results go to standard output, progress to standard error.
"""
#: Click ends an option's help with "  [default: 1; x>=1]".
_EXTRAS = re.compile(r"(?:^|  )\[([^\[\]]*)\]$")


def page() -> str:
    """Every command that is not hidden, in the order of `scotoma --help`."""
    command = typer.main.get_command(app)
    return "\n\n".join([_INTRODUCTION.rstrip(), *_sections(command, "scotoma", None)]) + "\n"


# Typer brings its own Click, whose classes have no public name.
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
    """Each argument and option but --help: how it is written, its default or that it is due, what it is."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None or parameter.name == "help":
            continue
        written, said = record
        extras = _EXTRAS.search(said)
        meaning = plain(Text.from_markup(said[: extras.start()] if extras else said).plain)
        yield code(written), *_with_notes(meaning, extras[1].split("; ") if extras else [])


def _with_notes(meaning: str, notes: list[str]) -> tuple[str, str]:
    """The default, or that it is due; the meaning, with whatever else Click notes."""
    defaults = [note.removeprefix("default: ") for note in notes if note.startswith("default: ")]
    others = [note for note in notes if note != "required" and not note.startswith("default: ")]
    due = ["*due*"] if "required" in notes else [code(default) for default in defaults]
    return "".join(due), f"{meaning} ({plain('; '.join(others))})" if others else meaning


def _help(text: str) -> str:
    """Help in paragraphs, without Rich's markup."""
    return "\n\n".join(plain(Text.from_markup(paragraph).plain) for paragraph in text.split("\n\n"))
