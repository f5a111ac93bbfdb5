"""Which steps of a plan a run would make."""

from collections.abc import Callable, Iterable

from scotoma.store.steps import Step


def to_make(steps: Iterable[Step], done: Callable[[Step], bool]) -> list[Step]:
    """The steps that are not done and are needed, in their order.

    Weights are needed where something is to be made with them, so they may be removed once their models have
    answered; every other step is needed for the report.

    Args:
        steps: Steps of a plan, inputs before what needs them.
        done: Whether a step is done.
    """
    needed: set[str] = set()
    found = []
    for step in reversed(tuple(steps)):
        if not done(step) and (step.key in needed or not step.leaves_weights):
            found.append(step)
            needed |= {one.key for one in step.inputs}
    return found[::-1]
