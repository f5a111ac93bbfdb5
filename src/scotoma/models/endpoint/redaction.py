"""A key taken out of what a server says: of its answers, which are kept, and of what is shown of the rest."""

import string

_BLOT = "[key]"

#: Characters of a part of the key. Answers are results, so what they repeat by chance stays; of an error's
#: words a few too many may go, as of `sk-ab****yz12`.
_KEPT, _SHOWN = 8, 4

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Redactor:
    """Puts `[key]` in place of a key and of its parts, in capitals or not.

    Args:
        key: The key; empty where there is none.
    """

    def __init__(self, key: str) -> None:
        self._key = key.translate(_SMALL)

    def redact_answer(self, text: str) -> str:
        """An answer's text, without parts of eight characters or more; a shorter key is a placeholder."""
        return self._redacted(text, _KEPT)

    def redact_message(self, text: str) -> str:
        """Words to be shown, without parts of four characters or more; a shorter key goes whole."""
        return self._redacted(text, min(_SHOWN, len(self._key)))

    def _redacted(self, text: str, n: int) -> str:
        small, pieces, end = text.translate(_SMALL), [], 0
        for start, stop in self._spans_of_key(small, n):
            pieces += [text[end:start], _BLOT]
            end = stop
        return "".join([*pieces, text[end:]])

    def _spans_of_key(self, text: str, n: int) -> list[tuple[int, int]]:
        """Where runs of the key stand, of n characters or more; in order and apart."""
        if not n:
            return []
        parts = {self._key[at : at + n] for at in range(len(self._key) - n + 1)}
        spans: list[tuple[int, int]] = []
        for start in sorted(at for part in parts for at in _places(text, part)):
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], start + n)
            else:
                spans.append((start, start + n))
        return spans


def _places(text: str, part: str) -> list[int]:
    positions, at = [], text.find(part)
    while at >= 0:
        positions.append(at)
        at = text.find(part, at + 1)
    return positions
