"""The part of `scotoma plan` on what the replicates can show."""

from collections.abc import Iterable, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from scotoma.basics.words import number
from scotoma.results.design import CONFIDENCE, Design, refusal, undetected
from scotoma.statistics.power import cautious_sd
from scotoma.study.claims import Claim


def design_text(designs: Sequence[Design], n: int, power: float) -> list[RenderableType]:
    """What to print: claims, and under those that are alike in it, what the replicates can show."""
    if not designs:
        return []
    alphas = " and ".join(number(alpha) for alpha in sorted({one.alpha for one in designs}))
    shown: list[RenderableType] = [
        Text(f"\nPower {power:g} at alpha {alphas}, the level that Holm leaves a claim in the worst case")
    ]
    fewest = max(one.fewest for one in designs)
    if n < fewest:
        shown.append(Text(f"EQUIVALENT requires at least {fewest} replicates, whatever the sd."))
    same_design: dict[tuple[tuple[float, str, float, float, bool], ...], list[Claim]] = {}
    for claim in dict.fromkeys(one.claim for one in designs):
        rows = [one for one in designs if one.claim == claim]
        same_design.setdefault(
            tuple((o.sd, o.source, o.alpha, claim.margin, o.worse_is_up) for o in rows), []
        ).append(claim)
    for claims in same_design.values():
        rows = [one for one in designs if one.claim == claims[0]]
        shown.append(Text())
        shown += [
            Text(f"{claim.contrast}: {claim.place}, margin {number(claim.margin)}", style="bold")
            for claim in claims
        ]
        shown.append(_table(rows, n))
        shown += [Text(f"{why[0].upper()}{why[1:]}.") for why in _unfound(rows, n)]
        if not rows[0].guessed:
            shown += [Text(refusal(one, n)) for one in rows if not one.null.promised]
            shown += [Text(_how_sure(one)) for one in rows if one.pilot]
    if any(one.guessed for one in designs):
        line = "\nThe sd is not known before two replicates have run; --sd sets that of a pilot or a paper."
        shown.append(Text(line))
    return shown


def _how_sure(designs: Design) -> str:
    """How uncertain a pilot's sd is, and what one more replicate of it buys."""
    now, then = (
        cautious_sd(1.0, n_pilot=n, confidence=CONFIDENCE) for n in (designs.pilot, designs.pilot + 1)
    )
    bound = f"{CONFIDENCE:.0%} upper bound of {designs.pilot} replicates"
    less = f"{1 - then / now:.0%}"
    return (
        f"The sd is the {bound}, {now:.1f} times the sd observed; one more replicate would lower it by "
        f"{less}."
    )


def _unfound(rows: Sequence[Design], n: int) -> Iterable[str]:
    """Why no change would be found, once."""
    return filter(None, dict.fromkeys(undetected(one, n) for one in rows))


def _table(rows: Sequence[Design], n: int) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="")
    table.add_column("sd of replicates")
    table.add_column("EQUIVALENT needs", justify="right")
    table.add_column(f"chance with {n}", justify="right")
    table.add_column("WORSE found from", justify="right")
    for one in rows:
        table.add_row(
            f"{number(one.sd)} ({one.source})",
            one.needed,
            f"{one.null.power:.0%}",
            f"{'+' if one.worse_is_up else '-'}{number(one.detectable)}"
            if one.detectable is not None
            else "no possible change",
        )
    return table
