"""What a label in someone's file means: the blind spot's words, the task's, or the user's own."""

from collections.abc import Iterable, Mapping, Sequence

from scotoma.blindspots import BlindSpot
from scotoma.errors import ScotomaError, nearest


class LabelWords:
    """Reads label words as labels of a blind spot or of the task it is for.

    Case, a full stop at the end, and `_` or a space in place of `-` make no difference.

    Args:
        blindspot: Its two labels, and those that its label map merges, are known.
        chosen: The user's word, theirs to ours, such as {"Yes": "entailment"}.

    Raises:
        ScotomaError: `chosen` leads to a label that is not known.
    """

    def __init__(self, blindspot: BlindSpot, chosen: Mapping[str, str]) -> None:
        self.known = tuple(dict.fromkeys((*blindspot.labels, *blindspot.label_map)))
        self._label_map = blindspot.label_map
        self._gold_codes = {_bare(code): label for code, label in _gold_codes(blindspot).items()}
        self._meanings = {_bare(label): label for label in self.known}
        for theirs, ours in chosen.items():
            if ours not in self.known:
                raise ScotomaError(
                    f"{theirs}={ours}: {ours!r} is not a label of blind spot {blindspot.name!r} or its task",
                    where="--labels",
                    remedy=nearest(ours, self.known),
                )
            self._meanings[_bare(theirs)] = ours

    def meaning(self, word: object) -> str | None:
        """The label that a word means; None if it means none."""
        return self._meanings.get(_bare(word))

    def meanings(self, words: Sequence[object]) -> list[str | None]:
        """The label of each word, and None for each that means none."""
        found = {word: self.meaning(word) for word in {str(word) for word in words}}
        return [found[str(word)] for word in words]

    def gold(self, words: Sequence[object]) -> list[str | None]:
        """As `meanings`, but codes mean what they do in the blind spot's own data, whatever was chosen.

        Without codes of its own, 0 and 1 are its labels in order.
        """
        return [
            self._gold_codes.get(_bare(_whole(word)), label)
            for word, label in zip(words, self.meanings(words), strict=True)
        ]

    def codes_chosen_otherwise(self, words: Sequence[object]) -> list[str]:
        """Gold codes among these words that were chosen to mean the other label, each once."""
        codes = sorted({_bare(_whole(word)) for word in words} & self._gold_codes.keys())
        return [
            code
            for code in codes
            if (meant := self.meaning(code)) and self._label_map.get(meant, meant) != self._gold_codes[code]
        ]

    def remedy(self, words: Iterable[object]) -> str:
        """What to do about words that mean no label."""
        first = next((str(word) for word in words if str(word).strip()), "WORD")
        shown = first if len(first) <= 40 else "WORD"
        return f"{nearest(_bare(first), self.known)} Or say what it means: --labels '{shown}=LABEL,...'."


def _gold_codes(blindspot: BlindSpot) -> dict[str, str]:
    if blindspot.source.labels:
        return {
            theirs: blindspot.label_map.get(ours, ours) for theirs, ours in blindspot.source.labels.items()
        }
    return {str(place): label for place, label in enumerate(blindspot.in_order(blindspot.label_map))}


def _whole(word: object) -> str:
    """1.0 as 1: a column of integers with a gap is read as floats."""
    return str(int(word)) if isinstance(word, float) and word.is_integer() else str(word)


def _bare(word: object) -> str:
    return str(word).strip().rstrip(".").strip().casefold().replace("_", "-").replace(" ", "-")
