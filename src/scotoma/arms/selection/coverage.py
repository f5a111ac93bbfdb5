"""Adaptive coverage sampling: few rows that stand for many, by their embeddings.

Rows are nodes of a graph, with an edge where the cosine of their embeddings reaches a threshold; a chosen
row covers itself and its neighbours. The threshold is the highest at which n rows, chosen greedily, cover the
required share of all: so a small sample covers widely and a large one closely.

Source: Tavakkol et al. 2025, Less is More: Adaptive Coverage for Synthetic Training Data. Ours: within each
label, and without a bound on a node's neighbours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Rows whose cosines are computed at a time; a multiple of 8, for eight edges are a byte.
_BLOCK = 1024

#: Halvings of the range of cosines, -1 to 1: the threshold is right to .0002.
_HALVINGS = 13


@dataclass(frozen=True)
class CoverageSample:
    """A sample and what it stands for.

    Attributes:
        chosen: Numbers of the rows, the one that covers most first.
        threshold: Cosine from which one row covers another.
        share: Share of all rows that are covered.
    """

    chosen: list[int]
    threshold: float
    share: float


def cover(embeddings: NDArray[np.float32], n: int, share: float) -> CoverageSample:
    """n rows that cover the required share of all as closely as n rows can.

    Takes rows^2 / 8 bytes for the graph (110 MB for 30,000 rows). Of rows that cover alike, the first is
    chosen, so the order of the rows decides.

    Args:
        embeddings: Shape (rows, width).
        n: Number of rows to choose, at most all.
        share: Share of all rows to cover.
    """
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    unit = (embeddings / np.where(lengths == 0, 1, lengths)).astype(np.float32)
    low, high = -1.0, 1.0
    best = _greedy(unit, n, low)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried = _greedy(unit, n, middle)
        if tried.share >= share:
            low, best = middle, tried
        else:
            high = middle
    return best


def _greedy(unit: NDArray[np.float32], n: int, threshold: float) -> CoverageSample:
    """Chooses, n times, the row that covers most of what is not covered yet."""
    graph, size = _graph(unit, threshold), len(unit)
    gains = np.array([np.bitwise_count(neighbours).sum() for neighbours in graph], dtype=np.int64)
    covered = np.zeros(size, dtype=np.bool_)
    chosen: list[int] = []
    for _ in range(n):
        best = int(gains.argmax())
        chosen.append(best)
        fresh = np.flatnonzero(_neighbours(graph[best], size) & ~covered)
        covered[fresh] = True
        for row in fresh:  # a row that would have covered it gains one less
            gains -= _neighbours(graph[row], size)
        gains[best] = -1
    return CoverageSample(chosen, threshold, float(covered.mean()) if size else 0.0)


def _graph(unit: NDArray[np.float32], threshold: float) -> NDArray[np.uint8]:
    """A symmetric bit for every pair of rows, shape (rows, bytes); every row is its own neighbour."""
    size = len(unit)
    graph = np.zeros((size, -(-size // 8)), dtype=np.uint8)
    for top in range(0, size, _BLOCK):
        for left in range(top, size, _BLOCK):
            rows, columns = slice(top, top + _BLOCK), slice(left, left + _BLOCK)
            near = np.clip(unit[rows] @ unit[columns].T, -1, 1) >= threshold
            if top == left:
                near |= near.T | np.eye(len(near), dtype=np.bool_)
            graph[rows, left // 8 : (left + _BLOCK) // 8] = np.packbits(near, axis=1)
            graph[columns, top // 8 : (top + _BLOCK) // 8] = np.packbits(near.T, axis=1)
    return graph


def _neighbours(bits: NDArray[np.uint8], size: int) -> NDArray[np.bool_]:
    return np.unpackbits(bits, count=size).view(np.bool_)
