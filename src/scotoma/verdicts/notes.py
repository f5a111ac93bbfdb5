"""Notes beside a verdict on accuracy: at the end of its range, or with a shifted threshold."""

from collections.abc import Mapping

from scotoma.basics.words import moved, share
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
    said = []
    if low:
        end = f"below {share(near)}, near its floor, where it can hardly fall further"
        said.append(f"{' and '.join(low)}: accuracy {end}")
    if high:
        end = f"above {share(1 - near)}, near its ceiling, where it can hardly rise further"
        said.append(f"{' and '.join(high)}: accuracy {end}")
    if not said:
        return ""
    beside = ""
    if log_odds is not None:
        beside = f": the log-odds of the target label there moved by {_moved(log_odds)} nats"
    return f"{'; '.join(said)}{beside}."


def sensitivity(heuristic: str, d_prime: Estimate | None, criterion: Estimate | None) -> str:
    """Whether the model tells the two kinds of row apart less well, or only says the target more readily.

    Args:
        heuristic: Name of the cell that has both kinds of row.
        d_prime: Change of d' there; None where it is not known.
        criterion: Change of the criterion there.
    """
    if d_prime is None or criterion is None or d_prime.low is None or criterion.low is None:
        return ""
    sharper, leaning = _direction(d_prime), _direction(criterion)
    tells = f"it tells the two kinds of row apart {'less well' if sharper < 0 else 'better'}"
    says = f"it says the target label {'more' if leaning < 0 else 'less'} readily"
    if sharper and leaning:
        finding = f"{tells}, and {says}"
    elif sharper:
        finding = f"{tells}; its threshold was not found to move"
    elif leaning:
        finding = f"{says}; how well it tells the two kinds of row apart was not found to change"
    else:
        finding = "neither was found to move"
    return f"On {heuristic}, d' moved by {_moved(d_prime)}, the criterion by {_moved(criterion)}: {finding}."


def _direction(found: Estimate) -> int:
    if found.low is None or found.high is None:
        return 0
    return -1 if found.high < 0 else int(found.low > 0)


def _moved(found: Estimate) -> str:
    return moved(found.mean, found.low, found.high)
