"""The states of workers on other machines, read from the store alone, without asking a scheduler.

A worker's log begins and ends with a line that its shell writes, even if Python does not start or is killed.
While it lives, a worker holds a lease, as for a running step. A log without an end whose worker holds no
lease is that of a worker that vanished, or that Slurm ended; Slurm's message is then its last.
"""

import re
import shlex
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from scotoma.basics.errors import ScotomaError
from scotoma.basics.interruption import INTERRUPTED, killed_by
from scotoma.basics.words import counted
from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Step
from scotoma.store.store import Store

_HANDED_OVER = "handed-over"

#: Lines of a log that are shown if a process failed: an error, what to do, and the step before.
_LAST = 8

#: Seconds that Python may take to start, on a slow file system, before the worker has its lease; and seconds
#: without a touch of the lease after which a worker counts as dead.
_TO_START = 120.0

#: Seconds between two attempts to take the lease, while another node appears to hold it.
_AGAIN = 10.0

#: Lines that the shell around a worker writes: at the beginning, followed by its node; at the end, by the
#: exit code or `requeued`.
BEGAN, ENDED, REQUEUED = "scotoma: began", "scotoma: ended", "requeued"

#: Slurm's messages in a job's log, some with the node's name, and their meanings; the first that matches
#: counts.
_SLURM = r"slurmstepd(-\S+)?: error: (.*)"
_WORDS = (
    (r"oom.kill|memory limit", "out of memory"),
    (r"DUE TO TIME LIMIT", "out of time"),
    (r"DUE TO NODE FAILURE", "its node failed"),
    (r"DUE TO PREEMPTION", "preempted"),
    (r"CANCELLED", "cancelled"),
)
_BACK_IN_THE_QUEUE = r"DUE TO (NODE FAILURE|PREEMPTION|JOB REQUEUE)"


class Presence(Step):
    """What a worker holds a lease on while it lives, as on the step that it makes."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False

    request: str
    name: str

    def cost(self, forecast: Forecast) -> Cost:
        """Nothing: it is in no plan."""
        return Cost()


@dataclass(frozen=True)
class Worker:
    """State of a worker.

    Attributes:
        name: Name of the worker's log.
        state: `queued` also after it was requeued; `died` with a cause.
        node: Node where it runs or ran; empty before it begins.
        cause: Cause of the state in one line; empty if there is nothing to explain.
    """

    name: str
    state: Literal["queued", "running", "ended", "died"]
    node: str = ""
    cause: str = ""


def logs_of(store: Store, request: str) -> Path:
    """The folder of a request's logs, one a worker."""
    return store.root / "logs" / request


def fresh_logs(store: Store, request: str) -> Path:
    """The folder of a request's logs; removes those of workers on this machine in an earlier run."""
    logs = logs_of(store, request)
    for old in logs.glob("local_*.log"):
        old.unlink(missing_ok=True)
    return logs


class WorkerFailed(ScotomaError):
    """A worker on this machine failed, and the others were stopped.

    Attributes:
        code: Exit code of the worker, as a shell gives it.
        last_words: The last lines of the workers' logs; empty if they have none.
    """

    def __init__(self, code: int, logs: Path | None, *, where: str) -> None:
        ended = killed_by(code - 128) if code > 128 else f"ended with code {code}"
        self.code, self.last_words = code, [f"A worker was {ended}."] if code > 128 else []
        self.last_words += [] if logs is None else _last_words(logs)
        what = "\n".join([f"a worker {'was ' if code > 128 else ''}{ended}:", *self.last_words, ""])
        super().__init__(what, where=where, remedy="Fix what it reports; the same call continues.")


def _last_words(logs: Path) -> list[str]:
    logs_by_path = {
        path: path.read_text(encoding="utf8", errors="replace") for path in sorted(logs.glob("local_*.log"))
    }
    ends = [text.rstrip().splitlines()[-_LAST:] for text in logs_by_path.values() if text]
    return [*(line for end in ends for line in end), f"Their full output is in {logs}."]


