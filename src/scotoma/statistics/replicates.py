"""How many replicates a verdict takes, and at which numbers of them results may be looked at.

Imports no library, as a study file is checked against it.
"""

from itertools import pairwise
from typing import Any

#: With two there is one degree of freedom: the t quantile is 6.3 and nearly every verdict INCONCLUSIVE.
MIN_REPLICATES = 3

#: Replicates at the last look, at most: what is simulated for looks takes time in proportion to them.
MOST_LOOKED_AT = 1_000


def are_looks(looks: Any) -> bool:
    """Whether these are two or more increasing integers from `MIN_REPLICATES` to `MOST_LOOKED_AT`."""
    return (
        isinstance(looks, list | tuple)
        and all(type(one) is int for one in looks)
        and len(looks) > 1
        and looks[0] >= MIN_REPLICATES
        and looks[-1] <= MOST_LOOKED_AT
        and all(a < b for a, b in pairwise(looks))
    )
