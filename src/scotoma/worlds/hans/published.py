"""The published HANS evaluation set, row by row, without its sentences: what an id `exN` stands for."""

import re
from collections.abc import Sequence

from scotoma.worlds.hans.templates import SUBCASES, Subcase

#: Rows of each subcase; N // 1000 is the place of the subcase of `exN` in the official order.
PER_SUBCASE = 1000
N_PUBLISHED = PER_SUBCASE * len(SUBCASES)

_ID = re.compile(r"ex(0|[1-9][0-9]{0,4})", re.ASCII | re.IGNORECASE)


def published(ids: Sequence[str]) -> list[Subcase | None]:
    """The subcase, and with it the gold label and the heuristic, of each published id; else None.

    Args:
        ids: Such as `ex0` to `ex29999`, the `pairID` of `heuristics_evaluation_set`, whatever their case.

    Source: McCoy, Pavlick and Linzen 2019, the official file.
    """
    return [_subcase(name) for name in ids]


def _subcase(name: str) -> Subcase | None:
    match = _ID.fullmatch(name)
    place = int(match.group(1)) // PER_SUBCASE if match else len(SUBCASES)
    return SUBCASES[place] if place < len(SUBCASES) else None
