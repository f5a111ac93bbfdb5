"""Why steps of a plan are missing: what the store holds of other settings, and which of them changed.

For every missing step the nearest finished one of the same stage is looked for among those that are not the
plan's own. What differs between the two is the reason; where only their inputs differ, the reason is that of
the inputs. So a changed setting is named where it stands, with all steps that rest on it.

Where the store has a study of this name on record, only what that one left is looked through: another study
in the store differs from this one in settings that nobody changed.

Weights may be removed once their models have answered. What was made with those of other settings names them
still, so that steps are held against it, and missing weights have the reasons of their inputs.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, NamedTuple

from scotoma.basics.differences import changed, differences
from scotoma.basics.words import counted
from scotoma.experiment import Plan
from scotoma.run.held import Held, keys_in
from scotoma.run.needed import left_to_make
from scotoma.run.states import owners
from scotoma.store.steps import Step
from scotoma.store.store import Store

#: Differences up to which a step is like another, and stages that a sentence names.
_ALIKE, _N_NAMED = 4, 3


class Difference(NamedTuple):
    """A setting, or an input, in which a missing step differs from what the store holds; values as JSON."""

    stage: str
    place: str
    before: str
    now: str


@dataclass(frozen=True)
class Change:
    """A changed setting, and what depends on it.

    Attributes:
        setting: Place of the setting in its step.
        stages: Stages of the steps whose setting it is.
        steps: Number of missing steps that depend on it.
        sentence: What changed, and from what.
    """

    setting: str
    stages: tuple[str, ...]
    steps: int
    sentence: str


@dataclass(frozen=True)
class Missing:
    """Why steps are missing.

    Attributes:
        steps: Number of missing steps.
        begun: Whether any step of the study is done.
        changes: Changed settings; a step may rest on several of them.
        new: By stage, missing steps like which the store holds none.
        removed: By stage, missing steps that something in the store was made with.
        not_begun: Replicates of which nothing has run while something has of others.
        n_not_begun: Number of their steps.
        seconds: By stage, how long the steps took that come closest to the missing ones.
        by_study: Whether they were held against what this study left alone, and not against all there is.
    """

    steps: int
    begun: bool
    changes: tuple[Change, ...]
    new: Mapping[str, int]
    removed: Mapping[str, int]
    not_begun: tuple[int, ...]
    n_not_begun: int
    seconds: Mapping[str, float]
    by_study: bool = False

    @property
    def sentences(self) -> Iterator[str]:
        """Why, in sentences; none where nothing of the study has run with any settings."""
        yield from (change.sentence for change in self.changes)
        if self.not_begun:
            steps, first, last = counted(self.n_not_begun, "step"), self.not_begun[0], self.not_begun[-1]
            which = f"replicate {first}" if first == last else f"replicates {first} to {last}"
            yield f"{steps} are those of {which}, of which nothing has run yet."
        if self.removed:
            by_stage = _by_stage(self.removed)
            yield f"{_steps(self.removed)} ran before, but what they left was removed: {by_stage}."
        if self.new and (self.begun or self.changes):
            are = "is" if sum(self.new.values()) == 1 else "are"
            of = " of this study" if self.by_study else ""
            yield f"{_steps(self.new)} {are} unlike all that the store holds{of}: {_by_stage(self.new)}."


def missing(plan: Plan, store: Store, recorded: Set[str] = frozenset()) -> Missing:
    """Why steps of a plan are missing.

    Args:
        plan: Plan of a study.
        store: Store with its finished steps, and perhaps others.
        recorded: Keys of models and predictions on record under the study's name; none if it is not on
            record.

    Raises:
        ScotomaError: the store cannot be read.
    """
    not_done = left_to_make(plan.steps, store)
    held = Held(store)
    of_study = held.of_study(recorded) if not_done else set[str]()
    told = _told(plan, held, not_done, of_study)
    if not of_study:
        return told
    # How long a step takes may be seen from other studies too.
    return replace(told, seconds={**_told(plan, held, not_done, set()).seconds, **told.seconds})


def _told(plan: Plan, held: Held, not_done: Sequence[Step], of_study: Set[str]) -> Missing:
    """Why steps are missing, by the steps of the study alone; by all there are where none is known."""
    finished, owner = held.finished, owners(plan)
    ran = finished & of_study if of_study else finished
    begun = {owner[step.key] for step in plan.steps if step.key in ran} - {None}
    not_begun = sorted({one for one in owner.values() if one is not None and one not in begun})
    waiting: set[str] = set()
    # Steps that another study has made explain those that rest on them.
    lent = [step for step in plan.steps if step.key in finished - of_study] if of_study else []
    stages = {step.stage for step in (*not_done, *lent)}
    known = _Known(held, plan, stages, of_study)
    made = [step for step in plan.steps if step.key in finished | known.used]
    had_run = {one.key for step in made for one in (step, *step.upstream)}
    reasons: dict[str, frozenset[Difference]] = {}
    new: Counter[str] = Counter()
    removed: Counter[str] = Counter()
    for step in lent:
        inherited = (reasons.get(one.key, ()) for one in step.inputs)
        reasons[step.key] = frozenset[Difference]().union(*inherited, known.nearest(step) or ())
    for step in not_done:
        if step.key in had_run:
            removed[step.stage] += 1
            continue
        # On the checks of a replicate rests no model.
        if begun and (owner[step.key] in not_begun or any(one.key in waiting for one in step.inputs)):
            waiting.add(step.key)
            continue
        nearest = known.nearest(step)
        inherited = (reasons.get(one.key, ()) for one in step.inputs)
        because = frozenset[Difference]().union(*inherited, nearest or ())
        # Without a difference it rests on something that is new.
        if not because or (nearest is None and step.stage not in known.removed_stages):
            new[step.stage] += 1
            continue
        reasons[step.key] = because
    return Missing(
        steps=len(not_done),
        begun=bool(made),
        changes=tuple(_changes(reasons, {step.key for step in not_done})),
        new=new,
        removed=removed,
        not_begun=tuple(not_begun) if begun else (),
        n_not_begun=len(waiting),
        seconds={stage: sum(took) / len(took) for stage, took in known.seconds.items()},
        by_study=bool(of_study),
    )


class _Known:
    """What the store holds of the stages that steps are missing of, beside the plan's own.

    Attributes:
        seconds: By stage, how long those took that come closest to a missing step.
        used: Keys of the steps that they were made with.
        removed_stages: Stages of those among them that are removed and no steps of the plan.
    """

    def __init__(self, held: Held, plan: Plan, stages: Set[str], of_study: Set[str]) -> None:
        self.seconds: dict[str, list[float]] = {}
        self._stands_for: dict[str, str] = {}  # a missing step's key to that of the nearest
        self._alone: set[str] = set()  # missing steps for which none stands
        self._used: set[str] = set()  # keys of those that stand for one
        self._told: set[tuple[str, ...]] = set()  # differences, whatever their stage
        self._buckets: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
        own = {step.key for step in plan.steps}
        manifests = [
            manifest
            for key in sorted(held.finished - own)
            if _stage_of(key) in stages and (manifest := held.manifest(key)) is not None
        ]
        self.used = {key for one in manifests for key in keys_in(one["inputs"])}
        manifests = [one for one in manifests if not of_study or one["key"] in of_study]
        single = {key for one in manifests for key in one["inputs"].values() if isinstance(key, str)}
        self._removed = single - held.finished - own
        self.removed_stages = {_stage_of(key) for key in self._removed}
        for one in manifests:
            for place in (*_places(one), *self._gaps(one["inputs"], one["stage"], self._removed)):
                self._buckets.setdefault(place, []).append(one)

    def nearest(self, step: Step) -> list[Difference] | None:
        """In what the nearest finished step differs beside what its inputs do; None where none is near."""
        now = {**step.identity, "inputs": self._translated(step.identity["inputs"])}
        places = [self._buckets.get(place, []) for place in _places(now)]
        gaps = [self._buckets.get(gap, []) for gap in self._gaps(now["inputs"], step.stage, self._alone)]
        candidates = _shortest(places) or _shortest(gaps)
        near = []
        for before in candidates:
            removed = self._counterparts(before["inputs"], now["inputs"])
            changes = _step_differences(before, {**now, "inputs": {**now["inputs"], **removed}})
            if changes is not None and len(changes) <= _ALIKE:
                # Of several as near, one that differs as others do, and that stands for no other step.
                unlike = sum(one[1:] not in self._told for one in changes)
                used = before["key"] in self._used
                rank = (len(changes), len(removed), unlike, used, before["started"], before["key"])
                near.append((rank, changes, before, removed))
        if not near:
            self._alone.add(step.key)
            return None
        _, nearest, before, removed = min(near, key=itemgetter(0))
        self._stands_for |= {now["inputs"][name]: key for name, key in removed.items()}
        self._stands_for[step.key] = before["key"]
        self._used.add(before["key"])
        self._told |= {one[1:] for one in nearest}
        self.seconds.setdefault(step.stage, []).append(float(before["seconds"]))
        return nearest

    def _counterparts(self, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, str]:
        """By name, removed inputs of a finished step where a missing step has one for which none stands."""
        return {
            name: before[name]
            for name, key in now.items()
            if isinstance(key, str)
            and key in self._alone
            and isinstance(before.get(name), str)
            and before[name] in self._removed
            and _stage_of(before[name]) == _stage_of(key)
        }

    @staticmethod
    def _gaps(inputs: Mapping[str, Any], stage: str, keys: Set[str]) -> list[tuple[str, str, str]]:
        """By what a step is found where what it was made with cannot be: inputs among these keys."""
        return [
            (stage, name, _stage_of(key))
            for name, key in inputs.items()
            if isinstance(key, str) and key in keys
        ]

    def _translated(self, inputs: Any) -> Any:
        """Inputs with the nearest finished step in place of each that is missing."""
        if isinstance(inputs, Mapping):
            return {name: self._translated(value) for name, value in inputs.items()}
        if isinstance(inputs, list):
            return [self._translated(value) for value in inputs]
        return self._stands_for.get(inputs, inputs)


def _shortest(lists: Iterable[list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """The shortest that is not empty, if there is one."""
    return min(filter(None, lists), key=len, default=[])


def _places(record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """By what a step is found: each of its inputs, or its stage alone where it has none."""
    stage, inputs = record["stage"], record["inputs"]
    return [(stage, name, json.dumps(value)) for name, value in inputs.items()] or [(stage, "", "")]


def _step_differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference] | None:
    """In what two steps of a stage differ; None where they do another thing, with an input of its own."""
    old, new = ({"version": one["version"], **one["settings"]} for one in (before, now))
    changes = list(differences(old, new))
    for name in {**before["inputs"], **now["inputs"]}:
        one, other = (record["inputs"].get(name) for record in (before, now))
        if one == other:
            continue
        made_by = [_stage_of(origin) if isinstance(origin, str) else origin for origin in (one, other)]
        if made_by[0] == made_by[1]:
            return None
        changes.append((name, *made_by))
    return [Difference(now["stage"], place, *map(json.dumps, values)) for place, *values in changes]


def _stage_of(key: str) -> str:
    return key.rpartition("-")[0]


def _steps(by_stage: Mapping[str, int]) -> str:
    return counted(sum(by_stage.values()), "step")


def _by_stage(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n}×{stage}" for stage, n in counts.items())


def _changes(reasons: Mapping[str, frozenset[Difference]], of: Set[str]) -> Iterator[Change]:
    """Every changed setting of these steps once, also where steps of several stages have it."""
    reasons = {key: changes for key, changes in reasons.items() if key in of}
    by_setting: dict[tuple[str, str], list[Difference]] = {}
    for one in dict.fromkeys(one for changes in reasons.values() for one in sorted(changes, key=str)):
        by_setting.setdefault((one.stage, one.place), []).append(one)
    together: dict[tuple[str, tuple[str, ...]], list[Difference]] = {}
    for (_, place), changes in by_setting.items():
        # Seeds differ in every replicate: of several values, none is named.
        values = {one[2:] for one in changes}
        together.setdefault((place, values.pop() if len(values) == 1 else ()), []).extend(changes)
    for (place, value), changes in together.items():
        n = sum(not of.isdisjoint(changes) for of in reasons.values())
        stages = tuple(dict.fromkeys(one.stage for one in changes))
        yield Change(place, stages, n, _sentence(place, stages, n, value))


def _sentence(place: str, stages: Sequence[str], n: int, value: tuple[str, ...]) -> str:
    named = ", ".join(stages[:_N_NAMED]) + (", ..." if len(stages) > _N_NAMED else "")
    what = f"{place} of {named}"
    change = changed(what, *map(json.loads, value)) if value else f"{what} changed"
    return f"{counted(n, 'step')} {'is' if n == 1 else 'are'} new because {change}."
