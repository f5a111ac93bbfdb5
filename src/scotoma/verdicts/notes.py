"""Notes beside a verdict on accuracy: at the end of its range, or with a shifted threshold."""

from collections.abc import Mapping

from scotoma.basics.words import percent, with_interval
from scotoma.measures.measuring import FLOOR
from scotoma.statistics.intervals import Estimate


def end_of_the_scale(means: Mapping[str, float | None], margin: float, log_odds: Estimate | None) -> str:
    """Says that accuracy is on the floor or the ceiling, and how the log-odds moved, which still can.

    Args:
        means: Mean accuracy of both sides by their names; None where there is none.
        margin: The claim's: an end is as near as that, or nearer.
        log_odds: Change of the measure `log_odds` in the same cell; None where it is not known.
    """
    near = max(FLOOR, margin)
    low = [side for side, mean in means.items() if mean is not None and mean < near]
    high = [side for side, mean in means.items() if mean is not None and mean > 1 - near]
    parts = []
    if low:
        end = f"below {percent(near)}, near its floor, where it can hardly fall further"
        parts.append(f"{' and '.join(low)}: accuracy {end}")
    if high:
        end = f"above {percent(1 - near)}, near its ceiling, where it can hardly rise further"
        parts.append(f"{' and '.join(high)}: accuracy {end}")
    if not parts:
        return ""
    in_log_odds = ""
    if log_odds is not None:
        in_log_odds = f": the log-odds of the target label there moved by {_moved(log_odds)} nats"
    return f"{'; '.join(parts)}{in_log_odds}."


def sensitivity(heuristic: str, d_prime: Estimate | None, criterion: Estimate | None) -> str:
    """Whether the model tells the two kinds of row apart less well, or only says the target more readily.

    Args:
        heuristic: Name of the cell that has both kinds of row.
        d_prime: Change of d' there; None where it is not known.
        criterion: Change of the criterion there.
    """
    if d_prime is None or criterion is None or d_prime.low is None or criterion.low is None:
        return ""
    d_prime_sign, criterion_sign = _direction(d_prime), _direction(criterion)
    sensitivity_change = (
        f"it tells the two kinds of row apart {'less well' if d_prime_sign < 0 else 'better'}"
    )
    criterion_change = f"it says the target label {'more' if criterion_sign < 0 else 'less'} readily"
    if d_prime_sign and criterion_sign:
        finding = f"{sensitivity_change}, and {criterion_change}"
    elif d_prime_sign:
        finding = f"{sensitivity_change}; its threshold was not found to move"
    elif criterion_sign:
        finding = f"{criterion_change}; how well it tells the two kinds of row apart was not found to change"
    else:
        finding = "neither was found to move"
    return f"On {heuristic}, d' moved by {_moved(d_prime)}, the criterion by {_moved(criterion)}: {finding}."


def _direction(change: Estimate) -> int:
    if change.low is None or change.high is None:
        return 0
    return -1 if change.high < 0 else int(change.low > 0)


def _moved(change: Estimate) -> str:
    return with_interval(change.mean, change.low, change.high)
