"""Arms for which rows are lacking: what a run has left out, in which replicates, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scotoma.basics.errors import Unfillable
from scotoma.store.store import Store

if TYPE_CHECKING:  # experiment imports every stage; a report needs only the shape of its plan
    from scotoma.experiment import Plan


@dataclass(frozen=True)
class Shortage:
    """An arm from one start, or a start, that a run has left out.

    Attributes:
        model: The model's name: the arm's, or `none` of a start alone.
        start: Original examples that its start had seen.
        replicates: Replicates in which it is left out.
        why: What was asked for and what was there, in the first of these.
    """

    model: str
    start: str
    replicates: tuple[int, ...]
    why: str


def shortages(plan: "Plan", store: Store) -> list[Shortage]:
    """What a run of the plan has left out, as the store has it on record.

    Args:
        plan: Plan of the study.
        store: Where its steps are, and the errors of those that failed.
    """
    messages = {}
    for step in plan.steps:
        if (error := store.error(step)) and (message := Unfillable.recorded_in(error)):
            messages[step.key] = message
    by_model: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for model in plan.models if messages else ():
        keys = [step.key for step in model.predictions.upstream if step.key in messages]
        if keys:
            by_model.setdefault((model.model, model.start), []).append((model.replicate, messages[keys[0]]))
    return [
        Shortage(name, start, tuple(replicate for replicate, _ in shortage_list), shortage_list[0][1])
        for (name, start), shortage_list in by_model.items()
    ]


def left_out(plan: "Plan", store: Store) -> Iterator[str]:
    """A sentence for each reason: which models are left out, in which replicates; as for `shortages`."""
    n_replicates = plan.study.replicates
    by_reason: dict[tuple[str, tuple[int, ...]], list[Shortage]] = {}
    for one in shortages(plan, store):
        by_reason.setdefault((one.why, one.replicates), []).append(one)
    for (why, replicates), models in by_reason.items():
        names = ", ".join(f"{one.model} from start {one.start}" for one in models)
        where = in_replicates(replicates, n_replicates)
        yield f"Left out in {where}, for lack of rows: {names}. {why[:1].upper()}{why[1:]}"


def in_replicates(replicates: tuple[int, ...], of: int) -> str:
    """`every replicate`, `replicate 2`, `replicates 0, 2`: some of a number of replicates."""
    if len(replicates) == of:
        return "every replicate"
    numbers = ", ".join(map(str, replicates))
    return f"replicate {numbers}" if len(replicates) == 1 else f"replicates {numbers}"
