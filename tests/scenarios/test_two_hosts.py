"""Two hosts share a store but no locks, or one: a process dies, or is suspended and taken for dead."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import toy
from scotoma.store.steps import Step
from scotoma.store.store import Store

(STEP,) = toy.links(1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def start(host: str | None, store: Store, seconds: float) -> subprocess.Popen[str]:
    log = store.root.with_name("log")
    where = ["--host", host] if host else ["--hasty"]
    command = [sys.executable, toy.__file__, str(store.root), str(log), *where]
    return subprocess.Popen([*command, "--seconds", str(seconds)], stdout=subprocess.PIPE, text=True)


def tries(store: Store) -> int:
    log = store.root.with_name("log")
    return len(log.read_text().split()) if log.exists() else 0


def wait_until(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def ended(process: subprocess.Popen[str]) -> int:
    """How many steps it made."""
    made = int(process.communicate(timeout=60)[0])
    assert process.returncode == 0
    return made


def left(store: Store, step: Step) -> list[Path]:
    return [path for kind in ("work", "checkpoint", "error") for path in store.root.glob(f"{kind}/*")]


def test_a_killed_process_on_another_host_is_taken_over(store: Store) -> None:
    killed = start("a", store, 600)
    wait_until(lambda: tries(store) == 1)
    killed.kill()
    killed.communicate()
    assert ended(start("b", store, 0)) == 1
    assert store.verify(STEP) == []
    assert left(store, STEP) == []


def test_a_living_process_on_another_host_is_waited_for(store: Store) -> None:
    alive = start("a", store, 3)
    wait_until(lambda: tries(store) == 1)
    waiting = start("b", store, 0)
    assert ended(alive) == 1
    assert ended(waiting) == 0
    assert tries(store) == 1


@pytest.mark.parametrize("hosts", [("a", "b"), (None, None)])
def test_one_that_comes_back_when_its_step_is_done_leaves_it_as_it_is(
    hosts: tuple[str | None, str | None], store: Store
) -> None:
    stopped = start(hosts[0], store, 0.5)
    wait_until(lambda: tries(store) == 1)
    stopped.send_signal(signal.SIGSTOP)
    assert ended(start(hosts[1], store, 0)) == 1
    made = store.manifest(STEP)
    stopped.send_signal(signal.SIGCONT)
    assert ended(stopped) == 0
    assert store.manifest(STEP) == made
    assert store.verify(STEP) == []
    assert left(store, STEP) == []


@pytest.mark.parametrize("hosts", [("a", "b"), (None, None)])
def test_one_that_comes_back_while_its_step_is_made_anew_disturbs_nobody(
    hosts: tuple[str | None, str | None], store: Store
) -> None:
    stopped = start(hosts[0], store, 0.5)
    wait_until(lambda: tries(store) == 1)
    stopped.send_signal(signal.SIGSTOP)
    maker = start(hosts[1], store, 3)
    wait_until(lambda: tries(store) == 2)
    stopped.send_signal(signal.SIGCONT)
    assert ended(maker) == 1
    assert ended(stopped) == 0
    assert tries(store) == 2
    assert store.verify(STEP) == []
    assert left(store, STEP) == []
