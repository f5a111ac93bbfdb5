"""A study's data, looked at before anything runs: every refusal that can be known then, reported at once.

Every stage says for itself what it would refuse (`Step.foresee`), by the rule that its run keeps to. Here
each distinct step is asked once; what a run has left in the store is not read again from its source. No
model is loaded, no code of a study is run, and nothing is fetched or written; the hub is only asked whether
it has what the study names.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.basics.hub_names import HubName, HubQuestions
from scotoma.basics.words import counted
from scotoma.blindspots import BlindSpot
from scotoma.experiment import Plan
from scotoma.measures import MEASURES, OVER_LABELS, Tags
from scotoma.measures.cells import blindspot_cells
from scotoma.run import models_fit
from scotoma.run.needed import left_to_make
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.costs import Unknown
from scotoma.store.steps import ForeseenRows, NotForeseeable, Step
from scotoma.store.store import Store
from scotoma.study.claims import Claim
from scotoma.tasks.task import Task


class Look:
    """What is known of the rows of steps that have not run; each is looked at once.

    Args:
        store: What is done there is known.
    """

    def __init__(self, store: Store) -> None:
        self.store = store
        self._known: dict[str, ForeseenRows | NotForeseeable | ScotomaError] = {}

    def see(self, step: Step) -> ForeseenRows:
        """The rows that a step leaves, or will leave.

        Raises:
            ScotomaError: it, or what it needs, would refuse.
            NotForeseeable: they are not known yet.
        """
        if step.key not in self._known:
            try:
                self._known[step.key] = self._look(step)
            except (NotForeseeable, ScotomaError) as reason:
                self._known[step.key] = reason
        known = self._known[step.key]
        if isinstance(known, ForeseenRows):
            return known
        raise known

    def _look(self, step: Step) -> ForeseenRows:
        if not isinstance(step, ReadExamples) or not self.store.done(step):
            return step.foresee(self.see)
        try:
            foreseen = step.left_in(self.store.folder(step))
        except (ScotomaError, OSError, ValueError):  # spoilt since; --remake makes it again
            return step.foresee(self.see)
        step.check(foreseen.table)
        return foreseen


@dataclass(frozen=True)
class Inspection:
    """What a look at a study's data has found.

    Attributes:
        misfits: Why the study cannot be run, one for each distinct reason.
        read: In a sentence for each file or data set, how it was read; and what was not looked at.
    """

    misfits: tuple[ScotomaError, ...]
    read: tuple[str, ...]

    def refuse_misfits(self) -> None:
        """Does nothing if there are none.

        Raises:
            ScotomaError: the one misfit, or all of them.
        """
        if len(self.misfits) == 1:
            raise self.misfits[0]
        if self.misfits:
            listed = "\n".join(f"  {misfit}" for misfit in self.misfits)
            raise ScotomaError(
                f"{counted(len(self.misfits), 'fault')}, found before anything runs:\n{listed}\n"
            )


def inspect(plan: Plan, look: Look, *, ask_hub: bool = False) -> Inspection:
    """Looks at whatever of a plan needs no model: sources, splits, sizes, the cells of claims.

    Args:
        plan: Plan of the study.
        look: Reads the plan's steps.
        ask_hub: Whether the hub is asked for the names that the study has from it.
    """
    hub = HubQuestions(_names_on_hub(plan, look)) if ask_hub else None
    misfits: dict[str, ScotomaError] = {}
    read: dict[str, None] = {}
    unseen: dict[str, dict[str, None]] = {}
    for step in plan.steps:
        if not isinstance(step, ReadExamples) and look.store.done(step):
            continue
        try:
            foreseen = look.see(step)
        except NotForeseeable as reason:
            if isinstance(step, ReadExamples):
                unseen.setdefault(str(reason), {})[step.source_name] = None
        except ScotomaError as refusal:
            misfits.setdefault(str(refusal), refusal)
        else:
            if isinstance(step, ReadExamples) and step.is_own:
                read[_how_read(step, foreseen)] = None
    for misfit in _claims_on_nothing(plan, look):
        misfits.setdefault(str(misfit), misfit)
    for misfit in models_fit.misfits(left_to_make(plan.steps, look.store), look.see):
        misfits.setdefault(str(misfit), misfit)
    for missing in hub.refusals() if hub else ():
        misfits.setdefault(str(missing), missing)
    not_checked = [f"Not checked: {', '.join(names)} ({reason})." for reason, names in unseen.items()]
    return Inspection(tuple(misfits.values()), (*read, *not_checked))


def _names_on_hub(plan: Plan, look: Look) -> Iterator[HubName]:
    """The models and data sets that are not here yet and come from the hub."""
    for step in plan.steps:
        if look.store.done(step):
            continue
        name = step.fetched
        if name is not None:
            yield name


def _how_read(step: ReadExamples, foreseen: ForeseenRows) -> str:
    labels = ", ".join(f"{n:,} {label}" for label, n in sorted(foreseen.by_label.items()))
    return step.described(f"{foreseen.table.height:,} rows, {labels}", foreseen.dropped, foreseen.notes)


def _claims_on_nothing(plan: Plan, look: Look) -> Iterator[ScotomaError]:
    """Claims on a cell without rows, or without a label that the measure needs there or on the test set."""
    spots = {spot.name: spot for spot in plan.study.blindspots}
    tests = dict(plan.models[0].predictions.tests)
    for at, claim in enumerate(plan.study.claims):
        spot = spots[claim.blindspot]
        foreseen = _seen(tests[claim.blindspot], look)
        if (
            foreseen
            and (foreseen.has_texts or not Tags.of(claim.cell).template)
            and (wrong := _missing_rows(claim, spot, foreseen))
        ):
            yield ScotomaError(wrong[0], where=f"claims[{at}]", remedy=wrong[1])
        foreseen = _seen(tests[claim.beyond], look) if claim.beyond else None
        if foreseen and (lacks := _missing_labels(claim, spot, plan.study.task, foreseen)):
            yield ScotomaError(
                f"{claim.measure} is not defined without rows labelled {lacks}, and test set "
                f"{claim.beyond!r} has none",
                where=f"claims[{at}]: beyond",
                remedy="Add such rows, or claim on accuracy.",
            )


def _seen(test: Step, look: Look) -> ForeseenRows | None:
    """The rows of a test set; None if they are not known yet, or have a fault, which their step reports."""
    try:
        return _rows_of(test, look)
    except (NotForeseeable, ScotomaError):
        return None


def _rows_of(test: Step, look: Look) -> ForeseenRows:
    """The rows of a test set; of the paper's own on the hub, which are not here, what is known of them.

    Raises:
        ScotomaError, NotForeseeable: as of `Look.see`.
    """
    try:
        return look.see(test)
    except NotForeseeable:
        if not isinstance(test, ReadExamples) or test.fetched is None:
            raise
        try:
            return test.alike().foresee(look.see)
        except Unknown as reason:
            raise NotForeseeable(str(reason)) from reason


def _missing_labels(claim: Claim, spot: BlindSpot, task: Task, foreseen: ForeseenRows) -> str:
    """Labels without a row in a general test set, of which the measure needs one, in words; else empty."""
    target = spot.counting_as(spot.target)
    sides = {"target": target, "other": set(task.labels) - target}
    needed = [sides[side] for side in MEASURES[claim.measure].sides]
    if claim.measure in OVER_LABELS and needed:  # measured over the task's own labels
        needed = [{label} for label in task.labels]
    labels_missing = [labels for labels in needed if not labels & foreseen.by_label.keys()]
    return " or ".join(map(repr, sorted(labels_missing[0]))) if labels_missing else ""


def _missing_rows(claim: Claim, spot: BlindSpot, foreseen: ForeseenRows) -> tuple[str, str] | None:
    spot_cells = list(blindspot_cells(foreseen.table.rename({"label": "gold"}), spot))
    cells = {cell.name for cell in spot_cells}
    if claim.cell not in cells:
        none = f"no row of blind spot {spot.name} is in cell {claim.cell!r}"
        same_kind = {cell.name for cell in spot_cells if cell.tags.kind == Tags.of(claim.cell).kind}
        return none, nearest(claim.cell, same_kind) if same_kind else "Its rows have no such tags."
    label_of = dict(zip(("target", "other"), spot.labels, strict=True))
    for label in (label_of[side] for side in MEASURES[claim.measure].sides):
        if Tags(claim.cell, label).name not in cells:
            return (
                f"{claim.measure} is not defined without rows labelled {label!r}, and no row of blind spot "
                f"{spot.name} in cell {claim.cell!r} is labelled {label!r}",
                "Claim on accuracy, or add such rows.",
            )
    return None
