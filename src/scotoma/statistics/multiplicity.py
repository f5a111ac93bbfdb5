"""Holm's correction for the number of declared claims."""

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p values: compare each with alpha to hold the chance of any false rejection at alpha.

    Answers: "which claims stand if even one wrong verdict among all declared claims is too many?" That
    holds for verdicts of one kind; see `equivalence.Equivalence.p`. It holds whatever the dependence between
    the claims, which share replicates and rows. The family is what was declared before the first run, not
    what turned out to be interesting.

    Args:
        p_values: One for each declared claim. None is a claim without a p value (too few
            replicates, a saturated measure): it stays None, and still counts, as it was declared. Of
            statsmodels' corrections some count it, some lose the others with it
            (findings/p-values-that-are-missing.sh).

    Returns:
        Adjusted p values in the order given, each at most 1.

    Raises:
        ValueError: a p value is outside [0, 1].

    Source: Holm 1979.
    """
    if not all(p is None or 0 <= p <= 1 for p in p_values):
        raise ValueError(f"p values lie within 0 to 1; got {list(p_values)}")
    ranked = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    so_far = 0.0
    for rank, (p, index) in enumerate(ranked):
        so_far = max(so_far, min(1.0, (len(p_values) - rank) * p))
        adjusted[index] = so_far
    return adjusted
