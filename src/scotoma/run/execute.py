"""Makes a plan's steps in this process, beside others that share the store."""

import tempfile
import time
from collections.abc import Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING

from scotoma.basics.errors import Unfillable
from scotoma.basics.interruption import obey
from scotoma.run.agenda import Agenda
from scotoma.run.watch import Watch
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store

if TYPE_CHECKING:
    from scotoma.models.together import Team

#: Seconds between two looks at what other processes have done.
_PATIENCE = 0.1


def execute(
    steps: Iterable[Step], store: Store, *, device: str, watch: Watch, team: "Team | None" = None
) -> int:
    """Makes every step that is not done yet; where another process is at one, takes the next.

    A step for which rows are lacking is left out, with all that rests on it; the store has its error.

    Args:
        steps: Steps, inputs before what needs them.
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
    # Once, unless what was done is removed while this runs, or rows are lacking.
    while waiting := [step for step in steps if step.key not in left_out and not store.done(step)]:
        agenda = Agenda(waiting)
        while (step := _next(agenda)) is not None:
            if not all(map(store.done, step.inputs)):
                time.sleep(_PATIENCE)
                break
            try:
                made = _make(step, positions[step.key], len(steps), store, device, watch, team)
            except Unfillable as lacking:
                watch.leave_out(step, str(lacking))
                left_out |= {step.key, *(one.key for one in resting_on({step.key}, steps))}
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


def resting_on(keys: Set[str], steps: Iterable[Step]) -> list[Step]:
    """The steps that rest on one of these, near or far."""
    return [step for step in steps if keys & {one.key for one in step.upstream}]


def follow(steps: Iterable[Step], store: Store, *, device: str, team: "Team") -> None:
    """Does every training that the team's leader calls to, beside it; the leader keeps what comes out."""
    by_key = {step.key: step for step in steps}
    for key, checkpoints in team.called():
        runtime = Runtime(device=device, checkpoints=Path(checkpoints))
        with tempfile.TemporaryDirectory() as folder:
            by_key[key].run(out=Path(folder), inputs=store.folder, runtime=runtime)


def altered(steps: Iterable[Step], store: Store) -> list[tuple[Step, list[str]]]:
    """The done steps that are not what they were when they were finished, and what differs: files, or inputs.

    Reads every artifact.
    """
    found = []
    for step in steps:
        if store.done(step):
            others = [f"made from a different version of {key}" for key in store.made_anew(step)]
            if wrong := [*store.verify(step), *others]:
                found.append((step, wrong))
    return found


def discard_altered(steps: Iterable[Step], store: Store) -> list[tuple[Step, list[str]]]:
    """Removes altered artifacts and all that rest on them, so that they are made again.

    Nobody knows whether what was made from them was made before or after they were altered.

    Returns:
        The steps whose artifacts were removed, with the altered files; none where a step merely rests on one.
    """
    steps = tuple(steps)
    found = {step.key: (step, files) for step, files in altered(steps, store)}
    spoilt = set(found)
    for step in steps:
        if step.key not in found and store.done(step) and spoilt & {one.key for one in step.upstream}:
            found[step.key] = (step, [])
    for step, _ in found.values():
        store.discard(step)
    return list(found.values())


def discard_outdated(steps: Iterable[Step], store: Store) -> list[Step]:
    """Removes artifacts of these steps that lead to what is there no more, so that they are made again."""
    found = [step for step in steps if store.done(step) and step.outdated(store.folder(step))]
    for step in found:
        store.discard(step)
    return found


def _next(agenda: Agenda) -> Step | None:
    """The next step; waits a moment where other processes are at all that could be made."""
    step = agenda.next()
    if step is None and agenda.look_again():
        time.sleep(_PATIENCE)
        step = agenda.next()
    return step


def _make(
    step: Step, position: int, n_steps: int, store: Store, device: str, watch: Watch, team: "Team | None"
) -> bool:
    """Makes a step unless another process holds it or has just made it; whether it ran here."""

    obey()

    def progress(done: int, total: int) -> None:
        obey()
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
