"""Messages name the command line's options; to a caller in Python they name the arguments instead."""

import re
from collections.abc import Callable
from functools import wraps
from inspect import unwrap
from typing import ParamSpec, TypeVar, cast

from scotoma.basics.errors import ScotomaError

P = ParamSpec("P")
T = TypeVar("T")

#: Options whose argument has another name: most because it takes several values.
_ARGUMENTS = {
    "cell": "cells",
    "predicate": "predicates",
    "processes-per-training": "together",
    "test": "tests",
}
_FLAGS = ("partial", "remake", "traits")
_OPTIONS = (
    *_ARGUMENTS,
    *_FLAGS,
    "alpha",
    "blindspot",
    "columns",
    "device",
    "filter",
    "gold-labels",
    "labels",
    "looks",
    "margin",
    "max-drop",
    "measure",
    "model",
    "model-labels",
    "n",
    "other-labels",
    "out",
    "parameters",
    "power",
    "precision",
    "prompt",
    "reference",
    "replicates",
    "scorer",
    "sd",
    "seed",
    "store",
    "task",
    "track",
    "words",
    "workers",
)
_OPTION = re.compile(
    rf"(?<![\w-])--(?P<name>{'|'.join(sorted(_OPTIONS, key=len, reverse=True))})(?![\w-])"
    r"(?: (?P<pairs>'[^'`]+=[^'`]+'|[^\s=,`']+=[^\s,`]+?(?:,[^\s=,`]+=[^\s,`]+?)*)(?=[.;]?(?:\s|$|`)))?"
)
_QUOTED = re.compile(r"`(--[a-z-]+) ([\w/.:-]+)`")


def in_python(function: Callable[P, T]) -> Callable[P, T]:
    """The function, whose errors name its arguments and not the options of a command."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except ScotomaError as error:
            translated = ScotomaError(
                arguments(error.what),
                where=arguments(error.where).replace("BEFORE and AFTER", "before and after"),
                remedy=arguments(error.remedy),
            )
            raise translated.with_traceback(error.__traceback__) from None

    return call


def in_shell(function: Callable[P, T]) -> Callable[P, T]:
    """The function as it was before `in_python`: for the commands, whose users know options."""
    return cast(Callable[P, T], unwrap(function))


def arguments(text: str) -> str:
    """A text with arguments for options: `partial=True` for `--partial`, a mapping for `--labels 0=a,1=b`."""
    text = text.replace("--json", "`record()`")
    text = _QUOTED.sub(lambda found: f"`{_name(found[1][2:])}={found[2]!r}`", text)
    return _OPTION.sub(_argument, text)


def _name(option: str) -> str:
    return _ARGUMENTS.get(option, option.replace("-", "_"))


def _argument(match: re.Match[str]) -> str:
    name = _name(match["name"])
    if match["name"] in _FLAGS:
        return f"{name}=True"
    if match["pairs"]:
        pairs = dict(pair.split("=", 1) for pair in match["pairs"].strip("'").split(","))
        return f"{name}={pairs}"
    return name
