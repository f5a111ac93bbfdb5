"""The variety of a table's texts, and of a reference's at equal size.

Every measure of variety falls as a text grows longer, so two tables are only compared at equal
numbers of rows: of the larger one those rows are taken whose texts have the smallest hashes, which
depends on neither order nor chance.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import repeat

import numpy as np
import polars as pl
from numpy.typing import NDArray

from scotoma.audits.texts import Ints, Texts, chunks, different
from scotoma.basics.progress import Progress, no_progress


@dataclass(frozen=True, slots=True)
class Variety:
    """How varied the texts of one column are.

    Attributes:
        n: Number of texts.
        mean_words: Mean number of words in a text.
        types: Number of different words.
        distinct_1: Different words over all words; None without words.
        distinct_2: Different pairs of neighbours over all pairs; None without pairs.
        distinct_texts: Different texts (up to case, spacing and look-alikes) over all texts.
        compression_ratio: Bytes of all texts, copies side by side, over their bytes after zlib (level 6):
            more is more repetitive.

    Source: Li et al. 2016 (distinct-n); Shaib et al. 2024 (compression ratio, in the file's order there).
    """

    n: int
    mean_words: float
    types: int
    distinct_1: float | None
    distinct_2: float | None
    distinct_texts: float
    compression_ratio: float


@dataclass(frozen=True, slots=True)
class Both:
    """The variety of one text in the data and in the reference, at the same number of rows.

    Attributes:
        data: Variety in the data.
        reference: Variety in the reference.
    """

    data: Variety
    reference: Variety


@dataclass(frozen=True, slots=True)
class AtEqualSize:
    """The data and the reference, at the same number of rows.

    Attributes:
        n: Rows taken from each: the number that the smaller one has.
        fields: Variety of each text in the data and in the reference, by field.
    """

    n: int
    fields: Mapping[str, Both]


@dataclass(frozen=True, slots=True)
class Diversity:
    """How varied the texts are.

    Attributes:
        fields: Variety of each text over all rows, by field.
        at_equal_size: The data next to the reference, at the same number of rows; None without one.
    """

    fields: Mapping[str, Variety]
    at_equal_size: AtEqualSize | None


def diversity(texts: Texts, reference: Texts | None, progress: Progress = no_progress) -> Diversity:
    """Variety of every field; with a reference, of both at equal numbers of rows too.

    Args:
        texts: Of the data.
        reference: Of the reference; None without one.
        progress: Called with (texts done, texts in all).
    """
    by_field, at_equal_size = {}, {}
    n_texts = len(texts.fields) * texts.given.height
    for index, field in enumerate(texts.fields):
        together, separate = hash_orders(texts.given[field])

        def tell(done: int, of: int, before: int = index * texts.given.height) -> None:
            progress(before + done, n_texts)

        by_field[field] = variety(texts, field, together, tell)
        if reference is not None:
            n = min(separate.size, reference.given.height)
            of_data = (
                by_field[field] if n == separate.size else variety(texts, field, first(n, together, separate))
            )
            at_equal_size[field] = Both(
                of_data, variety(reference, field, first(n, *hash_orders(reference.given[field])))
            )
    return Diversity(by_field, AtEqualSize(n, at_equal_size) if reference is not None else None)


def variety(texts: Texts, field: str, rows: Ints, progress: Progress = no_progress) -> Variety:
    """The measures of these rows of a column; compression depends on their order, so give a settled one."""
    words = texts.words[field]
    if rows.size < words.n:
        words = words.of(rows)
    n_words, size = words.numbers.size, len(texts.vocabulary)
    n_types = int(np.count_nonzero(words.times(size)))
    n_pairs = n_different = 0
    for at, codes in words.neighbours(size):
        n_pairs, n_different = n_pairs + at.size, n_different + different(codes).size
    return Variety(
        n=rows.size,
        mean_words=n_words / rows.size,
        types=n_types,
        distinct_1=n_types / n_words if n_words else None,
        distinct_2=n_different / n_pairs if n_pairs else None,
        distinct_texts=different(texts.exact[field][rows]).size / rows.size,
        compression_ratio=_compression(texts.given[field], rows, progress),
    )


def hash_orders(texts: pl.Series) -> tuple[Ints, Ints]:
    """Rows by the hash of their texts: with copies side by side, and with each copy hashed for itself.

    zlib looks back over 32 kB: it sees a copy that stands beside its text, and none elsewhere in a large
    table. Of the other order a first part need not take all copies of a text, so a cut is made by it.
    """
    halves = _digests(texts, 1)
    together: Ints = np.lexsort((halves[:, 1], halves[:, 0]))
    same = (halves[together[1:]] == halves[together[:-1]]).all(axis=1)
    if not same.any():
        return together, together
    # Copies stand in the order of rows: from the second on they are hashed by their number.
    heads = np.append(-1, np.flatnonzero(~same)) + 1
    repeats = np.flatnonzero(np.append(False, same))
    copies, number = together[repeats], repeats - heads[np.searchsorted(heads, repeats, side="right") - 1] + 1
    halves[copies] = _digests(texts[copies], number)
    return together, np.lexsort((halves[:, 1], halves[:, 0]))


def first(n: int, together: Ints, separate: Ints) -> Ints:
    """The first n of the rows as they are drawn, copies side by side: `hash_orders` of a column."""
    taken = np.zeros(separate.size, bool)
    taken[separate[:n]] = True
    return together[taken[together]]


def _digests(texts: pl.Series, number: int | Ints) -> NDArray[np.uint64]:
    """128 bits for each text and which copy of it this is, shape (texts, 2)."""
    digests = bytearray()
    numbers = repeat(number) if isinstance(number, int) else number.tolist()
    for text, copy in zip(texts, numbers, strict=False):
        digests += hashlib.blake2b(f"{copy}\t{text}".encode(), digest_size=16).digest()
    return np.frombuffer(digests, dtype=">u8").reshape(-1, 2).astype(np.uint64)


def _compression(texts: pl.Series, rows: Ints, progress: Progress) -> float:
    """Bytes of these texts, one a line, over their bytes after compression."""
    packer, n_bytes, n_packed = zlib.compressobj(6), 0, 0
    for start, stop in chunks(rows.size):
        raw = "\n".join(texts[rows[start:stop]]).encode()
        raw += b"\n" if stop < rows.size else b""
        n_bytes, n_packed = n_bytes + len(raw), n_packed + len(packer.compress(raw))
        progress(stop, rows.size)
    return n_bytes / (n_packed + len(packer.flush()))
