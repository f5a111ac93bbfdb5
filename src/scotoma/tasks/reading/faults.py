"""Collects the faults of a file's rows, so that they are reported together."""

from collections.abc import Sequence
from typing import NoReturn

from scotoma.basics.errors import ScotomaError

_N_SHOWN = 5
#: Most characters of a fault or a remedy: what they quote may be as long as the file.
_LONGEST = 500


class Faults:
    """Counts faults and keeps the first few, by line.

    Args:
        source: The file's path, or the data set's name.
        unit: What the numbers count: "line", or "row" where there are no lines.

    Attributes:
        notes: What a reader must know of how the source was read, in sentences.
        hint: What may be the reason where the source cannot be read, in a sentence.
    """

    def __init__(self, source: str, unit: str = "line") -> None:
        self.source, self.unit = source, unit
        self.n = 0
        self.notes: list[str] = []
        self.hint = ""
        self._shown: list[tuple[int, str]] = []
        self._remedies: list[str] = []

    def add(self, number: int, what: str, remedy: str) -> None:
        """Notes that this line or row is wrong in one way."""
        self.n += 1
        what, remedy = what[:_LONGEST], remedy[:_LONGEST]
        self._shown = sorted([*self._shown, (number, what)], key=lambda shown: shown[0])[:_N_SHOWN]
        # A remedy may quote its row, so 100,000 rows may have as many remedies.
        if len(self._remedies) < _N_SHOWN and remedy not in self._remedies:
            self._remedies.append(remedy)

    def raise_if_any(self) -> None:
        """Does nothing if all is well.

        Raises:
            ScotomaError: names the first few faults, how many there are, and what to do.
        """
        if not self.n:
            return
        first, what = self._shown[0]
        if self.n > 1:
            listed = "; ".join(f"{self.unit} {number}: {fault}" for number, fault in self._shown)
            more = f"; and {self.n - len(self._shown)} more" if self.n > len(self._shown) else ""
            what = f"{self.n} faults: {listed}{more}"
        where = f"{self.source}:{first}" if self.unit == "line" else f"{self.source}, {self.unit} {first}"
        raise ScotomaError(what, where=where, remedy=self._hinted(" ".join(self._remedies)))

    def check_header(self, names: Sequence[str]) -> None:
        """Refuses columns of the same name.

        Raises:
            ScotomaError: two columns have one name.
        """
        if len(set(names)) < len(names):
            self.fail("the header names a column twice", "Give every column a name of its own.")

    def fail(self, what: str, remedy: str) -> NoReturn:
        """Gives up on the whole file, for the faults found so far if there are any.

        Raises:
            ScotomaError: always.
        """
        self.raise_if_any()
        raise ScotomaError(what[:_LONGEST], where=self.source, remedy=self._hinted(remedy[:_LONGEST]))

    def _hinted(self, remedy: str) -> str:
        return f"{remedy} {self.hint}".strip()
