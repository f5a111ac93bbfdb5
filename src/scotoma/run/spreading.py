"""Runs one command in several processes of this machine that share a store, and watches over them."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from scotoma.basics.interruption import killed_by, raise_pending
from scotoma.basics.words import counted
from scotoma.run.telling import clear, worker_environment

Worker = subprocess.Popen[bytes]

#: Seconds between two checks of the processes.
_PATIENCE = 0.1

#: Seconds that a process has to save its state and stop, and that others have to end when one is done.
_GRACE = 60.0


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
        logs: Folder for their standard error; None leaves it on this process's.
        look: Called now and then while the workers run.
        say: Called with a line about a worker that was killed, by others or by us.

    Returns:
        0, or the exit code of the first process that failed; the others are stopped. If a worker is killed
        by a signal, the others continue and make its step again; the code is then theirs, or the signal's if
        none is left. A worker that does not stop within a minute, such as a suspended one, is killed.
    """
    threads = max(1, (os.cpu_count() or 1) // (n_workers * n_together))
    processes: list[Worker] = []
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as files:
        try:
            for worker in range(n_workers):
                for rank in range(n_together):
                    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
                    if n_together > 1:
                        from scotoma.models.together import MEETING, RANK, SIZE

                        meeting = str(Path(folder) / str(worker))
                        environment |= {RANK: str(rank), SIZE: str(n_together), MEETING: meeting}
                    # In sessions of their own: Ctrl-C must reach us alone, and we stop them.
                    log = None if logs is None else files.enter_context(_log(logs, len(processes)))
                    if logs is not None and rank == 0:  # the others of a team follow the first
                        environment |= worker_environment(logs, len(processes))
                    processes.append(
                        subprocess.Popen(command, env=environment, start_new_session=True, stderr=log)
                    )
            return _until_done(processes, n_together, look, say)
        finally:
            _stop(processes, say)
            if logs is not None:
                clear(logs)


def _until_done(
    processes: list[Worker], n_together: int, look: Callable[[], None], say: Callable[[str], None]
) -> int:
    """The exit code of all, once all have ended, or a minute after one ended with 0: then all is done."""
    told_to_stop: set[int] = set()
    done_at: float | None = None
    while any(process.poll() is None for process in processes):
        ended = [process for process in processes if process.poll()]
        killed = [process for process in ended if n_together == 1 and _was_killed(process)]
        if failed := [process for process in ended if process not in killed]:
            return _as_shell(failed[0].returncode)
        for process in killed:
            if process.pid not in told_to_stop:
                told_to_stop.add(process.pid)
                say(f"A worker was {killed_by(-process.returncode)}. The others continue with its step.")
        if done_at is None and any(process.poll() == 0 for process in processes):
            done_at = time.monotonic()
        if done_at is not None and time.monotonic() - done_at > _GRACE:
            break
        look()
        raise_pending()
        time.sleep(_PATIENCE)
    codes = [process.returncode for process in processes if process.poll() is not None]
    finished = n_together == 1 and 0 in codes and not any(code > 0 for code in codes)
    return 0 if finished else _as_shell(next((code for code in codes if code), 0))


def _stop(processes: list[Worker], say: Callable[[str], None]) -> None:
    """Ends what still runs: asks, waits up to a minute, then kills; if interrupted, kills at once."""
    for process in processes:
        process.terminate()
    until = time.monotonic() + _GRACE
    late: list[Worker] = []
    try:
        for process in processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
    finally:
        late = [process for process in processes if process.poll() is None]
        for process in late:
            process.kill()
        for process in processes:
            process.wait()
    if late:
        say(f"{counted(len(late), 'worker')} did not stop within {_GRACE:g} seconds, and had to be killed.")


def _was_killed(process: Worker) -> bool:
    """Whether it was ended by a signal other than those that stop a run."""
    return process.returncode < 0 and -process.returncode not in (signal.SIGINT, signal.SIGTERM)


def _as_shell(code: int) -> int:
    """An exit code as a shell gives it: 128 and the signal of a process that was killed."""
    return 128 - code if code < 0 else code


def _log(folder: Path, number: int) -> BinaryIO:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)
    return (folder / f"local_{number}.log").open("wb")
