"""The declared claims: which measure, in which cells, with what margin and error rate."""

import math
from collections.abc import Mapping, Sequence

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.blindspots import BlindSpot
from scotoma.measures import CLAIMABLE, MEASURES, Tags, higher_is_better, name_from_user
from scotoma.measures.cells import Cell
from scotoma.measures.rows import Rows
from scotoma.study.claims import Claim, margin_too_large
from scotoma.verdicts.evidence import Evidence, rates_of
from scotoma.verdicts.pairs import Pair

#: The contrast of every claim: the two sides, whatever they are.
CONTRAST = "after - before"


def declare(
    cells: Sequence[str], measure: str, margin: float, alpha: float, blindspot: BlindSpot
) -> list[Claim]:
    """The claims that a command line declares, each once.

    Args:
        cells: Cells to claim something about. If empty: `all/LABEL` of the label that the shortcut does not
            predict, or `all` for a measure that needs both labels.
        measure: Name of the measure, one of `scotoma.measures.CLAIMABLE`.
        margin: Smallest change that matters, above 0.
        alpha: Rate at which a false verdict is accepted, in (0, .5).
        blindspot: Blind spot that the labels belong to.

    Raises:
        ScotomaError: the measure is not known, or the margin or alpha is out of range.
    """
    measure = name_from_user(measure)
    if measure not in CLAIMABLE:
        raise ScotomaError(
            f"measure {measure!r} is not known", where="--measure", remedy=nearest(measure, CLAIMABLE)
        )
    if not (margin > 0 and math.isfinite(margin)):
        raise ScotomaError(
            f"the margin must be above 0; got {margin:g}",
            where="--margin",
            remedy="Give the smallest change that matters.",
        )
    if too_large := margin_too_large(measure, margin):
        what, remedy = too_large
        raise ScotomaError(what, where="--margin", remedy=remedy)
    if not 0 < alpha < 0.5:
        raise ScotomaError(
            f"alpha must be above 0 and below .5; got {alpha:g}",
            where="--alpha",
            remedy="The usual one is .05.",
        )
    usual = "all" if MEASURES[measure].both_labels else f"all/{blindspot.labels[1]}"
    return [
        Claim(
            blindspot=blindspot.name,
            cell=cell,
            measure=measure,
            contrast=CONTRAST,
            margin=margin,
            alpha=alpha,
        )
        for cell in dict.fromkeys(cells or [usual])
    ]


def evidence_of(claim: Claim, pairs: Sequence[Pair], blindspot: BlindSpot) -> Evidence:
    """The replicates that answer a claim.

    Raises:
        ScotomaError: a replicate has no such cell, or the measure is not defined in it.
    """
    first = _cell(claim, pairs[0])
    before, after = _required_sides(claim, pairs)
    return Evidence(
        claim,
        up_is_better(claim, pairs, blindspot),
        differences=tuple(y - x for x, y in zip(before, after, strict=True)),
        names=tuple(pair.name for pair in pairs),
        before=tuple(before),
        after=tuple(after),
        rates=rates_of(claim.measure, lambda rate: sides_of(rate, claim.cell, pairs) or ([], [])),
        n_rows=pairs[0].before.value(claim.measure, first.at).n,
        alike=all(pair.is_alike for pair in pairs),
    )


def sides_of(measure: str, cell: str, pairs: Sequence[Pair]) -> tuple[list[float], list[float]] | None:
    """A measure before and after in each replicate; None where one of them lacks the cell or the measure."""
    values: tuple[list[float], list[float]] = ([], [])
    for pair in pairs:
        for rows, side in zip((pair.before, pair.after), values, strict=True):
            value = rows.value(measure, pair.cells[cell].at).value if cell in pair.cells else None
            if value is None:
                return None
            side.append(value)
    return values


def _required_sides(claim: Claim, pairs: Sequence[Pair]) -> tuple[list[float], list[float]]:
    values: tuple[list[float], list[float]] = ([], [])
    for pair in pairs:
        for name, side in zip(("before", "after"), values, strict=True):
            rows: Rows = getattr(pair, name)
            measured = rows.value(claim.measure, _cell(claim, pair).at)
            if measured.value is None:
                raise ScotomaError(
                    f"there is no {claim.measure} in {claim.cell}: {measured.reason}",
                    where=f"replicate {pair.name}, {name}",
                    remedy="Declare a claim on another measure, or give what it needs.",
                )
            side.append(measured.value)
    return values


def up_is_better(claim: Claim, pairs: Sequence[Pair], blindspot: BlindSpot) -> bool | None:
    """Whether more of the measure is good; None where neither direction is.

    A subcase's name does not tell its label, but its rows do.
    """
    is_good = higher_is_better(claim.measure, claim.cell, blindspot.target)
    if is_good is not None or claim.measure != "log_odds":
        return is_good
    target_flags = {bool(side) for pair in pairs for side in pair.before.is_target[pair.cells[claim.cell].at]}
    return target_flags.pop() if len(target_flags) == 1 else None


def _cell(claim: Claim, pair: Pair) -> Cell:
    if claim.cell not in pair.cells:
        raise ScotomaError(
            f"there is no cell {claim.cell!r}",
            where=f"--cell, replicate {pair.name}",
            remedy=nearest(claim.cell, _alike(claim.cell, pair.cells)),
        )
    cell = pair.cells[claim.cell]
    if claim.measure not in cell.measures:
        measured_in = [name for name in _alike("", pair.cells) if claim.measure in pair.cells[name].measures]
        raise ScotomaError(
            f"{claim.measure} is not measured in {claim.cell}",
            where="--measure",
            remedy=f"It is measured in {', '.join(measured_in)}. In {claim.cell} there is "
            f"{', '.join(cell.measures)}.",
        )
    return cell


def _alike(name: str, cells: Mapping[str, Cell]) -> list[str]:
    """Names of cells of the same kind: subcases and templates are many, so only a name of one lists them."""
    kind = Tags.of(name).kind
    return [known for known, cell in cells.items() if cell.tags.kind == kind] or list(cells)
