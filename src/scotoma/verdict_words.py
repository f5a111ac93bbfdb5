"""What a verdict rests on, what it means and what it does not, in the same words wherever it is said."""

from scotoma.statistics.equivalence import Judged
from scotoma.words import counted, number, p_value, share, signed


def evidence(
    low: float | None, high: float | None, *, level: float, n: int, margin: float, higher_is_worse: bool
) -> str:
    """What a movement rests on: interval if there is one, replicates, margin, the direction of harm."""
    interval = "" if low is None else f"{share(level)} interval {signed(low)} to {signed(high)}, "
    worse = "; higher is worse here" if higher_is_worse else ""
    return f"{interval}{counted(n, 'replicate')}, margin {number(margin)}{worse}"


def meaning(judged: Judged, alpha: float, n_claims: int) -> str:
    """The sentence for a claim that has a word.

    Args:
        judged: The word, alone and beside the other claims.
        alpha: The claim's own.
        n_claims: How many were judged together.
    """
    if judged.undone_by_number:
        return (
            f"Alone it would be {judged.alone.word} (p {p_value(judged.p)}); beside the other claims, "
            f"{n_claims} in all, it is not sure enough (p {p_value(judged.p_adjusted)} by Holm)."
        )
    many = f" among all {n_claims} claims" if n_claims > 1 else ""
    error = f"Such a verdict is wrong at most {100 * alpha:g} times in 100{many}."
    interval = judged.alone.interval
    if interval.low is not None and interval.high is not None:
        bounds = abs(interval.low), abs(interval.high)
        by = f"by the {share(interval.level)} interval, which decides"
        match judged.word:
            case "WORSE" | "BETTER" as word:
                least = f"at least {number(min(bounds))}, {by}"
                return f"The change for the {word.lower()} is larger than the margin: {least}. {error}"
            case "EQUIVALENT":
                most = f"at most {number(max(bounds))}, {by}"
                return f"A change as large as the margin is ruled out, either way: {most}. {error}"
    return f"{_likely(judged)}These replicates cannot tell; it is not evidence of no effect."


def _likely(judged: Judged) -> str:
    low, high = judged.alone.interval.low, judged.alone.interval.high
    if high is not None and high < 0:
        return "A change for the worse is likely, but not whether it is larger than the margin. "
    if low is not None and low > 0:
        return "A change for the better is likely, but not whether it is larger than the margin. "
    return ""
