"""A card for each verdict: what was compared, what moved, what is known, what is not; and what to draw."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.basics.words import number, share, signed
from scotoma.measures import MEASURES, Tags
from scotoma.report.tables.models import arm_label
from scotoma.results.results import Results
from scotoma.results.verdicts import Judgement
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval
from scotoma.statistics.verdict import Verdict


@dataclass(frozen=True)
class Strip:
    """A mean difference with its interval and one tick for each replicate, to draw against the margin.

    Attributes:
        label: Name of the strip: the blind spot, the task, or the one beyond the other.
        differences: One difference for each replicate, in the measure's own direction.
        estimate: Their mean with its 95 % interval.
        unit: How to write a difference: `percentage points`, or empty for a plain number.
        is_judged: Whether the verdict is about this difference.
    """

    label: str
    differences: tuple[float, ...]
    estimate: Estimate
    unit: str
    is_judged: bool

    @property
    def told(self) -> str:
        """`-2.132 [-2.585, -1.678]`; in percentage points for a share of rows."""
        return _moved(self.estimate, self.unit)


@dataclass(frozen=True)
class Card:
    """One verdict for a reader who has half a minute.

    Attributes:
        word: WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT.
        title: Arm and reference by their names.
        compared: The same in words, with the start.
        found: What moved, from where to where, and by how much.
        known: What the replicates show.
        unknown: What they do not show.
        strips: Differences to draw: on the blind spot, and on the task beside it.
        margin: The smallest change that matters, in the measure's unit.
        margin_told: The same in words.
        higher_is_worse: Whether a higher value is the worse one.
        sentence: The verdict's whole sentence.
        signature: One line to paste; empty where there is none.
    """

    word: str
    title: str
    compared: str
    found: str
    known: str
    unknown: str
    strips: tuple[Strip, ...]
    margin: float
    margin_told: str
    higher_is_worse: bool
    sentence: str
    signature: str

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of an axis that holds all replicates and the margin; intervals may be longer."""
        held = [-1.4 * self.margin, 1.4 * self.margin]
        held += [value for strip in self.strips for value in strip.differences]
        air = 0.06 * (max(held) - min(held))
        return min(held) - air, max(held) + air


def cards(results: Results) -> list[Card]:
    """A card for each judgement, in the study's order."""
    return [_card(results, one) for one in results.judgements]


def _card(results: Results, one: Judgement) -> Card:
    return Card(
        word=one.word,
        title=f"{arm_label(one.arm)} against {_reference(one)}" if one.arm else one.claim.contrast,
        compared=_compared(results, one),
        found=_found(results, one),
        known=_known(one),
        unknown=_unknown(one),
        strips=tuple(_strips(results, one)),
        margin=one.claim.margin,
        margin_told=_amount(one.claim.margin, _unit(one.claim.measure)),
        higher_is_worse=one.higher_is_worse,
        sentence=one.sentence,
        signature=one.signature,
    )


def _reference(one: Judgement) -> str:
    return "its start" if one.reference == "start" else arm_label(one.reference)


def _compared(results: Results, one: Judgement) -> str:
    """Arm and reference in words."""
    arms = {
        arm.name_in(round): arm
        for arm in results.study.arms
        for round in range(1, results.study.n_rounds + 1)
    }
    arm = arms.get(one.arm)
    if arm is None or not arm.sentence:
        return ""
    rows = "" if arm.n is None else f" ({arm.n:,} rows)"
    trained = f"Trained further on {arm.sentence}{rows}"
    start = f"the start checkpoint of {_thousands(one.start)} original examples"
    if one.reference == "start":
        return f"{trained}; compared with {start} itself."
    n = "" if one.arm_n is None else f"{one.arm_n:,} "
    return f"{trained}; compared with {n}original examples. Both begin at {start}."


def _thousands(start: str) -> str:
    return f"{int(start):,}" if start.isdecimal() else start


def _place(results: Results, one: Judgement) -> str:
    """`On micro-world blind spot (all rows), sensitivity (d')`."""
    titles = {spot.name: spot.title for spot in results.study.blindspots}
    where = titles.get(one.claim.blindspot, one.claim.blindspot)
    return f"On {where} ({_rows(one.claim.cell)}), {MEASURES[one.claim.measure].title}"


def _rows(cell: str) -> str:
    tags = Tags.of(cell)
    parts = [
        "" if tags.heuristic == "all" else tags.heuristic,
        f"subcase {tags.subcase}" if tags.subcase else "",
        f"template {tags.template}" if tags.template else "",
        f"{tags.label} rows" if tags.label else "",
    ]
    return ", ".join(part for part in parts if part) or "all rows"


def _found(results: Results, one: Judgement) -> str:
    """What moved, from where to where, and by how much."""
    place, interval, unit = _place(results, one), one.interval, _unit(one.claim.measure)
    if interval.mean is None:
        return f"{place}: {one.reason}."
    levels = ""
    if one.before:
        before, after = (
            _amount(statistics.fmean(side), unit, level=True) for side in (one.before, one.after)
        )
        levels = f" from {before} to {after},"
    bounds = "" if interval.low is None else f" (95 % interval {_interval(interval, unit)})"
    verb, by = _verb(interval)
    amount = _amount(abs(interval.mean), unit) if by else _signed(interval.mean, unit)
    beyond = f" beyond its change on the task ({one.claim.beyond})" if one.claim.beyond else ""
    return f"{place} {verb}{levels} by {amount}{beyond}{bounds}."


