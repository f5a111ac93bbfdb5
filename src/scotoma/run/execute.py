"""Makes a plan's steps in this process, beside other processes that share the store."""

import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from scotoma.basics.errors import Unfillable
from scotoma.basics.interruption import raise_pending
from scotoma.run.agenda import Agenda
from scotoma.run.needed import dependents, left_to_make
from scotoma.run.watch import Watch
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store

if TYPE_CHECKING:
    from scotoma.models.together import Team

#: Seconds between two checks of what other processes have done.
_PATIENCE = 0.1


def execute(
    steps: Iterable[Step], store: Store, *, device: str, watch: Watch, team: "Team | None" = None
) -> int:
    """Makes every step that is not done and is needed; skips those that other processes are making.

    A step that has too few rows is left out, with all steps that depend on it; the store has its error.

    Args:
        steps: Steps, each after its inputs.
        device: Torch device name.
        watch: Informed of every step.
        team: Team that this process leads; its other processes are called to every training.

    Returns:
        How many steps ran here; 0 when all were done.
    """
    store.sweep()
    steps = tuple(steps)
    positions = {step.key: position for position, step in enumerate(steps, 1)}
    n_run, left_out = 0, set[str]()
    # Once, unless artifacts are removed while this runs, or a step has too few rows.
    while waiting := left_to_make((step for step in steps if step.key not in left_out), store):
        agenda = Agenda(waiting)
        while (step := _next(agenda)) is not None:
            if not all(map(store.done, step.inputs)):
                time.sleep(_PATIENCE)
                break
            try:
                made = _make(step, positions[step.key], len(steps), store, device, watch, team)
            except Unfillable as lacking:
                watch.leave_out(step, str(lacking))
                left_out |= {step.key, *(one.key for one in dependents({step.key}, steps))}
                continue
            if made:
                n_run += 1
                agenda.look_again()
            if made or store.done(step):
                agenda.done(step)
            else:
                agenda.busy(step)
    if team is not None:
        team.dismiss()
    return n_run


def follow(steps: Iterable[Step], store: Store, *, device: str, team: "Team") -> None:
    """Takes part in every training that the team's leader starts; the leader alone keeps the result."""
    by_key = {step.key: step for step in steps}
    for key, checkpoints in team.called():
        runtime = Runtime(device=device, checkpoints=Path(checkpoints))
        with tempfile.TemporaryDirectory() as folder:
            by_key[key].run(out=Path(folder), inputs=store.folder, runtime=runtime)


def altered(steps: Iterable[Step], store: Store) -> list[tuple[Step, list[str]]]:
    """The done steps that have changed since they were finished, and what differs: files, or inputs.

    Reads every artifact.
    """
    result = []
    for step in steps:
        if store.done(step):
            others = [f"made from a different version of {key}" for key in store.made_anew(step)]
            if wrong := [*store.verify(step), *others]:
                result.append((step, wrong))
    return result


def discard_altered(steps: Iterable[Step], store: Store) -> list[tuple[Step, list[str]]]:
    """Removes altered artifacts and all that depend on them, so that they are made again.

    The latter too, as they may have been made before or after the alteration.

    Returns:
        The steps whose artifacts were removed, with the altered files; no files for a step that only depends
        on one.
    """
    steps = tuple(steps)
    altered_steps = {step.key: (step, files) for step, files in altered(steps, store)}
    keys = set(altered_steps)
    for step in steps:
        if step.key not in altered_steps and store.done(step) and keys & {one.key for one in step.upstream}:
            altered_steps[step.key] = (step, [])
    for step, _ in altered_steps.values():
        store.discard(step)
    return list(altered_steps.values())


def discard_outdated(steps: Iterable[Step], store: Store) -> list[Step]:
    """Removes artifacts that point to files that no longer exist, so that they are made again."""
    steps_outdated = [step for step in steps if store.done(step) and step.outdated(store.folder(step))]
    for step in steps_outdated:
        store.discard(step)
    return steps_outdated


def _next(agenda: Agenda) -> Step | None:
    """The next step; waits a moment if other processes are making all that could be made."""
    step = agenda.next()
    if step is None and agenda.look_again():
        time.sleep(_PATIENCE)
        step = agenda.next()
    return step


def _make(
    step: Step, position: int, n_steps: int, store: Store, device: str, watch: Watch, team: "Team | None"
) -> bool:
    """Makes a step unless another process holds it or has just made it; returns whether it ran here."""
    raise_pending()

    def progress(done: int, total: int) -> None:
        raise_pending()
        watch.progress(done, total)

    def begin(checkpoints: Path) -> None:
        if team is not None and step.shared_by_team:
            team.call(step.key, str(checkpoints))
        watch.begin(step, position, n_steps)

    if store.done(step):
        return False
    made = store.make(step, Runtime(device=device, begin=begin, progress=progress))
    if made:
        watch.end(step, float(store.manifest(step)["seconds"]))
    return made
