"""Runs a plan on this machine, in one process or in several that share the store."""

import os
import subprocess
import time
from collections.abc import Iterable
from functools import partial
from typing import Protocol

from scotoma.steps import Runtime, Step
from scotoma.store import Store

#: Seconds between two looks at what other processes have done.
_PATIENCE = 0.1


class Watch(Protocol):
    """What a terminal, or a log, is told while a plan runs."""

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """A step that is not done is about to run."""

    def progress(self, done: int, total: int) -> None:
        """Rows done of the step that runs."""

    def end(self, step: Step, seconds: float) -> None:
        """The step is done."""


def execute(steps: Iterable[Step], store: Store, *, device: str, watch: Watch) -> int:
    """Makes every step that is not done yet; where another process is at one, takes the next.

    Args:
        steps: Inputs before what needs them.
        device: Torch device name.

    Returns:
        How many steps ran here; 0 when all were done.
    """
    store.sweep()
    steps = tuple(steps)
    n_run = 0
    while waiting := [step for step in steps if not store.done(step)]:
        for step in waiting:
            ready = all(store.done(needed) for needed in step.inputs)
            if ready and _make(step, steps.index(step) + 1, len(steps), store, device, watch):
                n_run += 1
                break
        else:
            time.sleep(_PATIENCE)
    return n_run


def altered(steps: Iterable[Step], store: Store) -> list[tuple[Step, list[str]]]:
    """The done steps whose files are not what they were when the step was finished, and these files.

    Reads every artifact.
    """
    found = [(step, store.verify(step)) for step in steps if store.done(step)]
    return [(step, files) for step, files in found if files]


def discard_altered(steps: Iterable[Step], store: Store) -> list[tuple[Step, list[str]]]:
    """Removes these steps' artifacts, so that they are made again; what was made from them stays."""
    found = altered(steps, store)
    for step, _ in found:
        store.discard(step)
    return found


def _make(step: Step, position: int, n_steps: int, store: Store, device: str, watch: Watch) -> bool:
    """Makes a step unless another process holds it or has just made it; whether it ran here."""
    begin = partial(watch.begin, step, position, n_steps)
    made = store.make(step, Runtime(device=device, begin=begin, progress=watch.progress))
    if made:
        watch.end(step, float(store.manifest(step)["seconds"]))
    return made


def spread(command: list[str], n_workers: int) -> int:
    """Runs one command in several processes that share a store, each with its share of the cores.

    Small models gain little from a second thread, and a second process makes another step meanwhile.

    Returns:
        0, or the exit code of the first worker that failed; the others are stopped.
    """
    threads = max(1, (os.cpu_count() or 1) // n_workers)
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    # In sessions of their own, so that Ctrl-C reaches us and we stop them.
    workers = [subprocess.Popen(command, env=environment, start_new_session=True) for _ in range(n_workers)]
    try:
        while any(worker.poll() is None for worker in workers):
            if failed := [worker for worker in workers if worker.poll()]:
                return failed[0].returncode
            time.sleep(_PATIENCE)
        return next((worker.returncode for worker in workers if worker.returncode), 0)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
