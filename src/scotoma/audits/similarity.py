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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import sparse

from scotoma.audits.texts import different
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
#: Pairs that are checked at a time, and rows that are hashed at a time: their shingles fit into a cache.
_CHUNK, _ROWS = 20_000, 1_000

#: One text for each row.
Texts = Sequence[str] | pl.Series
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


def near_pairs(texts: Sequence[Texts], wanted: NDArray[np.bool_]) -> NearPairs:
    """The near copies among rows.

    Args:
        texts: One sequence for each field, of the same length; rows sorted and no two alike.
        wanted: Whether each row is of interest, shape (rows,); pairs of two rows that are not are left out.
    """
    n = wanted.size
    keys, is_shared = _band_keys(texts, n)
    found: list[Ints] = []
    complete = True
    for band in range(BANDS):
        due = np.flatnonzero(is_shared[:, band])
        order = due[np.argsort(keys[due, band], kind="stable")]
        sorted_keys = keys[order, band]
        for step in range(1, WINDOW + 2):
            same = np.flatnonzero(sorted_keys[step:] == sorted_keys[:-step])
            one, other = order[same], order[same + step]
            count = wanted[one] | wanted[other]
            if step > WINDOW:
                complete = complete and not count.any()
            else:
                found.append(_coded(one[count], other[count], n))
    codes = different(np.concatenate(found))
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


def _band_keys(texts: Sequence[Texts], n: int) -> tuple[Hashes, NDArray[np.bool_]]:
    """One key for every row and band, and whether the row may share it; both of shape (rows, bands).

    Rows alike in every field often share a key. The last field is the one that fewest rows have in common, so
    it is looked at first: only for rows that share its part of the key with another, the rest is made.
    """
    keys = np.zeros((n, BANDS), dtype=np.uint64)
    is_shared = np.ones((n, BANDS), dtype=np.bool_)
    shares = [PER_BAND // len(texts) + (place < PER_BAND % len(texts)) for place in range(len(texts))]
    for place in reversed(range(len(texts))):
        uses = [[_hash(place, band, use) for use in range(shares[place])] for band in range(BANDS)]
        for start in range(0, n, _ROWS):
            part = slice(start, start + _ROWS)
            _add_minima(keys[part], is_shared[part], texts[place][part], uses)
        for band in range(BANDS):
            is_shared[:, band] &= _repeats(keys[:, band])
    return keys, is_shared


def _hash(place: int, band: int, use: int) -> tuple[np.uint64, np.uint64]:
    turn, factor = (seed_of(0, "audit", "minhash", place, band, use, part) | 1 for part in ("turn", "factor"))
    return np.uint64(turn), np.uint64(factor)


def _add_minima(
    keys: Hashes,
    is_shared: NDArray[np.bool_],
    texts: Texts,
    uses: Sequence[Sequence[tuple[np.uint64, np.uint64]]],
) -> None:
    """Mixes into the keys of these rows the least hashes of their shingles, where a band may be shared."""
    if not is_shared.any():
        return
    values, starts = _shingles(texts)
    counts = np.diff(np.append(starts, values.size))
    for band, hashes in enumerate(uses):
        rows = np.flatnonzero(is_shared[:, band])
        if not rows.size:
            continue
        some, at = values, starts
        if rows.size < starts.size:
            taken = counts[rows]
            at = np.cumsum(taken) - taken
            some = values[np.arange(taken.sum()) + np.repeat(starts[rows] - at, taken)]
        for turn, factor in hashes:
            turned = some ^ turn
            turned *= factor
            least = np.minimum.reduceat(turned, at)
            keys[rows, band] = _mixed(keys[rows, band] * _PRIME ^ least)


def _repeats(keys: Hashes) -> NDArray[np.bool_]:
    """Whether another row has the same key, shape (rows,)."""
    order = np.argsort(keys)
    same = keys[order][1:] == keys[order][:-1]
    found = np.zeros(keys.size, dtype=np.bool_)
    found[order[1:][same]] = True
    found[order[:-1][same]] = True
    return found


def _shingles(texts: Iterable[str]) -> tuple[Hashes, Ints]:
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


def _jaccard(texts: Texts, left: Ints, right: Ints) -> NDArray[np.float64]:
    """Jaccard index of the shingle sets of each pair of rows, shape (pairs,)."""
    rows = different(np.concatenate((left, right)))
    if not rows.size:
        return np.zeros(0)
    values, starts = _shingles(texts[rows] if isinstance(texts, pl.Series) else [texts[row] for row in rows])
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
