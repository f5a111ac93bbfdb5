"""The published HANS evaluation set, row by row: what an id `exN` stands for, and sentences to know it by."""

import re
from collections.abc import Sequence
from functools import lru_cache

import polars as pl

from scotoma.worlds.hans.templates import SUBCASES, Subcase

#: Rows of each subcase; N // 1000 is the place of the subcase of `exN` in the official order.
PER_SUBCASE = 1000
N_PUBLISHED = PER_SUBCASE * len(SUBCASES)

#: The first of its pairs, and three that the grammar writes again in one of tens of thousands of sets.
#: The training set that was published with it has none of them.
PUBLISHED_PAIRS = (
    ("The president advised the doctor .", "The doctor advised the president ."),
    ("The judges recommended the tourist that believed the authors .", "The tourist believed the authors ."),
    (
        "The tourist advised the artists who admired the secretaries .",
        "The artists admired the secretaries .",
    ),
    ("The athlete called the manager that admired the judges .", "The manager admired the judges ."),
)

_PREFIXES = frozenset({"ex", "Ex", "eX", "EX"})
_ID = re.compile(r"ex(0|[1-9][0-9]{0,4})", re.ASCII | re.IGNORECASE)


def published(ids: Sequence[str]) -> list[Subcase | None]:
    """The subcase, and with it the gold label and the heuristic, of each published id; else None.

    Args:
        ids: Such as `ex0` to `ex29999`, the `pairID` of `heuristics_evaluation_set`, whatever their case.

    Source: McCoy, Pavlick and Linzen 2019, the official file.
    """
    return [_subcase(name) if name[:2] in _PREFIXES else None for name in ids]


def published_place(ids: pl.Series) -> pl.Series:
    """The place in `SUBCASES` of what each id stands for, as of `published`; null for any other id."""
    number = ids.str.extract(f"(?i)^{_ID.pattern}$").cast(pl.Int64)
    place = number // PER_SUBCASE
    return place.set(place >= len(SUBCASES), None)


@lru_cache(maxsize=2 * N_PUBLISHED)
def _subcase(name: str) -> Subcase | None:
    match = _ID.fullmatch(name)
    place = int(match.group(1)) // PER_SUBCASE if match else len(SUBCASES)
    return SUBCASES[place] if place < len(SUBCASES) else None
