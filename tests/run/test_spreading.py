"""Several processes on one store: what becomes of the others where one is killed, fails, or does not end."""

import os
import signal
import sys
import threading
import time
from pathlib import Path

import pytest

from scotoma.basics.interruption import Interrupted, end_at_once, install_handler
from scotoma.run import spreading
from scotoma.run.spreading import spread
from scotoma.run.workers import WorkerFailed


def worker(tmp_path: Path, first: str, others: str) -> list[str]:
    """A command that does one thing in the first process that gets there, and another in the others."""
    place = str(tmp_path / "first")
    code = (
        f"import os, signal, sys, time\ntry:\n    os.mkdir({place!r})\n    {first}\n"
        f"except FileExistsError:\n    {others}"
    )
    return [sys.executable, "-c", code]


KILL = "os.kill(os.getpid(), signal.SIGKILL)"


def test_where_a_worker_is_killed_the_others_go_on_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    assert spread(worker(tmp_path, KILL, "time.sleep(2)"), 2, say=said.append) == 0
    assert said == [
        "A worker was killed by SIGKILL, as when memory runs out. The others continue with its step."
    ]


def test_where_all_workers_are_killed_the_code_is_the_signal_s(tmp_path: Path) -> None:
    assert spread(worker(tmp_path, KILL, KILL), 2) == 128 + 9
    failed = WorkerFailed(137, None, where="store")
    assert failed.last_words == ["A worker was killed by SIGKILL, as when memory runs out."]


def test_what_workers_say_is_for_whoever_started_them_alone(tmp_path: Path) -> None:
    logs = tmp_path / "logs" / "small"
    assert spread(worker(tmp_path, "pass", "pass"), 1, logs=logs) == 0
    assert [path.stat().st_mode & 0o777 for path in (logs.parent, logs)] == [0o700, 0o700]


def test_a_worker_that_fails_stops_the_others(tmp_path: Path) -> None:
    began = time.monotonic()
    assert spread(worker(tmp_path, "sys.exit(2)", "time.sleep(60)"), 2) == 2
    assert time.monotonic() - began < 50


#: It does not end when it is told to, as one does that is suspended, or whose interruption was swallowed.
DEAF = "signal.signal(signal.SIGTERM, signal.SIG_IGN); open('{}', 'w').close(); time.sleep(60)"


def wait_for(path: Path) -> None:
    until = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_worker_that_does_not_stop_is_killed_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "_GRACE", 0.5)
    said: list[str] = []
    began, deaf = time.monotonic(), tmp_path / "deaf"
    fails = f"while not os.path.exists('{deaf}'): time.sleep(.02)\n    sys.exit(2)"
    assert spread(worker(tmp_path, fails, DEAF.format(deaf)), 2, say=said.append) == 2
    assert said == ["1 worker did not stop within 0.5 seconds, and had to be killed."]
    assert time.monotonic() - began < 50


def test_where_all_is_done_a_worker_that_is_suspended_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "_GRACE", 0.5)
    began = time.monotonic()
    assert spread(worker(tmp_path, "os.kill(os.getpid(), signal.SIGSTOP)", "pass"), 2) == 0
    assert time.monotonic() - began < 50


def test_interrupted_again_the_workers_are_killed_at_once(tmp_path: Path) -> None:
    deaf, before = tmp_path / "deaf", {name: signal.getsignal(name) for name in (2, 10, 15)}
    install_handler()
    again = threading.Timer(1, os.kill, (os.getpid(), signal.SIGTERM))

    def look() -> None:
        """Both signals of an impatient user, the second while the workers are waited for."""
        wait_for(deaf)
        again.start()
        raise Interrupted

    try:
        began = time.monotonic()
        with pytest.raises(Interrupted):
            spread(worker(tmp_path, DEAF.format(deaf), "pass"), 1, look=look)
        assert time.monotonic() - began < 50
    finally:
        again.join()
        end_at_once()
        for name, handler in before.items():
            signal.signal(name, handler)