@contextmanager
def present(store: Store, request: str, name: str) -> Iterator[None]:
    """Within this context, other processes can see that this worker lives."""
    presence, over = Presence(request=request, name=name), threading.Event()

    def keep_trying() -> None:
        while not over.wait(_AGAIN):
            with store.claim(presence) as lease:
                if lease is not None:
                    over.wait()

    with store.claim(presence) as lease:
        if lease is not None:
            yield
            return
    # Requeued on another node, while the lease of its former, failed node has not expired.
    thread = threading.Thread(target=keep_trying, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def record_handover(store: Store, request: str, names: list[str], command: list[str]) -> None:
    """Puts on record the workers that were submitted, and the command that submits again."""
    store.put_on_record(_HANDED_OVER, request, {"workers": names, "command": command})


def workers(store: Store, request: str) -> list[Worker]:
    """Every worker that was submitted for a request, oldest first."""
    handed: list[dict[str, Any]] = store.ledger(_HANDED_OVER, request)
    return [_worker(store, request, name) for entry in handed for name in entry["workers"]]


def worker_report(store: Store, request: str, n_waiting: int) -> list[str]:
    """Lines on a request's workers: how many run, which died and why, and what to do if none is left.

    Args:
        store: Store that the workers share.
        request: Name of the request.
        n_waiting: Steps that are not done.
    """
    live = workers(store, request)
    if not live or not n_waiting:
        return []
    states = [worker.state for worker in live]
    counts = ", ".join(f"{states.count(state)} {state}" for state in sorted(set(states)))
    lines = [f"{counted(len(live), 'worker')}: {counts}."]
    lines += [
        f"Worker {worker.name}{f' on {worker.node}' if worker.node else ''} {worker.state}: {worker.cause}"
        for worker in live
        if worker.cause
    ]
    if "running" not in states:
        command = shlex.join(store.ledger(_HANDED_OVER, request)[-1]["command"])
        only = " (it submits only the missing workers)" if "queued" in states else ""
        lines.append(f"No worker runs, and {counted(n_waiting, 'step')} wait. To continue{only}: {command}")
    return lines


def _worker(store: Store, request: str, name: str) -> Worker:
    log = logs_of(store, request) / f"{name}.log"
    text = log.read_text(encoding="utf8", errors="replace") if log.exists() else ""
    _, began, last_try = text.rpartition(f"{BEGAN} ")
    if not began:
        return Worker(name, "queued")
    node, _, rest = last_try.partition("\n")
    last_text, ended, code = rest.rpartition(f"{ENDED} ")
    if ended:
        code, _, afterwards = code.partition("\n")
        return _ended(name, node, code.strip(), last_text, afterwards)
    if _lives(store, Presence(request=request, name=name)):
        return Worker(name, "running", node)
    if re.search(_BACK_IN_THE_QUEUE, rest):
        return Worker(name, "queued", node, _by_slurm(rest))
    if not _by_slurm(rest) and time.time() - log.stat().st_mtime < _TO_START:
        return Worker(name, "running", node)
    return Worker(name, "died", node, _by_slurm(rest) or f"vanished; {_last_line(rest)}")


def _lives(store: Store, presence: Presence) -> bool:
    """Whether a lock shows that it is alive or, if locks of its node cannot be seen here, a recent touch."""
    holder = store.running(presence)
    return holder is not None and (holder.sure or time.time() - holder.heard_at < _TO_START)


def _ended(name: str, node: str, code: str, text: str, afterwards: str) -> Worker:
    if code == REQUEUED:
        return Worker(name, "queued", node)
    if code == "0":
        return Worker(name, "ended", node)
    by_slurm = _by_slurm(text + afterwards)
    number = int(code) if code.isdigit() else None
    if number == INTERRUPTED and re.search(_BACK_IN_THE_QUEUE, text + afterwards):
        return Worker(name, "queued", node, by_slurm)
    if number == INTERRUPTED:
        return Worker(name, "ended", node, by_slurm or "interrupted")
    if by_slurm:
        return Worker(name, "died", node, by_slurm)
    if number is not None and number - 128 in set(signal.Signals):
        return Worker(name, "died", node, killed_by(number - 128))
    return Worker(name, "died", node, f"exit code {code or 'unknown'}; {_last_line(text)}")


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return f"its last line: {lines[-1].strip()}" if lines else "it printed nothing"


def _by_slurm(text: str) -> str:
    messages = [match[2] for line in text.splitlines() if (match := re.match(_SLURM, line))]
    for pattern, meaning in _WORDS:
        for line in messages:
            if re.search(pattern, line):
                return f"{meaning} ({line.strip(' *')})"
    return ""
