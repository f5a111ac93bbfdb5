"""Runs a plan on this machine, in one process or in several that share the store."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from scotoma.basics.errors import Unfillable
from scotoma.basics.interruption import killed_by
from scotoma.run.agenda import Agenda
from scotoma.run.telling import clear, surroundings
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
            others = [f"made from other bytes of {key}" for key in store.made_anew(step)]
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

    def begin(checkpoints: Path) -> None:
        if team is not None and step.shared_by_team:
            team.call(step.key, str(checkpoints))
        watch.begin(step, position, n_steps)

    if store.done(step):
        return False
    made = store.make(step, Runtime(device=device, begin=begin, progress=watch.progress))
    if made:
        watch.end(step, float(store.manifest(step)["seconds"]))
    return made


def spread(
    command: list[str],
    n_workers: int,
    n_together: int = 1,
    *,
    logs: Path | None = None,
    look: Callable[[], None] = lambda: None,
    say: Callable[[str], None] = lambda line: None,
) -> int:
    """Runs one command in several processes that share a store, each with its share of the cores.

    Small models gain little from a second thread, and a second process makes another step meanwhile.

    Args:
        command: Command line of a worker.
        n_workers: Number of workers; each takes a step of its own.
        n_together: Processes that are one worker, and train together.
        logs: Folder for what they say until all went well; None lets them say it here.
        look: Called now and then while the workers run.
        say: Called with a line about a worker that was killed.

    Returns:
        0, or the exit code of the first process that failed; the others are stopped. Where a worker was
        killed, the others go on and make its step again; the code is then theirs, or the signal's if none is
        left.
    """
    threads = max(1, (os.cpu_count() or 1) // (n_workers * n_together))
    processes: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as files:
        try:
            for worker in range(n_workers):
                for rank in range(n_together):
                    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
                    if n_together > 1:
                        from scotoma.models.together import MEETING, RANK, SIZE

                        meeting = str(Path(folder) / str(worker))
                        environment |= {RANK: str(rank), SIZE: str(n_together), MEETING: meeting}
                    # In sessions of their own, so that Ctrl-C reaches us and we stop them.
                    said = None if logs is None else files.enter_context(_log(logs, len(processes)))
                    if logs is not None and rank == 0:  # the others of a team follow the first
                        environment |= surroundings(logs, len(processes))
                    processes.append(
                        subprocess.Popen(command, env=environment, start_new_session=True, stderr=said)
                    )
            told: set[int] = set()
            while any(process.poll() is None for process in processes):
                ended = [process for process in processes if process.poll()]
                killed = [process for process in ended if n_together == 1 and _was_killed(process)]
                if failed := [process for process in ended if process not in killed]:
                    return _as_shell(failed[0].returncode)
                for process in killed:
                    if process.pid not in told:
                        told.add(process.pid)
                        say(f"A worker was {killed_by(-process.returncode)}. The others go on with its step.")
                look()
                time.sleep(_PATIENCE)
            codes = [process.returncode for process in processes]
            finished = n_together == 1 and 0 in codes and not any(code > 0 for code in codes)
            return 0 if finished else _as_shell(next((code for code in codes if code), 0))
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait()
            if logs is not None:
                clear(logs)


def _was_killed(process: "subprocess.Popen[bytes]") -> bool:
    """Whether a signal ended it that nobody sends to stop a run."""
    return process.returncode < 0 and -process.returncode not in (signal.SIGINT, signal.SIGTERM)


def _as_shell(code: int) -> int:
    """An exit code as a shell gives it: 128 and the signal of a process that was killed."""
    return 128 - code if code < 0 else code


def _log(folder: Path, number: int) -> BinaryIO:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return (folder / f"local_{number}.log").open("wb")
