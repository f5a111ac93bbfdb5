"""Predicates of the user's own: a regular expression, words, a file of words, or a function.

A study file has them as mappings (`heuristic.py` beside this one); on a command line they are written
`NAME=KIND:VALUE`, or `NAME@FIELD=KIND:VALUE` to read another field than the last:

    hedged=regex:\\b(may|might|perhaps)\\b     the pattern is found, whatever the case
    sport=words:ball,goal,referee             one of the words stands in the text
    names=wordfile:names.txt                  the same, one word a line
    mine=code:my_rules:is_odd                 my_rules.is_odd(premise, hypothesis) is True

**`code:` runs the user's code**: the module is imported, from the current folder too, and the
function called on every row. Nothing of the kind happens unless it is asked for by name, and
nothing in a data file can ask for it. A study's code is held to more: see
`scotoma.blindspots.predicates.own_code`.

A pattern has limits, of its compilation and of each search: see `scotoma.blindspots.predicates.patterns`.
"""

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from scotoma.basics.errors import ScotomaError, nearest, shown
from scotoma.blindspots.predicates.overlap import words
from scotoma.blindspots.predicates.own_code import loading
from scotoma.blindspots.predicates.patterns import matches
from scotoma.blindspots.predicates.rules import Rule, the

KINDS = ("regex", "words", "wordfile", "code")
_FORM = "Write NAME=KIND:VALUE or NAME@FIELD=KIND:VALUE, such as hedged=regex:perhaps."
_SPEC = re.compile(r"(?P<name>\w[\w.-]*)(?:@(?P<field>[^=]+))?=(?P<kind>\w+):(?P<value>.+)", re.DOTALL)


def read_rules(specs: Iterable[str], fields: Sequence[str]) -> list[Rule]:
    """The rules that the user wrote, in order.

    Args:
        specs: Each `NAME=KIND:VALUE`, see above.
        fields: The task's text fields.

    Raises:
        ScotomaError: one is not of the form, names an unknown kind or field, or does not work.
    """
    return [_read_rule(spec, fields) for spec in specs]


def _read_rule(spec: str, fields: Sequence[str]) -> Rule:
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise _wrong(spec, f"predicate {spec!r} cannot be read", _FORM)
    name, field, kind, value = match.group("name", "field", "kind", "value")
    if kind not in KINDS:
        raise _wrong(spec, f"kind {kind!r} of a predicate is not known", nearest(kind, KINDS))
    if field is not None and field not in fields:
        raise _wrong(spec, f"field {field!r} is not one of the task's", nearest(field, fields))
    if kind == "code":
        if field is not None:
            raise _wrong(
                spec, "a predicate of kind code reads every field", f"Write {name}=code:MODULE:FUNCTION."
            )
        return Rule(name, f"{value} returns True", "all", _function(spec, value))
    text, reads, where = the(field or fields[-1]), field or "last", _where(spec)
    if kind == "regex":
        return Rule(name, f"{text} matches {value}", reads, matches(value, where))
    listed = value.split(",") if kind == "words" else lines(value, where)
    has_one = has_word(listed, where)
    return Rule(name, f"{text} has a word of the list {name}", reads, has_one, needs_words=True)


def has_word(listed: Iterable[str], where: str) -> Callable[[str], bool]:
    """Whether one of the words stands in a text, whatever the case.

    Raises:
        ScotomaError: there are none, or one is not a single word.
    """
    entries = [tuple(words(entry)) for entry in listed if entry.strip()]
    several = [" ".join(entry) for entry in entries if len(entry) != 1]
    if several or not entries:
        what = f"{shown(several[0])} is not one word" if several else "the list of words is empty"
        remedy = "Give single words, without spaces or hyphens; for more use regex."
        raise ScotomaError(what, where=where, remedy=remedy)
    looked_for = {word for (word,) in entries}
    return lambda text: not looked_for.isdisjoint(words(text))


def lines(path: str, where: str) -> list[str]:
    """The lines of a file of words.

    Raises:
        ScotomaError: it cannot be read.
    """
    try:
        return Path(path).read_text(encoding="utf8").splitlines()
    except (OSError, ValueError) as error:  # the second of a byte that is not UTF-8, or a NUL in the name
        raise ScotomaError(
            f"{path} cannot be read: {error}",
            where=where,
            remedy="Name a UTF-8 file with one word a line.",
        ) from error


def _function(spec: str, value: str) -> Callable[..., object]:
    module_name, _, function_name = value.partition(":")
    if not (module_name and function_name):
        raise _wrong(spec, f"{value!r} does not name a function", "Write NAME=code:MODULE:FUNCTION.")
    remedy = "Put it in the current folder or install it, and check that it imports by itself."
    with loading(repr(module_name), Path.cwd(), _where(spec), remedy):
        module = importlib.import_module(module_name)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise _wrong(
            spec,
            f"module {module_name!r} has no function {function_name!r}",
            "Define it there at the top level.",
        )
    result: Callable[..., object] = function
    return result


def _where(spec: str) -> str:
    return f"predicate {shown(spec)}"


def _wrong(spec: str, what: str, remedy: str) -> ScotomaError:
    return ScotomaError(what, where=_where(spec), remedy=remedy)
