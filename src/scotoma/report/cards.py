"""A card for each verdict: what was compared, what moved, what is known, what is not; and what to draw."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from scotoma.arms import Arm
from scotoma.report import plain
from scotoma.report.tables.models import arm_label
from scotoma.results.focus import on_the_task
from scotoma.results.results import Results
from scotoma.results.verdicts import Judgement
from scotoma.statistics.intervals import LEVEL, Estimate, t_interval

_TASK = "task: "
_QUESTIONS = {
    False: "Did the score on the blind spot change?",
    True: "Did the score on the blind spot change more than on the task?",
}


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
    def change_text(self) -> str:
        """`-2.132 [-2.585, -1.678]`; in percentage points for a share of rows."""
        return plain.change_with_interval(self.estimate, self.unit)


@dataclass(frozen=True)
class Card:
    """One verdict for a reader who has half a minute.

    Attributes:
        word: WORSE, BETTER, EQUIVALENT, INCONCLUSIVE, or NO VERDICT.
        question: What the claim asks, in a few words.
        answer: The verdict's answer in one plain sentence.
        title: Arm and reference by their names.
        compared: The same in words, with the start.
        movement: What moved, from where to where, and by how much.
        accuracy: The same in accuracy, on the blind spot and the task; empty where the claim is about it.
        known: What the replicates show.
        unknown: What they do not show.
        strips: Differences to draw: on the blind spot, and on the task beside it.
        margin: The smallest change that matters, in the measure's unit.
        margin_text: The same in words.
        higher_is_worse: Whether a higher value is the worse one.
        sentence: The verdict's whole sentence.
        signature: One line to paste; empty where there is none.
    """

    word: str
    question: str
    answer: str
    title: str
    compared: str
    movement: str
    accuracy: str
    known: str
    unknown: str
    strips: tuple[Strip, ...]
    margin: float
    margin_text: str
    higher_is_worse: bool
    sentence: str
    signature: str

    @property
    def ends(self) -> tuple[float, float]:
        """The ends of an axis that holds all replicates and the margin; intervals may be longer."""
        included = [-1.4 * self.margin, 1.4 * self.margin]
        included += [value for strip in self.strips for value in strip.differences]
        air = 0.06 * (max(included) - min(included))
        return min(included) - air, max(included) + air


def cards(results: Results) -> list[Card]:
    """A card for each judgement, in the study's order."""
    return [_card(results, one) for one in results.judgements]


def _card(results: Results, one: Judgement) -> Card:
    strips = tuple(_strips(results, one))
    task = next((strip.estimate for strip in strips if strip.label.startswith(_TASK)), None)
    return Card(
        word=one.word,
        question=_QUESTIONS[one.claim.beyond is not None],
        answer=plain.answer(one, task),
        title=f"{arm_label(one.arm)} against {_reference(one)}" if one.arm else one.claim.contrast,
        compared=_models_compared(results, one),
        movement=plain.movement(results, one),
        accuracy=plain.accuracy(results, one),
        known=plain.known(results, one),
        unknown=plain.unknown(one),
        strips=strips,
        margin=one.claim.margin,
        margin_text=plain.amount(one.claim.margin, plain.unit_of(one.claim.measure)),
        higher_is_worse=one.higher_is_worse,
        sentence=one.sentence,
        signature=one.signature,
    )


def _reference(one: Judgement) -> str:
    return "its start" if one.reference == "start" else arm_label(one.reference)


def _models_compared(results: Results, one: Judgement) -> str:
    """Arm and reference in words."""
    study = results.study
    arms = {arm.name_in(round): arm for arm in study.all_arms for round in study.rounds_of(arm)}
    arm = arms.get(one.arm)
    if arm is None or not arm.described:
        return ""
    trained = f"Trained further on {arm.described}{_rows(arm)}"
    start = f"the start checkpoint of {_thousands(one.start)} original examples"
    if one.reference == "start":
        return f"{trained}; compared with {start} itself."
    other = arms.get(one.reference)
    if other is not None and other.kind != "original":
        return f"{trained}; compared with {other.described}{_rows(other)}. Both start from {start}."
    n = "" if other is None or other.n is None else f"{other.n:,} "
    return f"{trained}; compared with {n}further original examples. Both start from {start}."


def _rows(arm: Arm) -> str:
    return "" if arm.n is None else f" ({arm.n:,} rows)"


def _thousands(start: str) -> str:
    return f"{int(start):,}" if start.isdecimal() else start


def _strips(results: Results, one: Judgement) -> Iterator[Strip]:
    """The difference that is judged, and beside it those on the blind spot and on the task."""
    claim, unit = one.claim, plain.unit_of(one.claim.measure)
    spot = _difference(results, one, claim.blindspot, claim.cell)
    tests = [claim.beyond] if claim.beyond else results.general[:1]
    on_task = on_the_task(results.study, claim)
    tasks = [(f"{_TASK}{test}", _difference(results, one, test, on_task)) for test in tests]
    rows = [("blind spot", spot), *tasks]
    if claim.beyond:
        rows.append(("beyond the task", one.evidence.differences))
    for label, differences in rows:
        if differences:
            is_judged = (label == "beyond the task") if claim.beyond else label == "blind spot"
            yield Strip(label, tuple(differences), t_interval(differences, level=LEVEL), unit, is_judged)


def _difference(results: Results, one: Judgement, test: str, cell: str) -> Sequence[float]:
    """By replicate; none where this was not measured."""
    same = [
        pl.col(name) == value for name, value in zip(("start", "arm", "reference"), one.models, strict=True)
    ]
    here = [pl.col("test") == test, pl.col("cell") == cell, pl.col("measure") == one.claim.measure]
    values = results.contrasts.filter(*same, *here)["values"].to_list()
    return values[0] if values else ()
