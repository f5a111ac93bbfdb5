"""How workers elsewhere stand, from the files they leave."""

import contextlib
import os
import time
from pathlib import Path

import pytest

from scotoma.run.workers import Worker, logs_of, present, record_handover, worker_report, workers
from scotoma.store.store import Store

REQUEST = "mine-0123456789ab"
AGAIN = ["scotoma", "run", "mine.yaml", "--on", "slurm", "--slurm-options", "--time=1:00 --mem=8G"]
SLURM = "slurmstepd: error: "
OOM = "Detected 1 oom_kill event in StepId=7.batch. Some of the step tasks have been OOM Killed."
CANCELLED = "JOB 7 ON n1 CANCELLED AT 2026-01-02T03:04:05"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path)
    record_handover(store, REQUEST, ["7_0"], AGAIN)
    return store


def log(store: Store, text: str, *, age: float = 0) -> None:
    path = logs_of(store, REQUEST) / "7_0.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime - age))


@pytest.mark.parametrize(
    ("text", "state", "cause"),
    [
        ("scotoma: ended 0\n", "ended", ""),
        ("[1/9] read rows\nscotoma: ended 75\n", "ended", "interrupted"),
        (
            f"scotoma: ended 75\n{SLURM}*** {CANCELLED} ***\n",
            "ended",
            f"cancelled ({CANCELLED})",
        ),
        (
            f"slurmstepd-n1: error: *** {CANCELLED} ***\nscotoma: ended 75\n",
            "ended",
            f"cancelled ({CANCELLED})",
        ),
        (
            f"{SLURM}*** {CANCELLED} DUE TO PREEMPTION ***\nscotoma: ended 75\n",
            "queued",
            f"preempted ({CANCELLED} DUE TO PREEMPTION)",
        ),
        ("scotoma: ended 137\n", "died", "killed by SIGKILL, as when memory runs out"),
        ("scotoma: ended 143\n", "died", "killed by SIGTERM"),
        (
            "Traceback ...\nModuleNotFoundError: No module named 'torch'\nscotoma: ended 1\n",
            "died",
            "exit code 1; its last line: ModuleNotFoundError: No module named 'torch'",
        ),
        ("scotoma: ended 127\n", "died", "exit code 127; it printed nothing"),
        (
            f"scotoma: ended 137\n{SLURM}{OOM}\n",
            "died",
            f"out of memory ({OOM})",
        ),
        (
            f"[1/9] read rows\n{SLURM}*** {CANCELLED} DUE TO TIME LIMIT ***\n",
            "died",
            f"out of time ({CANCELLED} DUE TO TIME LIMIT)",
        ),
        ("scotoma: ended requeued\n", "queued", ""),
        ("scotoma: ended 245\n", "died", "exit code 245; it printed nothing"),
        ("Loading\nscotoma: ended \n", "died", "exit code unknown; its last line: Loading"),
        (
            f"{SLURM}*** {CANCELLED} DUE TO NODE FAILURE ***\n",
            "queued",
            f"its node failed ({CANCELLED} DUE TO NODE FAILURE)",
        ),
        ("", "running", ""),
    ],
)
def test_the_end_of_a_log_tells_what_became_of_its_worker(
    store: Store, text: str, state: str, cause: str
) -> None:
    log(store, f"scotoma: began n1\n{text}")
    assert workers(store, REQUEST) == [Worker("7_0", state, "n1", cause)]  # type: ignore[arg-type]


def test_a_worker_that_has_not_begun_is_queued(store: Store) -> None:
    assert workers(store, REQUEST) == [Worker("7_0", "queued")]


def test_only_the_last_try_counts(store: Store) -> None:
    log(store, "scotoma: began n1\nscotoma: ended requeued\nscotoma: began n2\nscotoma: ended 0\n")
    assert workers(store, REQUEST) == [Worker("7_0", "ended", "n2")]


def test_a_silent_worker_lives_while_it_holds_its_claim_and_has_vanished_after(store: Store) -> None:
    log(store, "scotoma: began n1\n[1/9] read rows\n", age=3600)
    with present(store, REQUEST, "7_0"):
        assert workers(store, REQUEST) == [Worker("7_0", "running", "n1")]
    (gone,) = workers(store, REQUEST)
    assert (gone.state, gone.cause) == ("died", "vanished; its last line: [1/9] read rows")


def test_a_requeued_worker_shows_itself_once_its_old_node_is_taken_for_dead(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scotoma.run.workers._AGAIN", 0.01)
    log(store, "scotoma: began n2\n[1/9] read rows\n", age=3600)
    with contextlib.ExitStack() as old_node:
        old_node.enter_context(present(store, REQUEST, "7_0"))
        with present(Store(store.root), REQUEST, "7_0"):
            old_node.close()
            deadline = time.monotonic() + 30
            while workers(store, REQUEST)[0].state != "running" and time.monotonic() < deadline:
                time.sleep(0.01)
            assert workers(store, REQUEST) == [Worker("7_0", "running", "n2")]
    assert workers(store, REQUEST)[0].state == "died"


def test_where_no_worker_runs_the_command_that_continues_is_given(store: Store) -> None:
    log(store, "scotoma: began n1\nscotoma: ended 137\n")
    assert worker_report(store, REQUEST, 4) == [
        "1 worker: 1 died.",
        "Worker 7_0 on n1 died: killed by SIGKILL, as when memory runs out",
        "No worker runs, and 4 steps wait. To continue: "
        "scotoma run mine.yaml --on slurm --slurm-options '--time=1:00 --mem=8G'",
    ]


def test_workers_in_the_queue_are_no_reason_to_worry_but_may_have_been_cancelled_there(store: Store) -> None:
    *_, last = worker_report(store, REQUEST, 4)
    assert last.startswith(
        "No worker runs, and 4 steps wait. To continue (it submits only the missing workers)"
    )


def test_nothing_is_said_of_workers_when_all_is_done_or_none_was_handed_over(store: Store) -> None:
    assert worker_report(store, REQUEST, 0) == []
    assert worker_report(store, "another", 4) == []
