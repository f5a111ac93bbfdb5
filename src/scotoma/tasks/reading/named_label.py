"""Which label a model says in its own words."""

import re
from collections.abc import Sequence

#: What may separate the words of a label, and what negates one: `not an entailment`, `isn't neutral`.
_BETWEEN = re.compile(r"[\s_-]+")
_DENIED = r"(?:\b(?:not?|non)|n't)[\s-]+(?:an?\s+)?"


def named_label(text: str, labels: Sequence[str]) -> str | None:
    """The label that the last line of an answer names; None if it names none or several, or negates one.

    Case does not matter, nor whether `_`, `-` or blanks join a label's words. A label that is a part of
    another, as `duplicate` of `not_duplicate`, is not read where the longer one stands.

    Args:
        text: The whole answer; reasons may stand in the lines before.
        labels: The task's.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    rest, labels_named = lines[-1] if lines else "", set()
    for label in sorted(labels, key=len, reverse=True):
        words = _BETWEEN.pattern.join(re.escape(word) for word in _BETWEEN.split(label) if word)
        pattern = re.compile(rf"({_DENIED})?(?<!\w){words}(?!\w)", re.IGNORECASE)
        for hit in pattern.finditer(rest):
            labels_named.add(None if hit.group(1) else label)
        rest = pattern.sub(" ", rest)
    return labels_named.pop() if len(labels_named) == 1 else None