def _verb(interval: Estimate) -> tuple[str, bool]:
    """`fell` or `rose` where the interval has one sign only, and then the amount needs no sign."""
    if interval.low is not None and interval.high is not None:
        if interval.high < 0:
            return "fell", True
        if interval.low > 0:
            return "rose", True
    return "changed", False


def _known(one: Judgement) -> str:
    """What the replicates show."""
    if one.judged is None or one.judged.word is None:
        return ""
    alone, margin = one.judged.alone, _amount(one.claim.margin, _unit(one.claim.measure))
    moved = _replicates(alone)
    match one.judged.word:
        case "WORSE" | "BETTER" as word:
            return f"The mean change for the {word.lower()} is larger than the margin of {margin}. {moved}."
        case "EQUIVALENT":
            return f"A mean change as large as the margin of {margin} is ruled out, either way. {moved}."
    bounds = one.judged.bounds
    likely = ""
    if bounds is not None and bounds.low is not None and bounds.high is not None:
        if bounds.high < 0:
            likely = "The mean moved for the worse. "
        elif bounds.low > 0:
            likely = "The mean moved for the better. "
    return f"{likely}The margin is {margin}. {moved}."


def _replicates(alone: Verdict) -> str:
    """How many replicates moved by more than the margin, and which way."""
    n = alone.interval.n
    ways = [("worse", alone.fell), ("better", alone.rose)]
    counts = [(round((found.value or 0) * n), way) for way, found in ways]
    told = [f"{count} of {n} for the {way}" for count, way in counts if count]
    return f"Replicates that moved by more than that: {' and '.join(told) or f'none of {n}'}"


def _unknown(one: Judgement) -> str:
    """What the replicates do not show."""
    if one.judged is None or one.judged.word is None:
        return f"No verdict: {one.reason}."
    alone = one.judged.alone
    match one.judged.word:
        case "WORSE":
            return _seeds("do the same", 1 - (alone.fell.low or 0.0))
        case "BETTER":
            return _seeds("do the same", 1 - (alone.rose.low or 0.0))
        case "EQUIVALENT":
            most = max(alone.fell.high or 0.0, alone.rose.high or 0.0)
            return _seeds("stay within the margin", most)
    if alone.withheld:
        return f"{alone.withheld[0].upper()}{alone.withheld[1:]}. This is not evidence of no effect."
    return (
        f"Whether the mean change is larger than the margin: {alone.interval.n} replicates cannot tell. This "
        "is not evidence of no effect."
    )


def _seeds(what: str, others: float) -> str:
    return f"Whether all seeds would {what}: up to {share(round(others, 2))} might not (exact 95 % bound)."


def _strips(results: Results, one: Judgement) -> Iterator[Strip]:
    """The difference that is judged, and beside it those on the blind spot and on the task."""
    claim, unit = one.claim, _unit(one.claim.measure)
    spot = _difference(results, one, claim.blindspot, claim.cell)
    tests = [claim.beyond] if claim.beyond else results.general[:1]
    tasks = [(f"task: {test}", _difference(results, one, test, "all")) for test in tests]
    rows = [("blind spot", spot), *tasks]
    if claim.beyond:
        rows.append(("beyond the task", one.evidence.differences))
    for label, found in rows:
        if found:
            is_judged = (label == "beyond the task") if claim.beyond else label == "blind spot"
            yield Strip(label, tuple(found), t_interval(found, level=LEVEL), unit, is_judged)


def _difference(results: Results, one: Judgement, test: str, cell: str) -> Sequence[float]:
    """By replicate; none where this was not measured."""
    same = [
        pl.col(name) == value for name, value in zip(("start", "arm", "reference"), one.models, strict=True)
    ]
    here = [pl.col("test") == test, pl.col("cell") == cell, pl.col("measure") == one.claim.measure]
    found = results.contrasts.filter(*same, *here)["values"].to_list()
    return found[0] if found else ()


def _unit(measure: str) -> str:
    """Shares of rows, and their differences, are told in percentage points."""
    known = MEASURES[measure]
    return "percentage points" if known.scale == "share" and measure != "auc" else ""


def _amount(value: float, unit: str, *, level: bool = False) -> str:
    """A number without a sign of its own; a level of a share is in per cent."""
    if not unit:
        return number(value)
    return f"{100 * value:.1f} %" if level else f"{100 * value:.1f} {unit}"


def _signed(value: float, unit: str) -> str:
    return f"{100 * value + 0.0:+.1f} {unit}" if unit else signed(value)


def _interval(interval: Estimate, unit: str) -> str:
    """`1.678 to 2.585` where both have one sign, as the verb has said it; else with signs."""
    low, high = interval.low or 0.0, interval.high or 0.0
    scale, digits = (100, 1) if unit else (1, 3)
    if low > 0 or high < 0:
        ends = sorted((abs(low), abs(high)))
        return " to ".join(number(scale * end, digits=digits) for end in ends)
    return " to ".join(signed(scale * end, digits=digits) for end in (low, high))


def _moved(estimate: Estimate, unit: str) -> str:
    if estimate.mean is None:
        return ""
    scale, digits = (100, 1) if unit else (1, 3)
    bounds = ""
    if estimate.low is not None and estimate.high is not None:
        ends = ", ".join(signed(scale * end, digits=digits) for end in (estimate.low, estimate.high))
        bounds = f" [{ends}]"
    return f"{signed(scale * estimate.mean, digits=digits)}{bounds}"
