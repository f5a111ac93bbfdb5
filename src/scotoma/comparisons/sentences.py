"""A finding in words: what moved, how sure one may be, what it does not mean."""

import math
from collections.abc import Sequence

from scotoma.basics.words import number, p_value, signed
from scotoma.comparisons.claims import Claim
from scotoma.statistics.equivalence import Judged
from scotoma.statistics.intervals import Estimate
from scotoma.statistics.proportions import Paired
from scotoma.verdicts.sentences import evidence, meaning


def sentence(
    claim: Claim,
    before: Sequence[float],
    after: Sequence[float],
    interval: Estimate,
    *,
    judged: Judged | None,
    paired: Paired | None,
    higher_is_worse: bool,
    n_claims: int,
    reason: str,
    note: str,
    looks: tuple[int, ...] = (),
) -> str:
    """The finding on one claim; the arguments are the attributes of `comparing.Finding`."""
    said = [_moved(claim, before, after, interval, higher_is_worse)]
    if judged is not None and judged.word is not None:
        said.append(meaning(judged, margin=claim.margin, alpha=claim.alpha, n_claims=n_claims, looks=looks))
    else:
        said.append(f"No verdict: {reason}.")
    if paired is not None:
        said.append(_of_two_models(paired))
    return " ".join(part for part in (*said, note) if part)


def _moved(
    claim: Claim, before: Sequence[float], after: Sequence[float], interval: Estimate, higher_is_worse: bool
) -> str:
    rests_on = evidence(
        interval.low,
        interval.high,
        level=interval.level,
        n=interval.n,
        margin=claim.margin,
        higher_is_worse=higher_is_worse,
    )
    return (
        f"{claim.measure} on {claim.cell} moved from {number(_mean(before))} to {number(_mean(after))}, by "
        f"{signed(interval.mean)} ({rests_on})."
    )


def _of_two_models(paired: Paired) -> str:
    return (
        f"Of {paired.n:,} rows {paired.lost:,} turned from right to wrong and {paired.gained:,} from wrong "
        f"to right (exact McNemar test, p {p_value(paired.p)}). That tells whether these two models differ "
        "on rows like these, not what the recipe does: two runs of one recipe often differ as much. For a "
        "verdict, compare at least 3 runs of each, as two folders."
    )


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
