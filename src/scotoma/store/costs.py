"""What a step may cost, and what that is counted from, before it has run."""

from dataclasses import dataclass

import polars as pl

#: Of a character of an example, in a compressed table.
_BYTES_PER_CHARACTER = 0.5


class Unknown(Exception):
    """A number that nothing here tells; the message says which."""


@dataclass(frozen=True)
class Cost:
    """What one step costs.

    Attributes:
        tokens: Tokens that go through the base model.
        flops: Floating-point operations on them.
        size: Bytes that it leaves in the store.
        transient: Bytes of checkpoints while it runs, if that takes longer than some minutes.
    """

    tokens: float = 0.0
    flops: float = 0.0
    size: float = 0.0
    transient: float = 0.0


@dataclass(frozen=True)
class Rows:
    """How many rows a step will leave, and some of them.

    Attributes:
        n: How many.
        source: Origin of the texts, as in `Source`.
        sample: A few of them.
    """

    n: int
    source: str
    sample: pl.DataFrame

    @property
    def characters(self) -> float:
        """Mean characters of a row's texts and labels."""
        text = self.sample.select(pl.concat_str(pl.all().fill_null("")).str.len_chars().mean())
        return float(text.item() or 0.0)

    @property
    def size(self) -> float:
        """Bytes of all rows as a compressed table."""
        return size_of_texts(self.n, self.characters)


def size_of_texts(n: int, characters: float) -> float:
    """Bytes of a compressed table.

    Args:
        n: Number of rows.
        characters: Mean characters of a row.
    """
    return _BYTES_PER_CHARACTER * n * characters
