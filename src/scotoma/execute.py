"""Runs a plan here, step by step, in this process."""

import time
from collections.abc import Iterable
from typing import Protocol

from scotoma.store import Runtime, Step, Store


class Watch(Protocol):
    """What a terminal, or a log, is told while a plan runs."""

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """A step that is not done is about to run."""

    def progress(self, done: int, total: int) -> None:
        """Rows done of the step that runs."""

    def end(self, step: Step, seconds: float) -> None:
        """The step is done."""


def execute(steps: Iterable[Step], store: Store, *, device: str, watch: Watch) -> int:
    """Makes every step that is not done yet, in order.

    Args:
        steps: Inputs before what needs them.
        device: Torch device name.

    Returns:
        How many steps ran here; 0 when all were done.
    """
    steps = tuple(steps)
    n_run = 0
    for position, step in enumerate(steps, start=1):
        if store.done(step):
            continue
        watch.begin(step, position, len(steps))
        started = time.monotonic()
        n_run += store.make(step, Runtime(device=device, progress=watch.progress))
        watch.end(step, time.monotonic() - started)
    return n_run
