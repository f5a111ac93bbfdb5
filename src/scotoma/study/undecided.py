"""What a person must still decide in a study file: the value `DECIDE`, which `scotoma init` writes."""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted

#: Stands for a value that has yet to be chosen. In quotes it is a text like any other.
DECIDE = "DECIDE"


@dataclass(frozen=True)
class Undecided:
    """A value that is still to be decided.

    Attributes:
        line: Line of the file, from 1.
        setting: Place in the file, such as `claims[0].margin`.
        what: What to decide, from the comment on its line; empty where there is none.
    """

    line: int
    setting: str
    what: str

    def __str__(self) -> str:
        return f"line {self.line}, {self.setting}{': ' if self.what else ''}{self.what}"


def undecided(root: yaml.Node | None) -> list[Undecided]:
    """Every value of a study file that is still to be decided, in the order of the file.

    Args:
        root: The document's tree; None for an empty file.
    """
    if root is None:
        return []
    lines = (root.start_mark.buffer or "").split("\n")
    by_line: dict[int, Undecided] = {}
    for name, node in _scalars("", root):
        if node.value == DECIDE and node.style is None and id(node) not in by_line:
            what = _comment(lines, node.end_mark)
            by_line[id(node)] = Undecided(node.start_mark.line + 1, name, what)
    return list(by_line.values())


def refuse_undecided(root: yaml.Node | None, name: str) -> None:
    """Does nothing if everything is decided.

    Args:
        root: The document's tree.
        name: Name of the file in the message.

    Raises:
        ScotomaError: names every line that is still to be decided.
    """
    if open_values := undecided(root):
        listed = "".join(f"  {one}\n" for one in open_values)
        verb = "is" if len(open_values) == 1 else "are"
        raise ScotomaError(
            f"{counted(len(open_values), 'value')} in {name} {verb} still to be decided:\n{listed}",
            remedy=f"Put a value of your own in place of each {DECIDE}.",
        )


def _scalars(name: str, node: yaml.Node) -> Iterator[tuple[str, yaml.ScalarNode]]:
    """Every single value with its place; of a value that is referred to, each place."""
    if isinstance(node, yaml.ScalarNode):
        yield name, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _scalars(f"{name}.{key.value}".lstrip("."), value)
    else:
        for at, value in enumerate(node.value):
            yield from _scalars(f"{name}[{at}]", value)


def _comment(lines: list[str], end: yaml.Mark) -> str:
    """The comment that follows a value on its line."""
    return lines[end.line][end.column :].partition("# ")[2].strip(" \0")
