"""How a study's steps stand, as a tree: what is done, running, failed and left, and how long it takes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from scotoma.basics.words import counted, duration, visible
from scotoma.experiment import Plan
from scotoma.store.leases import Holder
from scotoma.store.steps import Step
from scotoma.store.store import Store

#: Steps of a branch that wait are named one by one up to this many, and counted by stage above.
_NAMED = 4

#: Replicates in a row that stand alike take one line from this many on.
_ALIKE = 3

#: Whose a step is on which several replicates rest.
_SHARED = None

_STYLES = {"running": "bold cyan", "failed": "bold red", "altered": "bold red", "to do": "dim"}


@dataclass(frozen=True)
class State:
    """How a step stands.

    Attributes:
        step: Step that is described.
        word: done, running, failed, altered or to do.
        note: Remark on the step: where it runs, why it failed, which files were altered.
        seconds: Seconds that the step took; None if it is not done.
    """

    step: Step
    word: str
    note: str = ""
    seconds: float | None = None


def states(steps: Sequence[Step], store: Store, spoilt: Mapping[str, list[str]]) -> list[State]:
    """How every step stands, from the store alone.

    Args:
        steps: Steps of a plan.
        store: Store they are in.
        spoilt: Altered files by the step's key.
    """
    return [_state(step, store, spoilt) for step in steps]


def tree(plan: Plan, store: Store, spoilt: Mapping[str, list[str]] | None = None) -> RenderableType:
    """The study as a tree: a branch for each replicate, and one for what several share; and what is left."""
    return _drawn(plan, store, states(plan.steps, store, spoilt or {}))


def growing_tree(plan: Plan, store: Store) -> Callable[[], RenderableType]:
    """Draws the tree anew at every call; a step that was done once is not looked up again."""
    done: dict[str, State] = {}

    def draw() -> RenderableType:
        found = [done.get(step.key) or _state(step, store, {}) for step in plan.steps]
        done.update({state.step.key: state for state in found if state.word == "done"})
        return _drawn(plan, store, found)

    return draw


def _drawn(plan: Plan, store: Store, found: Sequence[State]) -> RenderableType:
    drawn = Tree(Text.assemble((plan.study.name, "bold"), f" in {store.root}: {_summary(found)}"))
    for name, branch in _merged(_branches(plan, found)):
        _grow(drawn, name, branch)
    return Group(drawn, Text(left)) if (left := work_left(found)) else drawn


def _state(step: Step, store: Store, spoilt: Mapping[str, list[str]]) -> State:
    if step.key in spoilt:
        return State(step, "altered", ", ".join(spoilt[step.key]))
    if store.done(step):
        return State(step, "done", seconds=float(store.manifest(step)["seconds"]))
    if holder := store.running(step):
        return State(step, "running", _where(holder))
    if error := store.error(step):
        return State(step, "failed", error.strip().splitlines()[-1])
    return State(step, "to do")


def _where(holder: Holder) -> str:
    """Says where, since when, and, if no lock says that it lives, when it last gave a sign of life."""
    heard = "" if holder.sure else f", last heard of {holder.heard}"
    return f"on {holder.host} since {holder.since}{heard}"


def _branches(plan: Plan, found: Sequence[State]) -> dict[int | None, list[State]]:
    """States by the replicate whose models rest on the step; `_SHARED` where several do, or none."""
    owners: dict[str, set[int]] = {}
    for model in plan.models:
        for step in (model.predictions, *model.predictions.upstream):
            owners.setdefault(step.key, set()).add(model.replicate)
    branches: dict[int | None, list[State]] = {_SHARED: []}
    for state in found:
        whose = owners.get(state.step.key, set())
        branches.setdefault(next(iter(whose)) if len(whose) == 1 else _SHARED, []).append(state)
    return {replicate: branch for replicate, branch in branches.items() if branch}


def _merged(branches: Mapping[int | None, list[State]]) -> Iterator[tuple[str, list[State]]]:
    """Branches with their names; replicates in a row that stand alike share one, so that a screen holds all.

    One in which a step runs, failed or was altered keeps its own.
    """

    def alike(one: tuple[int | None, list[State]]) -> object:
        replicate, branch = one
        words = frozenset(state.word for state in branch)
        return words if replicate is not _SHARED and words <= {"done", "to do"} else (replicate,)

    for _, group in groupby(branches.items(), key=alike):
        of = list(group)
        if len(of) < _ALIKE:
            yield from (("shared" if one is _SHARED else f"replicate {one}", branch) for one, branch in of)
        else:
            yield f"replicates {of[0][0]} to {of[-1][0]}", [state for _, branch in of for state in branch]


def _grow(drawn: Tree, name: str, branch: Sequence[State]) -> None:
    """A line for a branch that is done or has not begun; else its steps that are not done below it."""
    grown = drawn.add(Text(f"{name}: {_summary(branch)}"))
    words = {state.word for state in branch}
    if words in ({"done"}, {"to do"}):
        return
    for state in branch:
        if state.word in _STYLES and state.word != "to do":
            note = f" {visible(state.note, keep='')}" if state.note else ""
            grown.add(Text.assemble(f"{_title(state)}: ", (state.word, _STYLES[state.word]), note))
    for waiting in _waiting([state for state in branch if state.word == "to do"]):
        grown.add(Text(waiting, style=_STYLES["to do"]))


def _title(state: State) -> str:
    return visible(state.step.title, keep="")


def _waiting(branch: Sequence[State]) -> Iterator[str]:
    if len(branch) <= _NAMED:
        yield from (f"{_title(state)}: to do" for state in branch)
        return
    by_stage = Counter(state.step.stage for state in branch)
    yield f"to do: {', '.join(f'{n}×{stage}' for stage, n in by_stage.items())}"


def _summary(found: Sequence[State]) -> str:
    """`34 of 61 done in 2 min 3 s, 2 running, 1 failed, 24 to do`."""
    words = Counter(state.word for state in found)
    spent = sum(state.seconds or 0 for state in found)
    if words["done"] == len(found):
        return f"all {counted(len(found), 'step')} done in {duration(spent)}"
    if words["to do"] == len(found):
        return f"{counted(len(found), 'step')} to do"
    parts = [f"{words['done']} of {counted(len(found), 'step')} done"]
    parts[0] += f" in {duration(spent)}" if words["done"] else ""
    parts += [f"{words[word]} {word}" for word in ("running", "failed", "altered", "to do") if words[word]]
    return ", ".join(parts)


def work_left(found: Sequence[State]) -> str:
    """How long one worker may take for what is not done, going by steps like it; empty where none has run."""
    took = mean_seconds(found)
    left = [state.step.stage for state in found if state.seconds is None]
    if not left:
        return ""
    known = [took[stage] for stage in left if stage in took]
    unknown = sorted({stage for stage in left if stage not in took})
    if not known:
        return ""
    without = f", not counting what has not run once: {', '.join(unknown)}" if unknown else ""
    return f"Left: about {duration(sum(known))} of one worker's time{without}."


def mean_seconds(found: Sequence[State]) -> dict[str, float]:
    """What a step of each stage took, of those that are done."""
    took: dict[str, list[float]] = {}
    for state in found:
        if state.seconds is not None:
            took.setdefault(state.step.stage, []).append(state.seconds)
    return {stage: sum(seconds) / len(seconds) for stage, seconds in took.items()}
