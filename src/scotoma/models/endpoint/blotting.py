"""A key taken out of what a server says: of its answers, which are kept, and of what is shown of the rest."""

import string

_BLOT = "[key]"

#: Characters of a part of the key. Answers are results, so what they repeat by chance stays; of an error's
#: words a few too many may go, as of `sk-ab****yz12`.
_KEPT, _SHOWN = 8, 4

_SMALL = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


class Blotter:
    """Puts `[key]` in place of a key and of its parts, in capitals or not.

    Args:
        key: The key; empty where there is none.
    """

    def __init__(self, key: str) -> None:
        self._key = key.translate(_SMALL)

    def kept(self, text: str) -> str:
        """An answer's text, without parts of eight characters or more; a shorter key is a placeholder."""
        return self._blotted(text, _KEPT)

    def shown(self, text: str) -> str:
        """Words to be shown, without parts of four characters or more; a shorter key goes whole."""
        return self._blotted(text, min(_SHOWN, len(self._key)))

    def _blotted(self, text: str, n: int) -> str:
        small, pieces, end = text.translate(_SMALL), [], 0
        for start, stop in self._found(small, n):
            pieces += [text[end:start], _BLOT]
            end = stop
        return "".join([*pieces, text[end:]])

    def _found(self, text: str, n: int) -> list[tuple[int, int]]:
        """Where runs of the key stand, of n characters or more; in order and apart."""
        if not n:
            return []
        parts = {self._key[at : at + n] for at in range(len(self._key) - n + 1)}
        found: list[tuple[int, int]] = []
        for start in sorted(at for part in parts for at in _places(text, part)):
            if found and start < found[-1][1]:
                found[-1] = (found[-1][0], start + n)
            else:
                found.append((start, start + n))
        return found


def _places(text: str, part: str) -> list[int]:
    found, at = [], text.find(part)
    while at >= 0:
        found.append(at)
        at = text.find(part, at + 1)
    return found
