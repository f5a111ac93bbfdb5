"""Patterns of the user's own, within limits: of a pattern's compilation, and of each search.

A counted repetition is written out as often as it says, so a short pattern of nested counts can fill the
memory. One that repeats what already repeats can take time exponential in a text's length. A
study file may be a stranger's, so both are refused in time.
"""

import functools
import re
import signal
import subprocess
import sys
import warnings
from collections.abc import Callable

import regex

from scotoma.basics.errors import ScotomaError, shown

#: Seconds for a search in one text.
_SEARCH = 1.0

#: Seconds of a processor, and bytes, for a compilation.
_COMPILATION, _MEMORY = 5, 1 << 29

#: Characters of a pattern that is compiled at once where it has no count: .2 s at the most.
_SMALL = 200

#: Exit code of the process that tries a pattern, if memory ran out.
_TOO_LARGE = 3

#: Whether it is a pattern at all is found out here again, in words.
_TRIAL = f"""
import re, regex, resource, sys
def limit(what, most):
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
limit(resource.RLIMIT_CPU, int(sys.argv[1]))
limit(resource.RLIMIT_AS, int(sys.argv[2]))
limit(resource.RLIMIT_CORE, 0)
pattern = sys.stdin.buffer.read().decode("utf8", "surrogatepass")
try:
    re.compile(pattern)
    regex.compile(pattern, regex.IGNORECASE)
except MemoryError:
    sys.exit({_TOO_LARGE})
except (re.error, regex.error, RecursionError, OverflowError):
    pass
"""


def matches(pattern: str, where: str) -> Callable[[str], bool]:
    """Whether the pattern is found in a text, whatever the case; TimeoutError after a second in one text.

    Raises:
        ScotomaError: it is no regular expression, or takes too long or too much memory to compile.
    """
    try:
        compiled = _compiled(pattern)
    except (re.error, regex.error, RecursionError, OverflowError, Warning) as error:
        raise ScotomaError(
            f"{shown(pattern)} is not a regular expression: {error}",
            where=where,
            remedy="Python's `re` has the syntax.",
        ) from error
    except _TooLargeError as error:
        raise ScotomaError(
            f"{shown(pattern)} takes more than {_COMPILATION} seconds or {_MEMORY >> 20} MiB to compile",
            where=where,
            remedy="Repeat less by count: {50} inside {50} is written out 2,500 times.",
        ) from error
    return lambda text: compiled.search(text, timeout=_SEARCH) is not None


class _TooLargeError(Exception):
    """A pattern that reached a limit while it was compiled."""


@functools.lru_cache(maxsize=64)
def _compiled(pattern: str) -> "regex.Pattern[str]":
    if "{" in pattern or len(pattern) > _SMALL:
        _try_apart(pattern)
    with warnings.catch_warnings():
        # Python warns of syntax whose meaning will change.
        warnings.simplefilter("error")
        re.compile(pattern)
    # The syntax is that of `re`, which has no time limit.
    return regex.compile(pattern, regex.IGNORECASE)


def _try_apart(pattern: str) -> None:
    """Compiles a pattern in a process of its own, which may fail: neither library can be interrupted."""
    # -P: no module of the current folder is imported in place of a library.
    command = [sys.executable, "-P", "-W", "ignore", "-c", _TRIAL, str(_COMPILATION), str(_MEMORY)]
    ended = subprocess.run(command, input=pattern.encode("utf8", "surrogatepass"), stderr=subprocess.PIPE)
    if ended.returncode in (_TOO_LARGE, -signal.SIGXCPU, -signal.SIGKILL, -signal.SIGSEGV):
        raise _TooLargeError
    ended.check_returncode()
