"""Bare texts, words joined by single spaces, numbered in lexicographic order.

Texts are compared without being written out: no character of a word sorts before a space, so the order of
texts is that of their words. Characters are produced for some texts at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from scotoma.audits.texts import Hashes, Ints, Numbers, Texts, Words, different, numbered, runs, starts_of
from scotoma.tasks.reading.same_row import folded

_SPACE = ord(" ")


@dataclass(frozen=True, eq=False)
class Bare:
    """The distinct bare texts of all fields, in order.

    Attributes:
        numbers: Number of each row's text among them, by field, shape (rows,).
        units: All words in order, and among them each text that has no word.
    """

    numbers: Mapping[str, Numbers]
    units: Sequence[str]
    _texts: "_TextUnits"
    _codes: Hashes
    _starts: Ints

    @classmethod
    def of(cls, texts: Texts) -> "Bare":
        """Puts the bare texts of a table in order."""
        places, firsts = numbered(np.concatenate([texts.bare[field] for field in texts.fields]))
        texts_as_units, units = _text_units(texts, firsts)
        order = _in_order(texts_as_units, len(units))
        rank = np.empty(order.size, dtype=np.int32)
        rank[order] = np.arange(order.size, dtype=np.int32)
        by_field = np.split(rank[places], len(texts.fields))
        encoded = "".join(f"{unit} " for unit in units).encode("utf-32-le", "surrogatepass")
        return cls(
            dict(zip(texts.fields, by_field, strict=True)),
            units,
            texts_as_units.of(order),
            np.frombuffer(encoded, dtype=np.uint32).astype(np.uint64),
            starts_of(np.array([len(unit) + 1 for unit in units], dtype=np.int64)),
        )

    def text(self, number: int) -> str:
        """The text of a number."""
        words = self._texts.words(np.array([number], dtype=np.int32))
        return " ".join(self.units[unit] for unit in words.numbers.tolist())

    def characters(self, numbers: Numbers, least: int) -> tuple[Hashes, Ints]:
        """The code points of these texts, a space after each, and where each begins and the last ends.

        Args:
            numbers: Numbers of the texts.
            least: A text of fewer characters is filled up with spaces.
        """
        words = self._texts.words(numbers)
        begins = self._starts[words.numbers]
        places, ends = runs(begins, self._starts[words.numbers + 1] - begins)
        codes, starts = self._codes[places], ends[words.starts]
        missing = np.maximum(least + 1 - np.diff(starts), 0)
        if missing.any():
            codes = np.insert(codes, np.repeat(starts[1:], missing), np.uint64(_SPACE))
            starts = starts + starts_of(missing)
        return codes, starts


@dataclass(frozen=True, eq=False)
class _TextUnits:
    """Texts as the numbers of their units.

    Attributes:
        by_field: Words of every text of a table, by field.
        unit: Unit of each word; None where all units are words.
        places: Where each text stands among those of the fields one after another.
        wordless: Places of those that have no word, in order.
        whole: Unit of each of these.
    """

    by_field: tuple[Words, ...]
    unit: Numbers | None
    places: Ints
    wordless: Ints
    whole: Numbers

    def of(self, order: Ints) -> "_TextUnits":
        """The texts in another order."""
        return _TextUnits(self.by_field, self.unit, self.places[order], self.wordless, self.whole)

    def words(self, numbers: Numbers) -> Words:
        """The units of these texts."""
        fields, rows = np.divmod(self.places[numbers], self.by_field[0].n)
        parts = [np.flatnonzero(fields == field) for field in range(len(self.by_field))]
        of_fields = [words.of(rows[at]) for words, at in zip(self.by_field, parts, strict=True)]
        if max(at.size for at in parts) == numbers.size:
            ordered = max(of_fields, key=lambda words: words.n)
        else:
            both = starts_of(np.concatenate([words.counts for words in of_fields]))
            stacked = Words(np.concatenate([words.numbers for words in of_fields]), both)
            ordered = stacked.of(np.argsort(np.concatenate(parts)))
        return ordered if self.unit is None else self._with_whole(ordered, numbers)

    def word(self, numbers: Ints, depth: int) -> Ints:
        """From 1, the unit at this place of each text; 0 where it has ended."""
        fields, rows = np.divmod(self.places[numbers], self.by_field[0].n)
        units = np.zeros(numbers.size, dtype=np.int64)
        for field, words in enumerate(self.by_field):
            at = np.flatnonzero(fields == field)
            positions = words.starts[rows[at]] + depth
            goes_on = positions < words.starts[rows[at] + 1]
            number = words.numbers[positions[goes_on]]
            units[at[goes_on]] = 1 + (number if self.unit is None else self.unit[number])
        if depth == 0 and self.unit is not None:
            empty = np.flatnonzero(units == 0)
            units[empty] = 1 + self._whole(numbers[empty])
        return units

    def _with_whole(self, words: Words, numbers: Numbers) -> Words:
        counts = words.counts
        empty = np.flatnonzero(counts == 0)
        counts[empty] = 1
        units = self.unit[words.numbers] if self.unit is not None else words.numbers
        units = np.insert(units, words.starts[empty], self._whole(numbers[empty]))
        return Words(units, starts_of(counts))

    def _whole(self, numbers: Numbers | Ints) -> Numbers:
        return self.whole[np.searchsorted(self.wordless, self.places[numbers])]


def _text_units(texts: Texts, places: Ints) -> tuple[_TextUnits, Sequence[str]]:
    """The texts at these places as units, and these."""
    by_field = tuple(texts.words[field] for field in texts.fields)
    empty = np.concatenate([words.starts[1:] == words.starts[:-1] for words in by_field])
    wordless = np.sort(places[empty[places]])
    if not wordless.size:
        none = np.zeros(0, dtype=np.int32)
        return _TextUnits(by_field, None, places, wordless, none), texts.vocabulary
    where = [divmod(position, texts.given.height) for position in wordless.tolist()]
    whole_texts = [folded(texts.given[texts.fields[field]][row]) for field, row in where]
    units = sorted({*texts.vocabulary, *whole_texts})
    at = {unit: position for position, unit in enumerate(units)}
    unit, whole = (
        np.array([at[one] for one in names], dtype=np.int32) for names in (texts.vocabulary, whole_texts)
    )
    return _TextUnits(by_field, unit, places, wordless, whole), units


def _in_order(texts: _TextUnits, n_units: int) -> Ints:
    """The texts in order: first by their first units, then those that share them by the next, and so on."""
    order = np.arange(texts.places.size)
    # Places of texts that share all units so far with a neighbour, and a number for those that share them.
    unsorted, tie, depth = order.copy(), np.zeros(order.size, dtype=np.int64), 0
    while unsorted.size:
        largest = int(tie[-1]) + 1
        while largest * (n_units + 1) < 1 << 62:
            tie = tie * (n_units + 1) + texts.word(order[unsorted], depth)
            largest *= n_units + 1
            depth += 1
        turn = np.argsort(tie, kind="stable")
        order[unsorted], tie = order[unsorted][turn], tie[turn]
        tie = np.cumsum(np.append(True, tie[1:] != tie[:-1])) - 1
        shared = (np.bincount(tie) > 1)[tie]
        unsorted, tie = unsorted[shared], tie[shared]
        tie = np.searchsorted(different(tie), tie)
    return order
