"""A share of the damaged inputs on every run of the tests, all of them where there is time."""

from pathlib import Path

import pytest

from fuzz.readers import READERS, Reader
from fuzz.trials import run, shares


def share_out(n: int) -> list[tuple[Reader, int]]:
    """How many of n inputs each reader gets."""
    return list(zip(READERS, shares(READERS, n), strict=True))


def test_shares_are_the_whole() -> None:
    assert sum(shares(READERS, 50_000)) == 50_000
    assert min(shares(READERS, 1_000)) > 5


@pytest.mark.parametrize(
    ("reader", "n"),
    share_out(1_000),
    ids=[reader.name for reader in READERS],
)
def test_damaged_input_is_taken_or_refused_in_words(reader: Reader, n: int, tmp_path: Path) -> None:
    tally = run(reader, n, 0, tmp_path)
    assert tally.failures == []
    assert tally.n == n


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    ("reader", "n"),
    share_out(50_000),
    ids=[reader.name for reader in READERS],
)
def test_damaged_input_in_volume_is_taken_or_refused_in_words(reader: Reader, n: int, tmp_path: Path) -> None:
    tally = run(reader, n, 1, tmp_path)
    assert tally.failures == []
    assert tally.n_refused > 0
