"""What each worker on this machine is doing: a small file beside its log, rewritten about once a second.

The process that started the workers reads these files to show a line for each. They hold nothing that the log
does not; a file that is empty, or half written, is shown as a worker that has not reported yet.
"""

import contextlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from scotoma.run.watch import PlainWatch, Watch
from scotoma.store.steps import Step

#: Environment variable that names a worker's file.
_AT = "SCOTOMA_WORKER_AT"

#: Least seconds between two reports of progress.
_EVERY = 1.0


@dataclass(frozen=True)
class Activity:
    """What a worker is doing.

    Attributes:
        title: What the step does; empty if the worker waits for steps of others.
        done: Rows done.
        total: Rows in all; 0 before the step has reported it.
        seconds: How long the step ran when this was written.
        at: When it was written, in seconds since 1970.
    """

    title: str
    done: int = 0
    total: int = 0
    seconds: float = 0.0
    at: float = 0.0

    def seconds_left(self, now: float) -> float | None:
        """Estimate from the rate so far; None before any row is done."""
        if not self.done:
            return None
        return max(0.0, self.seconds / self.done * (self.total - self.done) - (now - self.at))


class LoggingWatch(PlainWatch):
    """Writes lines to the worker's log, and the file beside it.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path, self.title, self.last_written = path, "", 0.0

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        """Says which step runs."""
        super().begin(step, position, n_steps)
        self.title = step.title
        self._tell(0, 0)

    def progress(self, done: int, total: int) -> None:
        """Says how far the step is, at most once a second."""
        super().progress(done, total)
        if time.monotonic() - self.last_written >= _EVERY:
            self._tell(done, total)

    def end(self, step: Step, seconds: float) -> None:
        """Says that it waits."""
        super().end(step, seconds)
        self._wait()

    def leave_out(self, step: Step, why: str) -> None:
        """Says why, and that it waits."""
        super().leave_out(step, why)
        self._wait()

    def _wait(self) -> None:
        self.title = ""
        self._tell(0, 0)

    def _tell(self, done: int, total: int) -> None:
        self.last_written = time.monotonic()
        doing = Activity(self.title, done, total, self.last_written - self.started, time.time())
        fresh = self.path.with_suffix(".new")
        # A worker must not fail because its progress cannot be written.
        with contextlib.suppress(OSError):
            fresh.write_text(json.dumps(asdict(doing)), encoding="utf8")
            os.replace(fresh, self.path)


def worker_environment(logs: Path, number: int) -> dict[str, str]:
    """Environment variables for a worker, by the folder and number of its log; creates its file."""
    path = logs / f"local_{number}.at"
    path.touch()
    return {_AT: str(path)}


def watch_of_worker(environment: Mapping[str, str] = os.environ) -> Watch:
    """The watch of a worker: to its log, and to its file if the process that started it reads one."""
    at = environment.get(_AT)
    return LoggingWatch(Path(at)) if at else PlainWatch()


def lines(logs: Path) -> list[Activity | None]:
    """What the workers of a folder are doing, by number; None for one whose file cannot be read now."""
    return [_read(path) for path in sorted(logs.glob("local_*.at"), key=_number)]


def clear(logs: Path) -> None:
    """Removes the files of workers that have ended."""
    for path in (*logs.glob("local_*.at"), *logs.glob("local_*.new")):
        path.unlink(missing_ok=True)


def _read(path: Path) -> Activity | None:
    try:
        return Activity(**json.loads(path.read_text(encoding="utf8")))
    except (OSError, ValueError, TypeError):
        return None


def _number(path: Path) -> int:
    return int(path.stem.rpartition("_")[2])
