"""How varied the texts of a table are, and how varied beside a reference of the same size.

Every measure of variety falls as a text grows longer, so two tables are only compared at equal
numbers of rows: of the larger one those rows are taken whose texts have the smallest hashes, which
depends on neither order nor chance.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from scotoma.blindspots.predicates.overlap import words


@dataclass(frozen=True, slots=True)
class Variety:
    """How varied the texts of one column are.

    Attributes:
        n: Number of texts.
        mean_words: Mean number of words in a text.
        types: Number of different words.
        distinct_1: Different words over all words; None without words.
        distinct_2: Different pairs of neighbours over all pairs; None without pairs.
        distinct_texts: Different texts (up to case and spacing) over all texts.
        compression_ratio: Bytes of all texts over their bytes after zlib (level 6): more is more repetitive.

    Source: Li et al. 2016 (distinct-n); Shaib et al. 2024 (compression ratio).
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
    """The variety of one text in the data and in the reference, of as many rows of each.

    Attributes:
        data: Variety in the data.
        reference: Variety in the reference.
    """

    data: Variety
    reference: Variety


@dataclass(frozen=True, slots=True)
class AtEqualSize:
    """The data and the reference, of as many rows of each.

    Attributes:
        n: Rows taken of each: as many as the smaller of the two has.
        fields: Variety of each text in the data and in the reference, by field.
    """

    n: int
    fields: Mapping[str, Both]


@dataclass(frozen=True, slots=True)
class Diversity:
    """How varied the texts are.

    Attributes:
        fields: Variety of each text over all rows, by field.
        at_equal_size: The data beside the reference, of as many rows of each; None without a reference.
    """

    fields: Mapping[str, Variety]
    at_equal_size: AtEqualSize | None


def diversity(table: pl.DataFrame, fields: Sequence[str], reference: pl.DataFrame | None) -> Diversity:
    """Variety of every field; with a reference, of both at equal numbers of rows too."""
    texts = {field: in_hash_order(table[field].to_list()) for field in fields}
    whole = {field: variety(texts[field]) for field in fields}
    if reference is None:
        return Diversity(whole, None)
    n = min(table.height, reference.height)
    theirs = {field: in_hash_order(reference[field].to_list()) for field in fields}
    both = {field: Both(variety(texts[field][:n]), variety(theirs[field][:n])) for field in fields}
    return Diversity(whole, AtEqualSize(n, both))


def variety(texts: Sequence[str]) -> Variety:
    """The measures of a column; compression depends on the order, so give texts in a settled one."""
    tokens = [words(text) for text in texts]
    number: dict[str, int] = {}
    flat = np.array([number.setdefault(word, len(number)) for row in tokens for word in row], dtype=np.int64)
    row_of = np.repeat(np.arange(len(tokens)), [len(row) for row in tokens])
    pairs = (flat[:-1] * len(number) + flat[1:])[row_of[1:] == row_of[:-1]]
    raw = "\n".join(texts).encode("utf8", "surrogatepass")
    return Variety(
        n=len(texts),
        mean_words=flat.size / len(texts),
        types=len(number),
        distinct_1=len(number) / flat.size if flat.size else None,
        distinct_2=np.unique(pairs).size / pairs.size if pairs.size else None,
        distinct_texts=len({" ".join(text.lower().split()) for text in texts}) / len(texts),
        compression_ratio=len(raw) / len(zlib.compress(raw, 6)),
    )


def in_hash_order(texts: Sequence[str]) -> list[str]:
    """Texts by their hash; copies of a text are told apart, so that a cut need not take all of them."""
    copy_of: Counter[str] = Counter()
    keyed = []
    for text in texts:
        copy_of[text] += 1
        name = f"{copy_of[text]}\t{text}".encode("utf8", "surrogatepass")
        keyed.append((hashlib.blake2b(name, digest_size=16).digest(), text))
    return [text for _, text in sorted(keyed)]
