"""Coverage on points whose neighbours are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from scotoma.arms.selection import coverage
from scotoma.arms.selection.coverage import cover
from scotoma.basics.randomness import stream


def on_circle(*degrees: float) -> NDArray[np.float32]:
    """Points whose cosine is that of the angle between them; their lengths differ, which must not matter."""
    angles = np.radians(degrees)
    lengths = np.arange(1, len(degrees) + 1)[:, None]
    return (np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths).astype(np.float32)


def test_one_row_of_each_cluster_covers_all() -> None:
    found = cover(on_circle(0, 2, 4, 90, 92, 94, 180), 3, 1.0)
    assert sorted(found.chosen) == [1, 4, 6]
    assert found.share == 1.0
    assert found.threshold == pytest.approx(np.cos(np.radians(2)), abs=0.0003)


def test_the_threshold_falls_as_far_as_the_share_makes_it() -> None:
    points = on_circle(0, 1, 2, 3, 4, 5, 6, 7, 8, 170)
    most, all_of_it = cover(points, 1, 0.9), cover(points, 1, 1.0)
    assert most.chosen == [4]
    assert most.share == 0.9
    assert most.threshold == pytest.approx(np.cos(np.radians(4)), abs=0.0003)
    assert all_of_it.threshold < most.threshold
    assert all_of_it.share == 1.0


def test_more_rows_cover_as_much_more_closely() -> None:
    points = stream(0, "points").normal(size=(80, 8)).astype(np.float32)
    few, many = cover(points, 5, 0.8), cover(points, 40, 0.8)
    assert len(set(few.chosen)) == 5
    assert len(set(many.chosen)) == 40
    assert many.threshold > few.threshold
    assert min(few.share, many.share) >= 0.8


def test_what_is_covered_is_what_brute_force_says(monkeypatch: pytest.MonkeyPatch) -> None:
    points = stream(1, "points").normal(size=(50, 4)).astype(np.float32)
    found = cover(points, 6, 0.7)
    unit = points / np.linalg.norm(points, axis=1, keepdims=True)
    near = unit @ unit.T >= found.threshold
    assert near[found.chosen].any(axis=0).mean() == pytest.approx(found.share)
    covered = np.zeros(50, dtype=bool)
    for chosen in found.chosen:
        gains = (near & ~covered).sum(axis=1)
        assert gains[chosen] == gains.max()
        covered |= near[chosen]
    monkeypatch.setattr(coverage, "_BLOCK", 16)
    assert cover(points, 6, 0.7) == found


def test_all_rows_may_be_chosen_and_zeros_are_no_error() -> None:
    assert sorted(cover(np.zeros((3, 2), dtype=np.float32), 3, 0.5).chosen) == [0, 1, 2]
