"""Progress of a run: the protocol that shows it, and one that writes lines for logs and pipes."""

import sys
import time
from collections.abc import Callable
from typing import Protocol

from scotoma.basics.words import duration, visible
from scotoma.store.steps import Step

#: Seconds between two lines about the same step.
_QUIET_FOR = 30


class Watch(Protocol):
    """What a terminal, or a log, shows while a plan runs."""

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """A step that is not done is about to run."""

    def progress(self, done: int, total: int) -> None:
        """Rows done of the step that runs."""

    def end(self, step: Step, seconds: float) -> None:
        """The step is done."""

    def leave_out(self, step: Step, why: str) -> None:
        """The step has too few rows; it and all that depend on it are left out."""


class PlainWatch:
    """Lines for logs and pipes: the start of a step, its progress now and then, and its end.

    Args:
        say: Called with each line; None writes it to standard error.
    """

    def __init__(self, say: Callable[[str], None] | None = None) -> None:
        self.say = say
        self.started = self.spoke = time.monotonic()

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """Says which step runs."""
        self.started = self.spoke = time.monotonic()
        self._say(f"[{position}/{n_steps}] {step.title}")

    def progress(self, done: int, total: int) -> None:
        """Says how far the step is and how long it will take, at most twice a minute."""
        now = time.monotonic()
        if now - self.spoke >= _QUIET_FOR and done:
            self.spoke = now
            seconds_left = (now - self.started) / done * (total - done)
            self._say(f"    {done} of {total} rows, about {duration(seconds_left)} left")

    def end(self, step: Step, seconds: float) -> None:
        """Says how long it took."""
        self._say(f"    done: {step.title}, {duration(seconds)}")

    def leave_out(self, step: Step, why: str) -> None:
        """Says why."""
        self._say(f"    left out, with all steps that depend on it: {step.title}. {why}")

    def _say(self, line: str) -> None:
        # Control characters in a file's name must not break the line.
        line = visible(line, keep="")
        if self.say is not None:
            self.say(line)
            return
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
