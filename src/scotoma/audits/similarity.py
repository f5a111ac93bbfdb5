"""Which rows nearly copy which: every text of the one much like its counterpart in the other.

Two rows are near copies if, field by field, the sets of their 5-character shingles have a Jaccard
index of at least .8: alike on the surface, though one word may turn the meaning round. Field by
field, because pairs that share a long premise are no copies of one another: MultiNLI has three
hypotheses to every premise.

Candidates come from locality-sensitive hashing of MinHash signatures (Broder 1997; Leskovec,
Rajaraman and Ullman 2020, chapter 3) and each is then checked exactly, so no pair is reported that
is below the threshold. A pair right at it is found with probability .998, one above it surely more.
Hash functions are fixed and rows are sorted by text first: the same rows give the same answer, in
whatever order they come.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scotoma.basics.randomness import seed_of

THRESHOLD = 0.8
SHINGLE = 5
BANDS = 20
#: Minima in a band's key, shared out among the fields: 1 - (1 - .8^6)^20 = .998.
PER_BAND = 6
#: Rows that share a key are compared with this many of the next, in order of text. More matter only
#: where hundreds of rows are alike, and bound the work there.
WINDOW = 8

_PRIME = np.uint64(0x100000001B3)
_CHUNK = 20_000

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Pairs of rows that nearly copy one another.

    Attributes:
        left: Number of one row of each pair, shape (pairs,); each pair once, left below right.
        right: Number of the other row of each pair, shape (pairs,).
        complete: False where so many rows are alike that not all were compared: the pairs are then
            too few.
    """

    left: Ints
    right: Ints
    complete: bool


def near_pairs(texts: Sequence[Sequence[str]], wanted: NDArray[np.bool_]) -> NearPairs:
    """The near copies among rows.

    Args:
        texts: One sequence for each field, of the same length; rows sorted and no two alike.
        wanted: Whether each row is of interest, shape (rows,); pairs of two rows that are not are left out.
    """
    n = wanted.size
    keys = _band_keys(texts, n)
    found: list[Ints] = []
    complete = True
    for band in range(BANDS):
        order = np.argsort(keys[:, band], kind="stable")
        sorted_keys = keys[order, band]
        for step in range(1, WINDOW + 2):
            same = np.flatnonzero(sorted_keys[step:] == sorted_keys[:-step])
            one, other = order[same], order[same + step]
            due = wanted[one] | wanted[other]
            if step > WINDOW:
                complete = complete and not due.any()
            else:
                found.append(_coded(one[due], other[due], n))
    codes = np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)
    left, right = codes // max(n, 1), codes % max(n, 1)
    for field in texts:
        keep = _jaccard(field, left, right) >= THRESHOLD
        left, right = left[keep], right[keep]
    return NearPairs(left, right, complete)


def components(n: int, pairs: NearPairs) -> Ints:
    """For each of n rows the number of its group: rows that a chain of near copies connects."""
    ones = np.ones(pairs.left.size, dtype=np.bool_)
    graph = sparse.coo_array((ones, (pairs.left, pairs.right)), shape=(n, n))
    groups: Ints = sparse.csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


def _coded(one: Ints, other: Ints, n: int) -> Ints:
    return np.minimum(one, other) * n + np.maximum(one, other)


def _band_keys(texts: Sequence[Sequence[str]], n: int) -> Hashes:
    """One key for every row and band, shape (rows, bands); rows alike in every field often share one."""
    keys = np.zeros((n, BANDS), dtype=np.uint64)
    shares = [PER_BAND // len(texts) + (place < PER_BAND % len(texts)) for place in range(len(texts))]
    for start in range(0, n, _CHUNK):
        chunk = keys[start : start + _CHUNK]
        for place, (field, share) in enumerate(zip(texts, shares, strict=True)):
            values, starts = _shingles(field[start : start + _CHUNK])
            for band in range(BANDS):
                for use in range(share):
                    turn, odd = (
                        np.uint64(seed_of(0, "audit", "minhash", place, band, use, part) | 1)
                        for part in ("turn", "factor")
                    )
                    least = np.minimum.reduceat((values ^ turn) * odd, starts)
                    chunk[:, band] = _mixed(chunk[:, band] * _PRIME ^ least)
    return keys


def _shingles(texts: Sequence[str]) -> tuple[Hashes, Ints]:
    """Hashed runs of 5 characters of every text, one after the other, and where each text's begin.

    A shorter text is padded to one run.
    """
    padded = [text.ljust(SHINGLE) for text in texts]
    lengths = np.array([len(text) for text in padded], dtype=np.int64)
    codes = np.frombuffer("".join(padded).encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(
        np.uint64
    )
    n_runs = codes.size - SHINGLE + 1
    runs = np.zeros(n_runs, dtype=np.uint64)
    for place in range(SHINGLE):
        runs = runs * _PRIME + codes[place : place + n_runs]
    inside = np.ones(codes.size, dtype=np.bool_)
    ends = np.cumsum(lengths)
    for back in range(1, SHINGLE):
        inside[ends - back] = False
    starts = np.concatenate(([0], np.cumsum(lengths - SHINGLE + 1)[:-1]))
    return _mixed(runs[inside[:n_runs]]), starts


def _mixed(values: Hashes) -> Hashes:
    """Scatters 64-bit numbers. Source: the finaliser of SplitMix64 (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _jaccard(texts: Sequence[str], left: Ints, right: Ints) -> NDArray[np.float64]:
    """Jaccard index of the shingle sets of each pair of rows, shape (pairs,)."""
    rows = np.unique(np.concatenate((left, right)))
    if not rows.size:
        return np.zeros(0)
    values, starts = _shingles([texts[row] for row in rows])
    counts = np.diff(np.append(starts, values.size))
    _, columns = np.unique(values, return_inverse=True)
    cells = (np.ones(values.size, dtype=np.int32), (np.repeat(np.arange(rows.size), counts), columns))
    sets = sparse.csr_array(cells, shape=(rows.size, int(columns.max()) + 1))
    sets.sum_duplicates()
    sets.data[:] = 1
    sizes = np.diff(sets.indptr)
    a, b = np.searchsorted(rows, left), np.searchsorted(rows, right)
    shared = np.empty(left.size, dtype=np.int64)
    for start in range(0, left.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        shared[part] = sets[a[part]].multiply(sets[b[part]]).sum(axis=1)
    result: NDArray[np.float64] = shared / (sizes[a] + sizes[b] - shared)
    return result
