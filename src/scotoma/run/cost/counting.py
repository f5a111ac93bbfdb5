"""What every step of a plan costs: tokens through the base, operations on them, bytes on disk.

Each stage counts its own (see `Step.cost`); this asks them all.
"""

from dataclasses import dataclass
from pathlib import Path

from scotoma.experiment import Plan
from scotoma.run.inspection import Look
from scotoma.store.costs import Cost, Unknown
from scotoma.store.steps import Forecast, Step
from scotoma.store.store import Store


@dataclass(frozen=True)
class Costs:
    """What all steps of a plan cost.

    Attributes:
        steps: Steps that could be counted, each with its cost.
        n_unknown: How many could not.
        unknown: Why they could not.
        assumed: What the counting rests on beside its rules, in sentences.
    """

    steps: tuple[tuple[Step, Cost], ...]
    n_unknown: int
    unknown: tuple[str, ...]
    assumed: tuple[str, ...]


def count_costs(
    plan: Plan, store: Store, *, parameters: int | None = None, look: Look | None = None
) -> Costs:
    """What every step of a plan costs, done or not.

    Args:
        plan: The plan whose steps are counted.
        store: What is done there tells numbers that are else assumed.
        parameters: Weights of a base whose sizes are not known here.
        look: At the same plan, so that no file is read twice; None takes a new one.

    Raises:
        ScotomaError: a data file that cannot be read.
    """

    def folder(step: Step) -> Path | None:
        return store.folder(step) if store.done(step) else None

    forecast = Forecast(see=(look or Look(store)).see, folder=folder, parameters=parameters)
    costs: list[tuple[Step, Cost]] = []
    unknown: dict[str, None] = {}
    for step in plan.steps:
        try:
            costs.append((step, step.cost(forecast)))
        except Unknown as reason:
            unknown[str(reason)] = None
    return Costs(tuple(costs), len(plan.steps) - len(costs), tuple(unknown), tuple(forecast.assumed))
