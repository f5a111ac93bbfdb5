"""Named random streams: every draw is keyed by what is drawn, never by when it is drawn.

`stream(seed, "sample", "entailment", 17)` is row 17 of the entailment sample, whether it is drawn
first or last, alone or in a batch, today or after a crash. So a run that is resumed, re-ordered or
spread over machines draws the same rows.
"""

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def seed_of(seed: int, *names: str | int) -> int:
    """A 63-bit integer that depends on the seed and every name, for libraries that take a number."""
    return int.from_bytes(_digest(seed, names)[:8], "big") >> 1


def stream(seed: int, *names: str | int) -> "np.random.Generator":
    """A generator of its own for the draw with these names.

    Args:
        seed: The replicate's seed. 0 is a seed like any other.
        names: What is drawn, from the general to the particular.
    """
    import numpy as np  # a study's file is read without

    return np.random.Generator(np.random.Philox(key=int.from_bytes(_digest(seed, names)[:16], "big")))


def _digest(seed: int, names: tuple[str | int, ...]) -> bytes:
    # JSON keeps 1 and "1" apart, and ("ab", "c") from ("a", "bc").
    return hashlib.sha256(json.dumps([seed, *names], ensure_ascii=True).encode()).digest()
