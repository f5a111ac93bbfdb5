"""The share of a generator's candidates that the arms need to be usable, before that is known.

Sizes that no generator can fill are refused (`inspection.py`). Whether enough of the candidates pass the
screen, or obey the heuristic, only the rows tell; what is known is the share that is needed and, for rows
that must obey, how often original ones do.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from scotoma.arms.arm import Arm
from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import counted, percent
from scotoma.blindspots.predicates.heuristic import Heuristic
from scotoma.blindspots.predicates.rules import ask
from scotoma.experiment import Plan
from scotoma.run.inspection import Look
from scotoma.stages.assemble import Assemble
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.costs import Unknown
from scotoma.store.steps import NotForeseeable

#: Arms that a sentence names, and original rows of a label that are asked.
_N_NAMED, _N_ASKED = 6, 5_000


@dataclass(frozen=True)
class NeededYield:
    """What an arm needs of the candidates of one label, or of all.

    Attributes:
        arm: The arm's name.
        n: Rows that it takes, in all samples.
        candidates: Rows that will be written.
        label: Label of these; empty for rows of any.
        condition: What must be true of them beside passing the screen, in words; empty for nothing.
        original: Share of the original rows of the label of which the condition is true; None where it is not
            known.
    """

    arm: str
    n: int
    candidates: int
    label: str = ""
    condition: str = ""
    original: float | None = None

    @property
    def share(self) -> float:
        """Share of the candidates that it needs."""
        return self.n / self.candidates

    @property
    def is_unlikely(self) -> bool:
        """Whether a generator that writes as the original rows are cannot fill the arm."""
        return self.original is not None and self.original < self.share

    def __str__(self) -> str:
        rows = f"{self.n:,} of {self.candidates:,}"
        labelled = f" labelled {self.label!r}" if self.condition else " of each label" if self.label else ""
        return f"{self.arm} {percent(round(self.share, 3))} ({rows}{labelled}{self.condition})"


def needed_yields(plan: Plan, look: Look) -> list[NeededYield]:
    """What each arm needs of candidates that are yet to be written, the largest share first.

    Args:
        plan: Plan of the study.
        look: Reads the plan's steps.
    """
    by_pool: dict[str, NeededYield] = {}
    rates: dict[tuple[str, str], pl.DataFrame | None] = {}
    for step in plan.steps:
        if not isinstance(step, Assemble) or step.pool is None or isinstance(step.arm, str):
            continue
        if step.drawn_from in by_pool or look.store.done(step.pool):
            continue
        try:
            candidates = look.see(step.pool).by_label
        except (NotForeseeable, ScotomaError):
            continue
        available = {**candidates, "": sum(candidates.values())}
        needs = []
        for label, n in step.arm.takes_written(step.task.labels):
            if n and available.get(label):
                condition, original = _condition(step, step.arm, label, look, rates)
                needs.append(
                    NeededYield(
                        step.drawn_from, n * step.of_samples, available[label], label, condition, original
                    )
                )
        if needs:  # of several labels the one that is hardest to have
            by_pool[step.drawn_from] = max(needs, key=lambda need: (need.is_unlikely, need.share))
    return sorted(by_pool.values(), key=lambda need: -need.share)


def warnings(needs: list[NeededYield]) -> Iterator[str]:
    """What a person should know of these before the first row is written; nothing where nothing is needed."""
    if not needs:
        return
    named = "; ".join(map(str, needs[:_N_NAMED]))
    more = len(needs) - _N_NAMED
    rest = f"; {counted(more, 'other arm')} with the same or lower needs" if more > 0 else ""
    yield (
        f"How many candidates will be usable is not known before they are written. Needed: {named}{rest}. "
        "They are written before any arm is trained; an arm that lacks rows is then left out, and every "
        "other arm is run."
    )
    unlikely: dict[tuple[str, str, float | None], list[NeededYield]] = {}
    for need in needs:
        if need.is_unlikely:
            unlikely.setdefault((need.label, need.condition, need.original), []).append(need)
    for (label, condition, original), needs_alike in unlikely.items():
        names, verb = (
            ", ".join(need.arm for need in needs_alike),
            "needs" if len(needs_alike) == 1 else "need",
        )
        shares = ", ".join(percent(round(need.share, 3)) for need in needs_alike)
        rate = percent(round(original or 0, 3))
        at_that_rate = f"; at that rate {_written_at(original, needs_alike[0])}" if original else ""
        yield (
            f"May not be filled: {names}, which {verb} {shares} of the candidates labelled "
            f"{label!r}{condition}. Among original rows with that label the share is {rate}{at_that_rate}. "
            "Give more candidates_per_label, or lower the sizes."
        )


def _written_at(rate: float, need: NeededYield) -> str:
    """How many candidates an arm takes at a rate, rounded up to two digits."""
    least = math.ceil(need.n / rate)
    unit = 10 ** max(0, len(str(least)) - 2)
    return f"{need.arm} requires about {-(-least // unit) * unit:,} candidates of the label"


def _condition(
    step: Assemble,
    arm: Arm,
    label: str,
    look: Look,
    rates: dict[tuple[str, str], pl.DataFrame | None],
) -> tuple[str, float | None]:
    """What must be true of the rows of a label, in words, and of which share of original ones it is."""
    heuristic = step.heuristic
    must_hold = arm.must_hold(label, heuristic) if heuristic and label else None
    if heuristic is None or must_hold is None:
        return "", None
    name = heuristic.predicate.built_in or "the heuristic's predicate"
    words = f", on which {name} {'holds' if must_hold else 'does not hold'}"
    place = step.corpus.key, heuristic.model_dump_json()
    if place not in rates:
        rates[place] = _heuristic_holds(step.corpus, heuristic, look)
    table = rates[place]
    of_label = None if table is None else table.filter(pl.col("label") == label)
    if of_label is None or of_label.is_empty():
        return words, None
    return words, float((of_label["holds"] == must_hold).sum()) / of_label.height


def _heuristic_holds(corpus: ReadExamples, heuristic: Heuristic, look: Look) -> pl.DataFrame | None:
    """Label, and whether the predicate holds, of original rows; None where there are none to ask."""
    if heuristic.predicate.code is not None or corpus.source.is_grammar:
        return None  # planning runs no code of a study, and a grammar writes its rows in the run
    try:
        rows = look.see(corpus).rows
    except ScotomaError:
        return None
    except NotForeseeable:
        try:
            rows = corpus.alike().whole().table
        except Unknown:
            return None
    sample = rows.filter(pl.int_range(pl.len()).over("label") < _N_ASKED)
    holds = ask(heuristic.predicate.rule(corpus.fields), sample, corpus.fields, "rows")
    return sample.select("label", holds=pl.Series(holds, dtype=pl.Boolean))
