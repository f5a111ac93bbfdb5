"""The Python API: every public name, from its signature and its docstring."""

import inspect
import re
from collections.abc import Iterator
from typing import Any

import scotoma
from reference.tables import block, code, plain, table

_INTRODUCTION = """# Python

This page is generated from the functions; `help(scotoma.compare)` prints the same. Nothing prints by itself.
An error is a `scotoma.ScotomaError`, which says what is wrong, where, and what to do. `import scotoma` is
quick: the rest is imported when it is first used. [How to use it](../python.md)."""

_SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Example):\n", re.MULTILINE)
_ENTRY = re.compile(r"^    (\w+): ", re.MULTILINE)
_KINDS = {"Args": "argument", "Attributes": "attribute", "Raises": "raises"}
#: Functions first, then the classes that they return.
_ORDER = ("audit", "score", "compare", "Study", "Verdict")


def page() -> str:
    """Every public name."""
    names = [*_ORDER, *sorted(set(scotoma.__all__) - {*_ORDER, "__version__"})]
    return "\n\n".join([_INTRODUCTION, *(part for name in names for part in _named(name))]) + "\n"


def _named(name: str) -> Iterator[str]:
    value = getattr(scotoma, name)
    yield f"## {code(f'scotoma.{name}')}"
    if inspect.isclass(value):
        yield from _documented(value)
        for member, method in sorted(vars(value).items()):
            method = getattr(method, "__func__", method)
            if inspect.isfunction(method) and not member.startswith("_"):
                yield f"### {code(f'{name}.{member}')}"
                yield from _documented(method, f"{name}.{member}")
    else:
        yield from _documented(value, f"scotoma.{name}")


def _documented(value: Any, called: str = "") -> Iterator[str]:
    """The signature of a callable, then the docstring with its sections as tables."""
    parameters = {}
    if called:
        signature = inspect.signature(value)
        parameters = {name: one for name, one in signature.parameters.items() if name not in ("self", "cls")}
        yield block(_signature(called, parameters), "python")
    summary, *sections = _SECTION.split(inspect.getdoc(value) or "")
    yield from map(plain, summary.strip().split("\n\n"))
    for kind, text in zip(sections[::2], sections[1::2], strict=True):
        if kind == "Example":
            yield block(inspect.cleandoc(text), "python")
        elif kind in _KINDS:
            entries = _ENTRY.split(text.rstrip())[1:]
            rows = [
                (code(name), plain(meaning))
                for name, meaning in zip(entries[::2], entries[1::2], strict=True)
            ]
            yield table([_KINDS[kind], ""], rows)


def _signature(called: str, parameters: dict[str, inspect.Parameter]) -> str:
    """Names and defaults without types, which an editor shows."""
    parts, keywords = [], False
    for name, one in parameters.items():
        if one.kind is one.KEYWORD_ONLY and not keywords:
            keywords = True
            parts.append("*")
        parts.append(name if one.default is one.empty else f"{name}={one.default!r}")
    return f"{called}({', '.join(parts)})"
