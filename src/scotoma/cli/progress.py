"""How a study's steps stand, as a tree: what is done, running, failed and left, and how long it takes."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from scotoma.basics.words import counted, duration, visible
from scotoma.experiment import Plan
from scotoma.run.states import (
    LEFT_OUT,
    NOT_NEEDED,
    State,
    beside_others,
    mean_seconds,
    owners,
    state_of,
    states,
    time_left,
)
from scotoma.store.store import Store

#: Steps of a branch that wait are named one by one up to this many, and counted by stage above.
_NAMED = 4

#: Replicates in a row that stand alike take one line from this many on.
_ALIKE = 3

#: Owner of a step that several replicates depend on.
_SHARED = None

_STYLES = {
    "running": "bold cyan",
    "failed": "bold red",
    "altered": "bold red",
    LEFT_OUT: "dim",
    NOT_NEEDED: "dim",
    "to do": "dim",
}
#: Words of steps that nothing is said of but that they are not done.
_WAITING = (LEFT_OUT, NOT_NEEDED, "to do")


def tree(plan: Plan, store: Store, spoilt: Mapping[str, list[str]] | None = None) -> RenderableType:
    """The study as a tree: a branch for each replicate, and one for what several share; and what is left."""
    return _tree(plan, store, states(plan.steps, store, spoilt or {}), owners(plan))


def growing_tree(plan: Plan, store: Store) -> Callable[[], RenderableType]:
    """Draws the tree at every call; a step that was done is not looked up again."""
    done: dict[str, State] = {}
    owner = owners(plan)

    def draw() -> RenderableType:
        states = [done.get(step.key) or state_of(step, store, {}) for step in plan.steps]
        done.update({state.step.key: state for state in states if state.word == "done"})
        return _tree(plan, store, beside_others(states), owner)

    return draw


def _tree(
    plan: Plan, store: Store, states: Sequence[State], owner: Mapping[str, int | None]
) -> RenderableType:
    tree = Tree(Text.assemble((plan.study.name, "bold"), f" in {store.root}: {_summary(states)}"))
    for name, branch in _merged(_branches(states, owner)):
        _add_branch(tree, name, branch)
    return Group(tree, Text(sentence)) if (sentence := work_left(states)) else tree


def _branches(states: Sequence[State], owner: Mapping[str, int | None]) -> dict[int | None, list[State]]:
    """States by the replicate whose models depend on the step; `_SHARED` if several do, or none."""
    branches: dict[int | None, list[State]] = {_SHARED: []}
    for state in states:
        branches.setdefault(owner[state.step.key], []).append(state)
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


def _add_branch(tree: Tree, name: str, branch: Sequence[State]) -> None:
    """A line for a branch that is done or has not begun; else its steps that are not done below it."""
    grown = tree.add(Text(f"{name}: {_summary(branch)}"))
    words = {state.word for state in branch}
    if words in ({"done"}, {"to do"}):
        return
    for state in branch:
        if state.word in _STYLES and state.word not in _WAITING:
            note = f" {visible(state.note, keep='')}" if state.note else ""
            grown.add(Text.assemble(f"{_title(state)}: ", (state.word, _STYLES[state.word]), note))
    for word in _WAITING:
        for waiting in _waiting([state for state in branch if state.word == word], word):
            grown.add(Text(waiting, style=_STYLES[word]))


def _title(state: State) -> str:
    return visible(state.step.title, keep="")


def _waiting(branch: Sequence[State], word: str) -> Iterator[str]:
    if len(branch) <= _NAMED:
        yield from (f"{_title(state)}: {word}" for state in branch)
        return
    by_stage = Counter(state.step.stage for state in branch)
    yield f"{word}: {', '.join(f'{n}×{stage}' for stage, n in by_stage.items())}"


def _summary(states: Sequence[State]) -> str:
    """`34 of 61 done in 2 min 3 s, 2 running, 1 failed, 24 to do`."""
    words = Counter(state.word for state in states)
    spent = sum(state.seconds or 0 for state in states)
    if words["done"] == len(states):
        return f"all {counted(len(states), 'step')} done in {duration(spent)}"
    if words["to do"] == len(states):
        return f"{counted(len(states), 'step')} to do"
    parts = [f"{words['done']} of {counted(len(states), 'step')} done"]
    parts[0] += f" in {duration(spent)}" if words["done"] else ""
    parts += [f"{words[word]} {word}" for word in _STYLES if words[word]]
    return ", ".join(parts)


def work_left(states: Sequence[State], took: Mapping[str, float] | None = None) -> str:
    """How long one worker may take for what is not done, going by steps like it; empty where none has run.

    Args:
        states: Every step of a plan.
        took: By stage, what a step takes; None goes by the steps of the plan that are done.
    """
    estimate = time_left(states, mean_seconds(states) if took is None else took)
    if estimate.seconds is None:
        return ""
    without = (
        f", not counting stages that have never run: {', '.join(estimate.unknown)}"
        if estimate.unknown
        else ""
    )
    return f"Left: about {duration(estimate.seconds)} of one worker's time{without}."
