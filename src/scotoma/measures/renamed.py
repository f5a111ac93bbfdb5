"""Measures under the names that they had: what is read takes these still, and what is hashed keeps them.

`margin` became `log_odds`, for a claim has a margin too. Version 0.3 reads both, and says so where a person
wrote the old one; version 0.4 reads the new one alone. Hashes and random streams keep the old one for good: a
store's record of a claim stays the record of that claim.
"""

import warnings

from scotoma.basics.errors import OldName

_PRESENT = {"margin": "log_odds"}
_FORMER = {present: former for former, present in _PRESENT.items()}


def present_name(measure: str) -> str:
    """The name of a measure that a file of ours calls by its present or its former name."""
    return _PRESENT.get(measure, measure)


def name_from_user(measure: str) -> str:
    """The current name of a measure; warns with `OldName` if a former one is given."""
    present = present_name(measure)
    if present != measure:
        warnings.warn(
            f"the measure `{measure}` is now called `{present}`, and from version 0.4 on the old name is not "
            "accepted; a claim's `margin` keeps its name",
            OldName,
            stacklevel=2,
        )
    return present


def recorded_name(measure: str) -> str:
    """The name by which hashes and random streams know a measure, whatever it is called since."""
    return _FORMER.get(measure, measure)
