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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from scotoma.audits.bare import Bare
from scotoma.audits.texts import Hashes, Ints, Numbers, chunks, different, runs
from scotoma.basics.progress import Progress, no_progress
from scotoma.basics.randomness import seed_of

THRESHOLD = 0.8
SHINGLE = 5
BANDS = 20
#: Minima in a band's key, shared out among the fields: 1 - (1 - .8^6)^20 = .998.
PER_BAND = 6
#: Rows that share a key are compared with this many of the next, in order of text: a bound that only matters
#: if hundreds of rows are alike.
WINDOW = 8

_PRIME = np.uint64(0x100000001B3)
#: Rows that are hashed at a time: their shingles fit into a cache. Pairs that are checked at a time.
_ROWS, _PAIRS = 1_000, 10_000
#: Keys that are held at a time (64 MB), and candidates that are gathered before they are checked.
_KEYS, _CANDIDATES = 1 << 23, 1 << 21


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


def near_pairs(
    bare: Bare, rows: Sequence[Numbers], needed: NDArray[np.bool_], progress: Progress = no_progress
) -> NearPairs:
    """The near copies among rows.

    Args:
        bare: Texts of the rows.
        rows: By field, the number of each row's text among these; rows sorted and no two alike.
        needed: Whether each row is of interest, shape (rows,); pairs of two rows that are not are left out.
        progress: Called with (keys made, keys in all).
    """
    n, complete, pairs = needed.size, True, _Pairs(bare, rows)
    for first, end in chunks(BANDS, min(BANDS, max(1, _KEYS // max(n, 1)))):
        bands = range(first, end)
        for key, is_shared in _band_keys(bare, rows, bands, progress):
            candidates = np.flatnonzero(is_shared)
            order = candidates[np.argsort(key[candidates], kind="stable")]
            keys = key[order]
            for step in range(1, WINDOW + 2):
                same = np.flatnonzero(keys[step:] == keys[:-step])
                one, other = order[same], order[same + step]
                count = needed[one] | needed[other]
                if step > WINDOW:
                    complete = complete and not count.any()
                else:
                    pairs.add(one[count], other[count])
    return NearPairs(*pairs.near(), complete)


def components(n: int, pairs: NearPairs) -> Ints:
    """For each of n rows the number of its group: rows that a chain of near copies connects."""
    ones = np.ones(pairs.left.size, dtype=np.bool_)
    graph = sparse.coo_array((ones, (pairs.left, pairs.right)), shape=(n, n))
    groups: Ints = sparse.csgraph.connected_components(graph, directed=False)[1].astype(np.int64)
    return groups


class _Pairs:
    """Pairs of rows that may be near copies; checked when many are gathered, so that few are held."""

    def __init__(self, bare: Bare, rows: Sequence[Numbers]) -> None:
        self._bare, self._rows, self._n = bare, rows, max(rows[0].size, 1)
        none = np.zeros(0, dtype=np.int64)
        self._due, self._near = none, none

    def add(self, one: Ints, other: Ints) -> None:
        """Gathers pairs, in whatever order and however often."""
        codes = np.minimum(one, other) * self._n + np.maximum(one, other)
        self._due = np.concatenate((self._due, codes))
        if self._due.size > _CANDIDATES:
            self._due = different(self._due)
        if self._due.size > _CANDIDATES // 2:
            self._check()

    def near(self) -> tuple[Ints, Ints]:
        """Of all that were gathered, the near copies in order, each once: their rows."""
        self._check()
        return self._near // self._n, self._near % self._n

    def _check(self) -> None:
        pairs = different(self._due)
        # The last texts first: they are the shorter ones as a rule, and fewer of them are alike.
        for texts in reversed(self._rows):
            pairs = pairs[_are_near(self._bare, texts[pairs // self._n], texts[pairs % self._n])]
        self._due, self._near = pairs[:0], different(np.concatenate((self._near, pairs)))


def _are_near(bare: Bare, one: Numbers, other: Numbers) -> NDArray[np.bool_]:
    """Whether the texts of these numbers are alike, pair by pair."""
    near: NDArray[np.bool_] = one == other
    apart = np.flatnonzero(~near)
    for start, stop in chunks(apart.size, _PAIRS):
        rows = apart[start:stop]
        near[rows] = _jaccard(bare, one[rows], other[rows]) >= THRESHOLD
    return near


def _band_keys(
    bare: Bare, rows: Sequence[Numbers], bands: range, progress: Progress
) -> Iterator[tuple[Hashes, NDArray[np.bool_]]]:
    """Of each band one key for every row, and whether the row may share it, both of shape (rows,).

    Rows alike in every field often share a key. The last field is the one that fewest rows have in common, so
    it is looked at first: only for rows that share its part of the key with another, the rest is made.
    """
    n, n_fields = rows[0].size, len(rows)
    keys = np.zeros((len(bands), n), dtype=np.uint64)
    is_shared = np.ones((len(bands), n), dtype=np.bool_)
    shares = [PER_BAND // n_fields + (field < PER_BAND % n_fields) for field in range(n_fields)]
    for field in reversed(range(n_fields)):
        uses = [[_hash(field, band, use) for use in range(shares[field])] for band in bands]
        for start, stop in chunks(n, _ROWS):
            part = slice(start, stop)
            _add_minima(keys[:, part], is_shared[:, part], bare, rows[field][part], uses)
            fields_done = n * (n_fields - 1 - field) + stop
            progress(bands.start * n * n_fields + len(bands) * fields_done, BANDS * n * n_fields)
        for key, shared in zip(keys, is_shared, strict=True):
            shared &= _repeats(key)
    yield from zip(keys, is_shared, strict=True)


def _hash(place: int, band: int, use: int) -> tuple[np.uint64, np.uint64]:
    turn, factor = (seed_of(0, "audit", "minhash", place, band, use, part) | 1 for part in ("turn", "factor"))
    return np.uint64(turn), np.uint64(factor)


def _add_minima(
    keys: Hashes,
    is_shared: NDArray[np.bool_],
    bare: Bare,
    texts: Numbers,
    uses: Sequence[Sequence[tuple[np.uint64, np.uint64]]],
) -> None:
    """Mixes into the keys of these rows the least hashes of their shingles, where a band may be shared."""
    columns = np.flatnonzero(is_shared.any(axis=0))
    if not columns.size:
        return
    values, starts = _shingles(bare, texts[columns])
    for key, shared, hashes in zip(keys, is_shared, uses, strict=True):
        at = np.flatnonzero(shared[columns])
        if not at.size:
            continue
        selected, begins = values, starts[:-1]
        if at.size < columns.size:
            places, ends = runs(starts[at], starts[at + 1] - starts[at])
            selected, begins = values[places], ends[:-1]
        rows = columns[at]
        for turn, factor in hashes:
            hashed = selected ^ turn
            hashed *= factor
            key[rows] = _mixed(key[rows] * _PRIME ^ np.minimum.reduceat(hashed, begins))


def _repeats(keys: Hashes) -> NDArray[np.bool_]:
    """Whether another row has the same key, shape (rows,)."""
    order = np.argsort(keys)
    same = keys[order][1:] == keys[order][:-1]
    repeats = np.zeros(keys.size, dtype=np.bool_)
    repeats[order[1:][same]] = True
    repeats[order[:-1][same]] = True
    return repeats


def _shingles(bare: Bare, texts: Numbers) -> tuple[Hashes, Ints]:
    """Hashed runs of 5 characters of every text, one after the other, and where each text's begin and end.

    A shorter text is padded to one run.
    """
    codes, begins = bare.characters(texts, SHINGLE)
    # After each text comes a separating space.
    inside, starts = runs(begins[:-1], np.diff(begins) - SHINGLE)
    n_runs = codes.size - SHINGLE + 1
    hashed = np.zeros(n_runs, dtype=np.uint64)
    for index in range(SHINGLE):
        hashed *= _PRIME
        hashed += codes[index : index + n_runs]
    return _mixed(hashed[inside]), starts


def _mixed(values: Hashes) -> Hashes:
    """Mixes the bits of 64-bit numbers. Source: the finaliser of SplitMix64 (Steele et al. 2014)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def _jaccard(bare: Bare, one: Numbers, other: Numbers) -> NDArray[np.float64]:
    """Jaccard index of the shingle sets of each pair of texts, shape (pairs,)."""
    texts = different(np.concatenate((one, other)))
    if not texts.size:
        return np.zeros(0)
    values, starts = _shingles(bare, texts)
    # A shingle's column is its hash: only the order of columns within a row matters.
    columns = (values >> np.uint64(1)).astype(np.int64)
    cells = (np.ones(values.size, dtype=np.int32), columns, starts)
    sets = sparse.csr_array(cells, shape=(texts.size, np.iinfo(np.int64).max))
    sets.sum_duplicates()
    sets.data[:] = 1
    sizes = np.diff(sets.indptr)
    a, b = np.searchsorted(texts, one), np.searchsorted(texts, other)
    shared = sets[a].multiply(sets[b]).sum(axis=1)
    result: NDArray[np.float64] = shared / (sizes[a] + sizes[b] - shared)
    return result
