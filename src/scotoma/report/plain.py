"""A verdict in plain words: what it answers, what moved, what is known, what is not."""

import statistics
from dataclasses import replace
from typing import Literal

from scotoma.basics.words import number, percent, signed
from scotoma.measures import MEASURES, Tags
from scotoma.results.results import Results
from scotoma.results.values import values
from scotoma.results.verdicts import Judgement
from scotoma.statistics.intervals import Estimate
from scotoma.statistics.verdict import Verdict
from scotoma.verdicts.sentences import direction

_ROBUST = {"WORSE": "less", "BETTER": "more"}

#: Measures from 0 to 1 that are not shares of rows.
_NO_SHARES_OF_ROWS = ("auc", "macro_f1", "calibration_error")

#: What each verdict answers, for a claim on the blind spot alone.
_ALONE = {
    "WORSE": "Yes: it got worse.",
    "BETTER": "Yes: it got better.",
    "EQUIVALENT": "No: not by as much as the margin.",
    "INCONCLUSIVE": "Not settled.",
}

#: The same for a claim on the blind spot beyond the task.
_BEYOND = {
    "WORSE": "Yes, for the worse: the model became less robust.",
    "BETTER": "Yes, for the better: the model became more robust.",
    "EQUIVALENT": "No: it moved as the task did, to within the margin.",
    "INCONCLUSIVE": "Not settled: whether the model became less robust is open.",
}


def answer(one: Judgement, task: Estimate | None) -> str:
    """The verdict in one plain sentence; what it says of robustness, and what it leaves open.

    Args:
        one: Claim, judged.
        task: How the same measure changed on the task; None where it is not known.
    """
    if likely := _likely(one):
        way = f"{_ROBUST[likely]} robust" if one.claim.beyond else f"for the {likely.lower()}"
        return f"Likely {way}; by how much is not settled."
    if one.claim.beyond:
        return _BEYOND.get(one.word, "")
    sentence = _ALONE.get(one.word, "")
    if one.word in ("WORSE", "BETTER") and task is not None and task.low is not None:
        sign = -1 if one.higher_is_worse else 1
        low, high = sorted((sign * task.low, sign * (task.high or 0.0)))
        if (high < 0 and one.word == "WORSE") or (low > 0 and one.word == "BETTER"):
            sentence += f" So did the task: this alone does not say {_ROBUST[one.word]} robust."
    return sentence


def movement(results: Results, one: Judgement) -> str:
    """What moved, from where to where, and by how much."""
    place, interval, unit = _place(results, one), one.interval, unit_of(one.claim.measure)
    if interval.mean is None:
        return f"{place}: {one.reason}."
    levels = ""
    if one.before:
        before, after = (amount(statistics.fmean(side), unit, level=True) for side in (one.before, one.after))
        levels = f" from {before} to {after},"
    bounds = "" if interval.low is None else f" (95 % interval {_interval(interval, unit)})"
    verb, by = _verb(interval)
    size = amount(abs(interval.mean), unit) if by else _signed(interval.mean, unit)
    beyond = f" beyond its change on the task ({one.claim.beyond})" if one.claim.beyond else ""
    return f"{place} {verb}{levels} by {size}{beyond}{bounds}."


def accuracy(results: Results, one: Judgement) -> str:
    """Mean accuracy before and after, on the blind spot and on the first task's test set."""
    if one.claim.measure == "accuracy" or not one.arm:
        return ""
    tests = [one.claim.beyond] if one.claim.beyond else results.general[:1]
    changes = []
    reference = "none" if one.reference == "start" else one.reference
    spot = ("blind spot", one.claim.blindspot, one.claim.cell)
    for name, test, cell in (spot, *((test, test, "all") for test in tests)):
        measured = values(results.measures, test, cell, "accuracy")
        before, after = (measured.get((one.start, arm), {}) for arm in (reference, one.arm))
        both = before.keys() & after.keys()
        if both:
            first, last = (statistics.fmean(side[at] for at in both) for side in (before, after))
            changes.append(f"{name} {100 * first:.1f} % → {100 * last:.1f} %")
    return f"In accuracy, which a moved threshold also changes: {', '.join(changes)}." if changes else ""


def known(results: Results, one: Judgement) -> str:
    """What the replicates show."""
    if one.judged is None or one.judged.word is None:
        return ""
    alone, unit = one.judged.alone, unit_of(one.claim.measure)
    margin, level = amount(one.claim.margin, unit), percent(round(alone.interval.level, 3))
    counts = f"{_replicates(alone)}.{_look(one)}"
    match one.judged.word:
        case "WORSE" | "BETTER" as word:
            decides = _interval(_in_its_own_direction(alone.interval, one), unit)
            larger = f"The mean change for the {word.lower()} is larger than the margin of {margin}"
            return f"{larger}, and so is all of its {level} interval, {decides}. {counts}"
        case "EQUIVALENT":
            decides = _interval(_in_its_own_direction(alone.interval, one), unit, signs=True)
            ruled = f"A mean change as large as the margin of {margin} is ruled out in either direction"
            return f"{ruled} ({level} interval {decides}). {counts}"
    way = _likely(one)
    likely = f"The mean moved for the {way.lower()}. " if way else ""
    interval = one.interval
    if not likely and interval.low is not None and interval.high is not None:
        between = _interval(interval, unit).replace(" to ", " and ")
        likely = f"The mean change is between {between} ({percent(interval.level)} interval). "
    declaration = results.declaration
    is_late = declaration.exploratory or declaration.remark_on(results.study.claims.index(one.claim))
    set_when = f"is {margin}" if is_late else f"was set at {margin} before the run"
    return f"{likely}{counts} The margin {set_when}."


