"""How varied the texts of a table are, and how varied beside a reference of the same size.

Every measure of variety falls as a text grows longer, so two tables are only compared at equal
numbers of rows: of the larger one those rows are taken whose texts have the smallest hashes, which
depends on neither order nor chance.
"""

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from scotoma.audits.texts import Ints, Texts, different


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


def diversity(texts: Texts, reference: Texts | None) -> Diversity:
    """Variety of every field; with a reference, of both at equal numbers of rows too."""
    order = {field: hash_order(texts.given[field]) for field in texts.fields}
    whole = {field: variety(texts, field, order[field]) for field in texts.fields}
    if reference is None:
        return Diversity(whole, None)
    n = min(texts.given.height, reference.given.height)
    both = {
        field: Both(
            variety(texts, field, order[field][:n]),
            variety(reference, field, hash_order(reference.given[field])[:n]),
        )
        for field in texts.fields
    }
    return Diversity(whole, AtEqualSize(n, both))


def variety(texts: Texts, field: str, rows: Ints) -> Variety:
    """The measures of these rows of a column; compression depends on their order, so give a settled one."""
    found = texts.words[field].of(rows)
    flat, row_of, n_types = found.numbers.astype(np.int64), found.rows, different(found.numbers).size
    pairs = (flat[:-1] * len(texts.vocabulary) + flat[1:])[row_of[1:] == row_of[:-1]]
    raw = "\n".join(texts.given[field][rows]).encode("utf8", "surrogatepass")
    return Variety(
        n=rows.size,
        mean_words=flat.size / rows.size,
        types=n_types,
        distinct_1=n_types / flat.size if flat.size else None,
        distinct_2=different(pairs).size / pairs.size if pairs.size else None,
        distinct_texts=texts.exact[field][rows].n_unique() / rows.size,
        compression_ratio=len(raw) / len(zlib.compress(raw, 6)),
    )


def hash_order(texts: Iterable[str]) -> Ints:
    """Rows by the hash of their texts; copies are told apart, so that a cut need not take all of them."""
    copy_of: Counter[str] = Counter()
    digests = bytearray()
    for text in texts:
        copy_of[text] += 1
        name = f"{copy_of[text]}\t{text}".encode("utf8", "surrogatepass")
        digests += hashlib.blake2b(name, digest_size=16).digest()
    halves = np.frombuffer(digests, dtype=">u8").reshape(-1, 2)
    order: Ints = np.lexsort((halves[:, 1], halves[:, 0]))
    return order
