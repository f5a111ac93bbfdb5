"""A study planned and run: what the commands and `scotoma.Study` share, wherever its steps run."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan
from scotoma.results import Results, declare, older_seeds_note, pilot, pilot_measures, results
from scotoma.results.design import Design, designs
from scotoma.results.looks import are_decided, said_at
from scotoma.results.precision import precision
from scotoma.results.shares import recorded_as
from scotoma.results.shortages import left_out
from scotoma.run.changes import Missing, missing
from scotoma.run.cost import Costs, count_costs, spent
from scotoma.run.execute import discard_altered, discard_outdated, execute
from scotoma.run.inspection import Inspection, Look, inspect
from scotoma.run.models_fit import needed_device
from scotoma.run.needed import left_to_make
from scotoma.run.needed_yields import needed_yields, warnings
from scotoma.run.requests import leave_request, worker_command
from scotoma.run.spreading import spread
from scotoma.run.states import State, mean_seconds, states
from scotoma.run.watch import Watch
from scotoma.run.workers import WorkerFailed
from scotoma.store.store import Store

#: Makes what is missing of a plan; False where it was left to others, who have not made it yet.
Make = Callable[[Plan], bool]

#: A folder for what several processes say, or None where they say it here; and what to call now and then.
Overseen = tuple[Path | None, Callable[[], None]]


@dataclass(frozen=True)
class Outlook:
    """What is known of a study before it runs.

    Attributes:
        inspection: How its data were read; nothing in them speaks against a run.
        costs: What its steps cost, by a model.
        designs: What its replicates can show, claim by claim.
        missing: Why steps are missing, by what the store holds of other settings.
        states: How every step stands, in the plan's order.
        spent: What has been spent so far, in sentences.
        notes: Further remarks for the reader, in sentences.
    """

    inspection: Inspection
    costs: Costs
    designs: list[Design]
    missing: Missing
    states: list[State]
    spent: list[str]
    notes: list[str]

    @property
    def took(self) -> dict[str, float]:
        """By stage, what a step takes: by the plan's own that are done, else by those of other settings."""
        return {**self.missing.seconds, **mean_seconds(self.states)}


def outlook(plan: Plan, store: Store, *, sd: float | None, power: float, parameters: int | None) -> Outlook:
    """Looks at a study's data, counts its steps' costs, and says what its replicates can show. Runs nothing.

    Raises:
        ScotomaError: a number is out of range, or the data speak against a run.
    """
    if sd is not None and not 0 < sd < float("inf"):
        raise ScotomaError(
            f"the sd must be above 0; got {sd:g}",
            where="--sd",
            remedy="Give the sd of a pilot or a paper.",
        )
    alpha = max((claim.alpha for claim in plan.study.claims), default=0.0)
    if not alpha < power < 1:
        raise ScotomaError(
            f"the power must be above alpha ({alpha:g}) and below 1; got {power:g}",
            where="--power",
            remedy="The usual one is .8.",
        )
    if parameters is not None and parameters < 1:
        raise ScotomaError(
            f"the number of weights must be at least 1; got {parameters}",
            where="--parameters",
            remedy="Give that of the base, such as 7000000000.",
        )
    look = Look(store)
    inspection = inspect(plan, look, ask_hub=True)
    inspection.refuse_misfits()
    declared, older = declare(plan, store, on_record=False), older_seeds_note(plan, store)
    sampled = pilot_measures(plan, store)
    pilot_verdicts = pilot(plan, store, sampled)
    sentences = (
        *warnings(needed_yields(plan, look)),
        needed_device(plan.study),
        *left_out(plan, store),
        *precision(plan, store, pilot_verdicts, sampled),
        *declared.remarks,
        older,
    )
    return Outlook(
        inspection,
        count_costs(plan, store, parameters=parameters, look=look),
        designs(plan.study, pilot_verdicts, sd=sd, power=power, n_tried=declared.n_tried),
        missing(plan, store, recorded_as(plan.study.name, store)),
        states(plan.steps, store, {}),
        list(spent(plan, store)),
        [line for line in sentences if line],
    )


def run_plan(
    plan: Plan, store: Store, make: Make, *, remake: bool, say: Callable[[str], None]
) -> Results | None:
    """Makes what is missing of a study, look by look, until its claims are decided or it is whole.

    Args:
        plan: Plan of the study.
        store: Store that everything goes into.
        make: Makes the steps that are missing.
        remake: Whether to check every file first, and to make again what was altered.
        say: Called with each line of progress.

    Returns:
        What was found; None where the work was left to others. What was left out for lack of rows is among
        its gaps.

    Raises:
        ScotomaError: the data speak against a run, or a step fails otherwise.
    """
    if left_to_make(plan.steps, store):
        look = Look(store)
        inspection = inspect(plan, look, ask_hub=True)
        inspection.refuse_misfits()
        for line in (*inspection.read, *warnings(needed_yields(plan, look))):
            say(line)
    declared = declare(plan, store)
    if older := older_seeds_note(plan, store):
        say(older)
    if remake:
        for step, files in discard_altered(plan.steps, store):
            why = f" ({', '.join(files)})" if files else ", which depends on it"
            say(f"{'Altered, to' if files else 'To'} be made again: {step.title}{why}")
    for step in discard_outdated(plan.steps, store):
        say(f"Moved, to be located again: {step.title}")
    n_made, looks = 0, plan.looks()
    for part, following in zip_longest(looks, looks[1:]):
        n_done = _n_done(part, store)
        if left_to_make(part.steps, store) and not make(part):
            return None
        n_made += _n_done(part, store) - n_done
        if following is None or are_decided(verdicts := pilot(part, store, n_tried=declared.n_tried)):
            break
        say(said_at(part, verdicts, following.study.replicates))
    out = len(left_to_make(part.steps, store))
    before = _n_done(part, store) - n_made
    say(f"{n_made} steps ran, {before} were done already{f', {out} left out' if out else ''}.")
    for line in spent(part, store):
        say(line)
    return results(plan, store)


def _n_done(plan: Plan, store: Store) -> int:
    return sum(map(store.done, plan.steps))


def run_locally(
    store: Store,
    *,
    device: str,
    workers: int,
    together: int,
    watching: Callable[[Plan, Store], AbstractContextManager[Watch]],
    overseeing: Callable[[Plan, Store], AbstractContextManager[Overseen]],
    say: Callable[[str], None] = lambda line: None,
) -> Make:
    """Makes steps on this machine, in this process or in several that share the store.

    Args:
        store: Store that everything goes into.
        device: Torch device.
        workers: Number of processes that each take a step of their own.
        together: Number of processes that train one model together.
        watching: Opens the watcher of every step, where all run in this process.
        overseeing: Opens the folder of several processes' logs and a function to call while they run.
        say: Called with a line about a process that was killed.

    Returns:
        The function that makes them. It raises `WorkerFailed` where one of several processes fails.
    """

    def make(part: Plan) -> bool:
        if workers * together <= 1:
            with watching(part, store) as watch:
                execute(part.steps, store, device=device, watch=watch)
            return True
        command = worker_command(leave_request(part.study, store), store.root, "--device", device)
        with overseeing(part, store) as (logs, look):
            code = spread(command, workers, together, logs=logs, look=look, say=say)
        if code:
            raise WorkerFailed(code, logs, where=str(store.root))
        return True

    return make
