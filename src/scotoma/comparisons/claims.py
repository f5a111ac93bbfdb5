"""The declared claims: which measure, in which cells, with what margin and error rate."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots import BlindSpot
from scotoma.measures import Cell, higher_is_better
from scotoma.verdicts.pairs import Pair

#: Measures that a cell of a blind spot may have.
MEASURES = (
    "accuracy",
    "accuracy_sum",
    "margin",
    "auc",
    "hit_rate",
    "false_alarm_rate",
    "d_prime",
    "criterion",
)
_OF_ONE_LABEL = ("accuracy", "accuracy_sum", "margin")


@dataclass(frozen=True)
class Claim:
    """One declared claim.

    Attributes:
        cell: Its name.
        measure: Its name.
        margin: Smallest change that matters, in the measure's unit.
        alpha: Rate at which a false word is accepted.
    """

    cell: str
    measure: str
    margin: float
    alpha: float


def declare(
    cells: Sequence[str], measure: str, margin: float, alpha: float, blindspot: BlindSpot
) -> list[Claim]:
    """The claims that a command line declares, each once.

    Args:
        cells: None for `all/LABEL` of the label the shortcut does not say; `all` for a measure that
            needs both labels.
        measure: One of `MEASURES`.
        margin: Above 0.
        alpha: In (0, .5).
        blindspot: Whose labels they are.

    Raises:
        ScotomaError: the measure is not known, or the margin or alpha means nothing.
    """
    if measure not in MEASURES:
        raise ScotomaError(
            f"measure {measure!r} is not known", where="--measure", remedy=nearest(measure, MEASURES)
        )
    if not (margin > 0 and math.isfinite(margin)):
        raise ScotomaError(
            f"a margin of {margin:g} means nothing",
            where="--margin",
            remedy="Give the smallest change that matters, above 0.",
        )
    if not 0 < alpha < 0.5:
        raise ScotomaError(
            f"alpha {alpha:g} means nothing", where="--alpha", remedy="Give a number above 0 and below .5."
        )
    usual = f"all/{blindspot.labels[1]}" if measure in _OF_ONE_LABEL else "all"
    return [Claim(cell, measure, margin, alpha) for cell in dict.fromkeys(cells or [usual])]


def differences(claim: Claim, pairs: Sequence[Pair]) -> tuple[list[float], list[float]]:
    """The measure before and after in each replicate.

    Raises:
        ScotomaError: a replicate has no such cell, or the measure is not defined in it.
    """
    before: list[float] = []
    after: list[float] = []
    for pair in pairs:
        cell = _cell(claim, pair)
        for rows, values, side in ((pair.before, before, "before"), (pair.after, after, "after")):
            found = rows.value(claim.measure, cell.at)
            if found.value is None:
                raise ScotomaError(
                    f"there is no {claim.measure} in {claim.cell}: {found.reason}",
                    where=f"replicate {pair.name}, {side}",
                    remedy="Declare a claim on another measure, or give what it needs.",
                )
            values.append(found.value)
    return before, after


def up_is_better(claim: Claim, pairs: Sequence[Pair], blindspot: BlindSpot) -> bool | None:
    """Whether more of the measure is good; None where neither direction is.

    A subcase's name does not tell its label, but its rows do.
    """
    found = higher_is_better(claim.measure, claim.cell, blindspot.target)
    if found is not None or claim.measure != "margin":
        return found
    sides = {bool(side) for pair in pairs for side in pair.before.is_target[pair.cells[claim.cell].at]}
    return sides.pop() if len(sides) == 1 else None


def _cell(claim: Claim, pair: Pair) -> Cell:
    if claim.cell not in pair.cells:
        raise ScotomaError(
            f"there is no cell {claim.cell!r}",
            where=f"--cell, replicate {pair.name}",
            remedy=nearest(claim.cell, _alike(claim.cell, pair.cells)),
        )
    cell = pair.cells[claim.cell]
    if claim.measure not in cell.measures:
        having = [name for name in _alike("", pair.cells) if claim.measure in pair.cells[name].measures]
        raise ScotomaError(
            f"{claim.measure} is not measured in {claim.cell}",
            where="--measure",
            remedy=f"It is measured in {', '.join(having)}. In {claim.cell} there is "
            f"{', '.join(cell.measures)}.",
        )
    return cell


def _alike(name: str, cells: Mapping[str, Cell]) -> list[str]:
    """Names of the same kind: subcases and templates are many, so they are listed only if meant."""
    kind = name.partition(":")[0] if ":" in name else ""
    return [known for known in cells if (known.partition(":")[0] if ":" in known else "") == kind] or list(
        cells
    )
