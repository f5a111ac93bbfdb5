"""How far a study with planned looks has come: it ends where its claims are decided."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from scotoma.basics.words import counted
from scotoma.results.verdicts import Judgement
from scotoma.store.store import Store

if TYPE_CHECKING:  # experiment imports every stage; this needs only the shape of its plan
    from scotoma.experiment import Plan


def reached(plan: "Plan", store: Store, judge: Callable[["Plan"], Sequence[Judgement]]) -> "Plan":
    """The plan up to the next look: the first that is not done, or that decides every claim.

    Args:
        plan: Plan of the study; returned whole where it plans one look, at the end.
        store: Store with the study's predictions.
        judge: Judges the claims on the results so far; called at most once.
    """
    parts = plan.looks()
    missing = [any(not store.done(model.predictions) for model in part.models) for part in parts]
    last = parts[missing.index(True) if True in missing else -1]
    if len(parts) == 1 or last is parts[0]:
        return last
    # A verdict stands at every look after its own, so the last look says where each was reached.
    judgements = judge(last)
    if not are_decided(judgements):
        return last
    decided = max(one.judged.look for one in judgements if one.judged)
    return next(part for part in parts if part is last or part.study.replicates >= decided)


def are_decided(judgements: Sequence[Judgement]) -> bool:
    """Whether every claim has a verdict that more replicates would not change."""
    return all(one.word in ("WORSE", "BETTER", "EQUIVALENT") for one in judgements)


def said_at(part: "Plan", judgements: Sequence[Judgement], following: int) -> str:
    """A line between two looks: what is decided, and what is done next."""
    decided = sum(are_decided([one]) for one in judgements)
    return (
        f"Look at {counted(part.study.replicates, 'replicate')}: {decided} of "
        f"{counted(len(judgements), 'verdict')} decided. Continuing to {following}."
    )
