"""Which settings of two records differ."""

from collections.abc import Iterator, Mapping
from typing import Any

from scotoma.basics.errors import shown

#: What stands for a setting that one of two records does not have; no other value is told apart from it.
_ABSENT = None


def differences(before: Any, now: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each setting that differs, by its place (`recipe.learning_rate`, `arms[1].n`), before and now.

    A setting that is absent is as one that is null. Lists of different lengths differ as a whole.
    """
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        for name in dict.fromkeys((*before, *now)):
            inner = f"{path}.{name}" if path else str(name)
            yield from differences(before.get(name, _ABSENT), now.get(name, _ABSENT), inner)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for at, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from differences(one, other, f"{path}[{at}]")
    elif before != now:
        yield path, before, now


def changed(path: str, before: Any, now: Any) -> str:
    """`recipe.epochs is 2.0 (was 4.0)`; of what is too long for a line, or a hash, only that it changed."""
    is_hash = "sha256" in path
    if is_hash or any(isinstance(value, Mapping | list) for value in (before, now)):
        return f"{path} changed"
    return f"{path} is {shown(now)} (was {shown(before)})"
