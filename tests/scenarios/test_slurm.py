"""A study on a real Slurm of two nodes: handed over, interrupted, and the same as on one machine."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import slurm_cluster
from scotoma.experiment import plan
from scotoma.store.store import Store
from scotoma.study.file import load_study

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        bool(slurm_cluster.missing()),
        reason=f"not here: {', '.join(slurm_cluster.missing())} (Debian: slurmctld slurmd slurm-client "
        "munge)",
    ),
]

STUDY = Path(__file__).parent / "small_study.yaml"


@pytest.fixture(scope="module")
def slurm() -> Iterator[dict[str, str]]:
    with slurm_cluster.cluster() as environment:
        yield {**environment, "OMP_NUM_THREADS": "1"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two starts and an arm of a few originals: no generator, seconds of training."""
    settings = yaml.safe_load(STUDY.read_text(encoding="utf8"))
    for part in ("generator", "screening", "heuristic", "labeller", "claims"):
        del settings[part]
    settings |= {"arms": ["none", {"original": 15}], "replicates": 1}
    path = tmp_path / "few.yaml"
    path.write_text(yaml.safe_dump(settings), encoding="utf8")
    return path


def scotoma(environment: dict[str, str], *arguments: str | Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "scotoma", *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


def ask(environment: dict[str, str], *command: str) -> str:
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def wait_until_done(study: Path, store: Path, seconds: float = 240) -> None:
    steps, until = plan(load_study(str(study))).steps, time.monotonic() + seconds
    while not all(Store(store).done(step) for step in steps):
        logs = [path.read_text()[-2000:] for path in store.glob("logs/*/*.log")]
        assert time.monotonic() < until, "\n".join(logs)
        time.sleep(0.5)


def predictions(store: Path) -> dict[str, bytes]:
    return {
        path.parent.name: path.read_bytes()
        for path in sorted(store.glob("done/predict-*/predictions.parquet"))
    }


def hand_over(slurm: dict[str, str], study: Path, store: Path, *more: str) -> list[str]:
    """Hands a study to one worker, and gives the command that was used."""
    command = ["run", str(study), "--store", str(store), "--on", "slurm", "--workers", "1", "--device", "cpu"]
    scotoma(slurm, *command, *more)
    return command


def test_two_nodes_give_the_bytes_of_one_machine(slurm: dict[str, str], study: Path, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    scotoma(slurm, "run", study, "--store", here, "--out", tmp_path / "report", "--device", "cpu")
    said = scotoma(
        slurm, "run", study, "--store", there, "--on", "slurm", "--workers", "2", "--device", "cpu"
    )
    assert "Submitted 2 workers as job" in said
    assert f"scotoma status {study} --store {there}" in said
    wait_until_done(study, there)
    assert len(predictions(here)) == 4
    assert predictions(there) == predictions(here)
    assert len(list(there.glob("logs/*/*.log"))) == 2


def test_two_who_submit_in_the_same_instant_make_no_more_workers_than_wanted(
    slurm: dict[str, str], study: Path, tmp_path: Path
) -> None:
    command = ["run", str(study), "--store", str(tmp_path / "store"), "--on", "slurm", "--workers", "2"]
    # Jobs that cannot begin stay in the queue to be counted.
    command += ["--slurm-options", "--hold"]
    both = [
        subprocess.Popen([sys.executable, "-m", "scotoma", *command], env=slurm, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    said = b"".join(process.communicate()[1] for process in both).decode()
    assert [process.returncode for process in both] == [0, 0]
    assert "Submitted 2 workers" in said
    assert "Nothing submitted: 2 workers already waiting or running" in said
    assert len(ask(slurm, "squeue", "-h", "-r", "-o", "%i").split()) == 2
    ask(slurm, "scancel", "--me")


@pytest.mark.slow
def test_a_worker_whose_time_is_up_goes_back_into_the_queue_and_ends_its_work(
    slurm: dict[str, str], study: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    hand_over(slurm, study, store)
    while not list(store.glob("done/*")):
        time.sleep(0.1)
    (job,) = ask(slurm, "squeue", "-h", "-r", "-o", "%A").split()
    ask(slurm, "scancel", "--signal=USR1", "--batch", job)
    wait_until_done(study, store)
    assert "Restarts=1" in ask(slurm, "scontrol", "show", "job", job)


@pytest.mark.slow
def test_a_worker_that_is_preempted_waits_in_the_queue_and_ends_its_work(
    slurm: dict[str, str], study: Path, tmp_path: Path
) -> None:
    store = tmp_path / "store"
    hand_over(slurm, study, store)
    wait_for_words("[3/", store)
    (job,) = ask(slurm, "squeue", "-h", "-r", "-o", "%A").split()
    everything = ("--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null")
    ask(slurm, "sbatch", *everything, "--wrap=sleep 15")
    wait_for_words("DUE TO PREEMPTION", store)
    wait_until_told("queued: preempted (JOB", slurm, study, store)
    wait_until_done(study, store)
    assert "Restarts=1" in ask(slurm, "scontrol", "show", "job", job)


def wait_for_words(words: str, store: Path, seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while words not in (said := "".join(path.read_text() for path in store.glob("logs/*/*.log"))):
        assert time.monotonic() < until, said
        time.sleep(0.1)


def wait_until_told(words: str, slurm: dict[str, str], study: Path, store: Path) -> None:
    """Until `status` says so: between Slurm's word to a worker and its end some seconds pass."""
    until = time.monotonic() + 60
    while words not in (said := scotoma(slurm, "status", study, "--store", store)):
        assert time.monotonic() < until, said


def pids(pattern: str) -> list[int]:
    return [int(pid) for pid in subprocess.run(["pgrep", "-f", pattern], capture_output=True).stdout.split()]


def test_status_tells_why_a_worker_died_before_its_first_step_and_how_to_continue(
    slurm: dict[str, str], study: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken" / "scotoma"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text("import a_library_the_nodes_lack\n")
    store = tmp_path / "store"
    path = f"--export=ALL,PYTHONPATH={broken.parent}"
    command = hand_over(slurm, study, store, "--slurm-options", path)
    wait_for_words("scotoma: ended", store)
    said = scotoma(slurm, "status", study, "--store", store)
    assert "exit code 1; its last line: ModuleNotFoundError: No module named 'a_library_the_nodes" in said
    assert f"To continue: scotoma {' '.join(command)} --slurm-options {path}" in said


@pytest.mark.slow
def test_status_tells_who_was_killed_and_who_was_cancelled(
    slurm: dict[str, str], study: Path, tmp_path: Path
) -> None:
    study.write_text(study.read_text().replace("replicates: 1", "replicates: 40"))
    store = tmp_path / "store"
    hand_over(slurm, study, store)
    wait_for_words("[3/", store)
    for pid in pids(f"scotoma work .*{store}"):
        os.kill(pid, signal.SIGKILL)
    wait_for_words("scotoma: ended", store)
    hand_over(slurm, study, store)
    while len(list(store.glob("logs/*/*.log"))) < 2:
        time.sleep(0.1)
    ask(slurm, "scancel", "--me")
    wait_for_words("CANCELLED", store)
    said = scotoma(slurm, "status", study, "--store", store)
    assert "died: killed by SIGKILL, as when memory runs out" in said
    assert "cancelled (JOB" in said
    assert "No worker runs, and" in said


def test_what_slurm_refuses_is_an_error_with_its_words(
    slurm: dict[str, str], study: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-m", "scotoma", "run", str(study), "--store", str(tmp_path / "store")]
    ended = subprocess.run(
        [*command, "--on", "slurm", "--slurm-options", "--partition=nowhere"],
        env=slurm,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert "sbatch failed" in ended.stderr
    assert "nowhere" in ended.stderr
    assert "Traceback" not in ended.stderr
