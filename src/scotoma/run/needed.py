"""Which steps of a plan a run would make, and which it leaves out."""

from collections.abc import Iterable, Set

from scotoma.basics.errors import Unfillable
from scotoma.store.steps import Step
from scotoma.store.store import Store


def left_to_make(steps: Iterable[Step], store: Store) -> list[Step]:
    """The steps that are not done and are needed, in their order.

    Those that had too few rows are among them, with all that depend on them: each run tries them again.

    Args:
        steps: Steps of a plan, inputs before what needs them.
        store: Store with their results.
    """
    steps = tuple(steps)
    not_done = [step for step in steps if not store.done(step)]
    done = {step.key for step in steps} - {step.key for step in not_done}
    short = {step.key for step in not_done if Unfillable.recorded_in(store.error(step) or "")}
    return to_make(steps, done, short)


def to_make(steps: Iterable[Step], done: Set[str], short: Set[str] = frozenset()) -> list[Step]:
    """The steps that are not done and are needed, in their order.

    Weights are needed where something is to be made with them, so they may be removed once their models have
    answered; every other step is needed for the report.

    Args:
        steps: Steps of a plan, inputs before what needs them.
        done: Keys of the steps that are done.
        short: Keys of the steps that had too few rows; no weights are needed for what depends on them alone.
    """
    steps = tuple(steps)
    left_out = {step.key for step in dependents(short, steps)}
    without_rows = short | left_out
    needed: set[str] = set()
    found = []
    for step in reversed(steps):
        if step.key not in done and (step.key in needed or not step.leaves_weights):
            found.append(step)
            needed |= {one.key for one in step.inputs if step.key not in left_out or one.key in without_rows}
    return found[::-1]


def dependents(keys: Set[str], steps: Iterable[Step]) -> list[Step]:
    """The steps that depend on one of these, directly or not."""
    return [step for step in steps if keys & {one.key for one in step.upstream}] if keys else []
