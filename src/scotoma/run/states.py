"""The states of a study's steps, from the store alone, and an estimate of the time that is left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scotoma.basics.errors import Unfillable
from scotoma.experiment import Plan
from scotoma.run.needed import dependents, to_make
from scotoma.store.leases import Holder
from scotoma.store.steps import Step
from scotoma.store.store import Store

#: State of a step that depends on one that has too few rows.
LEFT_OUT = "left out"

#: State of weights that are not there, and with which nothing is to be made.
NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class State:
    """State of a step.

    Attributes:
        step: Step that is described.
        word: done, running, failed, altered, left out, not needed or to do; a step is left out if it depends
            on one that has too few rows, and weights are not needed if all that was made with them is done.
        note: Remark on the step: where it runs, why it failed, which files were altered.
        seconds: Seconds that the step took; None if it is not done.
        lacks_rows: Whether it failed for too few rows, which another run would not change.
    """

    step: Step
    word: str
    note: str = ""
    seconds: float | None = None
    lacks_rows: bool = False

    @property
    def waits(self) -> bool:
        """Whether another run would make it."""
        return self.word not in ("done", LEFT_OUT, NOT_NEEDED) and not self.lacks_rows


@dataclass(frozen=True)
class TimeLeft:
    """Estimate of the time that one worker takes for the steps that are not done.

    Attributes:
        seconds: Estimate for the steps whose stage has run; None where none of them has.
        unknown: Stages that have steps to do and of which none has run.
    """

    seconds: float | None
    unknown: tuple[str, ...]


def states(steps: Sequence[Step], store: Store, spoilt: Mapping[str, list[str]]) -> list[State]:
    """The state of every step, from the store alone.

    Args:
        steps: Steps of a plan.
        store: Store with their results.
        spoilt: Altered files by the step's key.
    """
    return beside_others([state_of(step, store, spoilt) for step in steps])


def beside_others(states: Sequence[State]) -> list[State]:
    """The states, in which steps that are not done are `left out` or `not needed` where others say so."""
    without_rows = {state.step.key for state in states if state.lacks_rows}
    to_do = [state.step for state in states if state.word == "to do"]
    out = {step.key for step in dependents(without_rows, to_do)}
    done = {state.step.key for state in states if state.word == "done"}
    needed = {step.key for step in to_make((state.step for state in states), done, without_rows)}

    def seen(state: State) -> State:
        if state.step.key in out:
            return replace(state, word=LEFT_OUT)
        if state.word in ("to do", "failed") and state.step.key not in needed:
            return State(state.step, NOT_NEEDED)
        return state

    return [seen(state) for state in states]


def state_of(step: Step, store: Store, spoilt: Mapping[str, list[str]]) -> State:
    """The state of one step, regardless of its inputs; arguments as for `states`."""
    if step.key in spoilt:
        return State(step, "altered", ", ".join(spoilt[step.key]))
    if store.done(step):
        return State(step, "done", seconds=float(store.manifest(step)["seconds"]))
    if holder := store.running(step):
        return State(step, "running", _where(holder))
    if error := store.error(step):
        shortage = Unfillable.recorded_in(error)
        return State(step, "failed", shortage or error.strip().splitlines()[-1], lacks_rows=bool(shortage))
    return State(step, "to do")


def mean_seconds(states: Sequence[State]) -> dict[str, float]:
    """Mean seconds of the steps that are done, by stage."""
    took: dict[str, list[float]] = {}
    for state in states:
        if state.seconds is not None:
            took.setdefault(state.step.stage, []).append(state.seconds)
    return {stage: sum(seconds) / len(seconds) for stage, seconds in took.items()}


def time_left(states: Sequence[State], took: Mapping[str, float]) -> TimeLeft:
    """Estimates the time for the steps that are not done.

    Args:
        states: States of all steps of a plan.
        took: Mean seconds of a step, by stage.
    """
    stages = [state.step.stage for state in states if state.waits]
    known = [took[stage] for stage in stages if stage in took]
    return TimeLeft(sum(known) if known else None, tuple(sorted({*stages} - {*took})))


def owners(plan: Plan) -> dict[str, int | None]:
    """By key, the one replicate whose models depend on a step; None if those of several do, or of none."""
    replicates_of: dict[str, set[int]] = {}
    for model in plan.models:
        for step in (model.predictions, *model.predictions.upstream):
            replicates_of.setdefault(step.key, set()).add(model.replicate)
    return {
        step.key: next(iter(replicates_of[step.key])) if len(replicates_of.get(step.key, ())) == 1 else None
        for step in plan.steps
    }


def _where(holder: Holder) -> str:
    """Where it runs and since when; if no lock shows that it is alive, also when it was last heard of."""
    heard = "" if holder.sure else f", last heard of {holder.heard}"
    return f"on {holder.host} since {holder.since}{heard}"