def _in_its_own_direction(interval: Estimate, one: Judgement) -> Estimate:
    """The interval that decides, which is signed so that up is better, as the measure has it."""
    if not one.higher_is_worse or interval.mean is None or interval.low is None or interval.high is None:
        return interval
    return replace(interval, mean=-interval.mean, low=-interval.high, high=-interval.low)


def _likely(one: Judgement) -> Literal["WORSE", "BETTER", ""]:
    """Which way an undecided claim moved, where that is sure for all claims at once."""
    return direction(one.judged) if one.judged is not None and one.word == "INCONCLUSIVE" else ""


def _look(one: Judgement) -> str:
    """At which planned look; empty where one look was planned."""
    if one.judged is None or len(one.looks) < 2:
        return ""
    word = "Not decided" if one.judged.word == "INCONCLUSIVE" else "Decided"
    return f" {word} at {one.judged.look} replicates; looks planned at {', '.join(map(str, one.looks))}."


def unknown(one: Judgement) -> str:
    """What the replicates do not show."""
    if one.judged is None or one.judged.word is None:
        return f"No verdict: {one.reason}."
    alone = one.judged.alone
    match one.judged.word:
        case "WORSE":
            return _seeds(alone, 1 - (alone.fell.low or 0.0))
        case "BETTER":
            return _seeds(alone, 1 - (alone.rose.low or 0.0))
        case "EQUIVALENT":
            return _seeds(alone, max(alone.fell.high or 0.0, alone.rose.high or 0.0))
    if alone.withheld:
        return f"{alone.withheld[0].upper()}{alone.withheld[1:]}. This is not evidence of no effect."
    return (
        f"Whether the mean change is larger than the margin: {alone.interval.n} replicates cannot tell, and "
        "`scotoma plan` says how many would. This is not evidence of no effect."
    )


def unit_of(measure: str) -> str:
    """The unit of a measure: percentage points for shares of rows and their differences."""
    is_of_rows = MEASURES[measure].scale == "share" and measure not in _NO_SHARES_OF_ROWS
    return "percentage points" if is_of_rows else ""


def amount(value: float, unit: str, *, level: bool = False) -> str:
    """A number without a sign of its own; a level of a share is in per cent."""
    if not unit:
        return number(value)
    return f"{100 * value:.1f} %" if level else f"{100 * value:.1f} {unit}"


def change_with_interval(estimate: Estimate, unit: str) -> str:
    if estimate.mean is None:
        return ""
    scale, digits = (100, 1) if unit else (1, 3)
    bounds = ""
    if estimate.low is not None and estimate.high is not None:
        ends = ", ".join(signed(scale * end, digits=digits) for end in (estimate.low, estimate.high))
        bounds = f" [{ends}]"
    return f"{signed(scale * estimate.mean, digits=digits)}{bounds}"


def _place(results: Results, one: Judgement) -> str:
    """`On micro-world blind spot (all rows), sensitivity (d')`."""
    titles = {spot.name: spot.title for spot in results.study.blindspots}
    where = titles.get(one.claim.blindspot, one.claim.blindspot)
    place = f"On {where} ({_rows(one.claim.cell)})".replace(") (", ", ")
    return f"{place}, {MEASURES[one.claim.measure].title}"


def _rows(cell: str) -> str:
    tags = Tags.of(cell)
    parts = [
        "" if tags.heuristic == "all" else tags.heuristic,
        f"subcase {tags.subcase}" if tags.subcase else "",
        f"template {tags.template}" if tags.template else "",
        f"{tags.label} rows" if tags.label else "",
    ]
    return ", ".join(part for part in parts if part) or "all rows"


def _verb(interval: Estimate) -> tuple[str, bool]:
    """`fell` or `rose` where the interval has one sign only, and then the amount needs no sign."""
    if interval.low is not None and interval.high is not None:
        if interval.high < 0:
            return "fell", True
        if interval.low > 0:
            return "rose", True
    return "changed", False


def _replicates(alone: Verdict) -> str:
    """How many replicates moved by more than the margin, and which way."""
    n = alone.interval.n
    ways = [("worse", alone.fell), ("better", alone.rose)]
    counts = [(round((share.value or 0) * n), way) for way, share in ways]
    counted_parts = [f"{count} of {n} for the {way}" for count, way in counts if count]
    return f"Replicates that moved by more than the margin: {' and '.join(counted_parts) or f'none of {n}'}"


def _seeds(alone: Verdict, others: float) -> str:
    return (
        f"How many seeds behave differently; {alone.interval.n} replicates rule out only a share above "
        f"{percent(round(others, 2))} (exact 95 % bound)."
    )


def _signed(value: float, unit: str) -> str:
    return f"{100 * value + 0.0:+.1f} {unit}" if unit else signed(value)


def _interval(interval: Estimate, unit: str, *, signs: bool = False) -> str:
    """`1.678 to 2.585` where both have one sign and a verb has said it; else with signs."""
    low, high = interval.low or 0.0, interval.high or 0.0
    scale, digits = (100, 1) if unit else (1, 3)
    if not signs and (low > 0 or high < 0):
        ends = sorted((abs(low), abs(high)))
        return " to ".join(number(scale * end, digits=digits) for end in ends)
    return " to ".join(signed(scale * end, digits=digits) for end in (low, high))
