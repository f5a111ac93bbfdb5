"""`python -m chaos --rounds 60 --seed 0`: a small study, run again and again while harm is done to it.

Each round starts `scotoma run` with one to three workers and ends it in a way that is drawn: all processes
killed, one killed, one stopped for some seconds or for longer than its lease lasts, SIGTERM, or Ctrl-C.
Between rounds files of finished artifacts are damaged. Then `run --remake` ends the study, and every artifact
and every file of the report is held, byte for byte, against those of a run that nobody disturbed. A round
fails where a traceback is printed or a command goes on for more than ten minutes. Exit 1 if anything failed
or differs.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from small_study import STUDY, artifacts, done, prepare, reports, run, start

from .damage import damage

#: Seconds after which a command is taken to hang.
_LONGEST = 600
#: What a run may end with: done, an error in words, stopped with its work saved, or by a signal of ours.
_OURS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
_IN_ORDER = {0, 2, 75, *(128 + one for one in _OURS), *(-one for one in _OURS)}


def main() -> int:
    """Runs the study undisturbed and under fire, and compares."""
    parser = argparse.ArgumentParser(
        prog="chaos", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        chaos, differing = harm(Path(name), asked.rounds, asked.seed)
    for what, n in sorted(chaos.did.items()):
        print(f"{what:40}{n:6}")
    for fault in chaos.faults:
        print(f"FAILED {fault}")
    for path in differing:
        print(f"DIFFERS {path}")
    print(f"{asked.rounds} rounds, {len(chaos.faults)} failed, {len(differing)} files differ")
    return 1 if chaos.faults or differing else 0


def harm(folder: Path, rounds: int, seed: int, study: str = STUDY) -> tuple["Chaos", list[str]]:
    """What was done to a study, and which files then differ from those of a run that was left alone."""
    quiet, harmed = folder / "quiet", folder / "harmed"
    for one in (quiet, harmed):
        prepare(one, study)
    run(quiet)
    chaos = Chaos(harmed, seed)
    for _ in range(rounds):
        chaos.round()
    run(harmed, "--remake")
    done(harmed, "status", "small.yaml", "--verify")
    differing = different(artifacts(quiet), artifacts(harmed))
    return chaos, differing + different(reports(quiet), reports(harmed))


def different(these: dict[str, object], those: dict[str, object]) -> list[str]:
    """Paths that only one has, or that hold other bytes."""
    return sorted(path for path in these.keys() | those.keys() if these.get(path) != those.get(path))


class Chaos:
    """Harm of kinds and at moments that a seed draws.

    Args:
        folder: A study that has been prepared.
        seed: Of all draws.
    """

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.draw = folder.resolve(), random.Random(seed)
        self.did, self.faults = Counter[str](), list[str]()

    def round(self) -> None:
        """A run that is disturbed, and perhaps damage after it."""
        n_workers = self.draw.randint(1, 3)
        remake = self.draw.random() < 0.3
        process = start(
            self.folder,
            "run",
            "small.yaml",
            f"--workers={n_workers}",
            *["--remake"] * remake,
            within=("setsid",),
        )
        time.sleep(self.draw.uniform(1, 25))
        harm: Callable[[subprocess.Popen[str]], None] = self.draw.choice(
            (
                self.kill_all,
                self.kill_one,
                self.stop_one,
                self.stop_past_lease,
                self.terminate,
                self.interrupt,
            )
        )
        ran = process.poll() is None
        if ran:
            harm(process)
        try:
            _, said = process.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            kill(self.members(), signal.SIGKILL)
            _, said = process.communicate()
            self.faults.append(f"hangs after {harm.__name__}: {said[-500:]}")
        self.did[f"{harm.__name__} with {n_workers} workers" if ran else "ended before any harm"] += 1
        if "Traceback" in said:
            self.faults.append(f"traceback after {harm.__name__}: {said[-1500:]}")
        if process.returncode not in _IN_ORDER:
            self.faults.append(f"exit {process.returncode} after {harm.__name__}: {said[-500:]}")
        # Whoever outlived the command that started it is killed, too.
        kill(self.members(), signal.SIGKILL)
        if self.draw.random() < 0.4 and (kind := damage(self.folder / "store" / "done", self.draw)):
            self.did[f"damage: {kind}"] += 1

    def kill_all(self, process: subprocess.Popen[str]) -> None:
        """SIGKILL to the command and all its workers at once."""
        kill(self.members(), signal.SIGKILL)

    def kill_one(self, process: subprocess.Popen[str]) -> None:
        """SIGKILL to one of them, the command itself or a worker; then they have some seconds."""
        kill(self._one(), signal.SIGKILL)
        time.sleep(self.draw.uniform(0, 8))
        kill(self.members(), signal.SIGTERM)

    def stop_one(self, process: subprocess.Popen[str]) -> None:
        """One is stopped for some seconds and goes on; then all are told to end."""
        one = self._one()
        kill(one, signal.SIGSTOP)
        time.sleep(self.draw.uniform(1, 15))
        kill(one, signal.SIGCONT)
        time.sleep(self.draw.uniform(0, 4))
        kill(self.members(), signal.SIGTERM)

    def stop_past_lease(self, process: subprocess.Popen[str]) -> None:
        """One is stopped until others have taken its step, and comes back; nobody is told to end."""
        one = self._one()
        kill(one, signal.SIGSTOP)
        time.sleep(self.draw.uniform(75, 110))
        kill(one, signal.SIGCONT)

    def terminate(self, process: subprocess.Popen[str]) -> None:
        """SIGTERM to the command alone, as a scheduler sends it."""
        process.send_signal(signal.SIGTERM)

    def interrupt(self, process: subprocess.Popen[str]) -> None:
        """Ctrl-C, which reaches the command alone: its workers are in sessions of their own."""
        process.send_signal(signal.SIGINT)

    def _one(self) -> list[int]:
        there = self.members()
        return [self.draw.choice(there)] if there else []

    def members(self) -> list[int]:
        """The command and its workers, which are in sessions of their own: whoever works in the folder."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                if int(entry.name) != os.getpid() and (entry / "cwd").readlink() == self.folder:
                    found.append(int(entry.name))
        return sorted(found)


def kill(processes: list[int], number: signal.Signals) -> None:
    """Sends a signal to those that are still there."""
    for one in processes:
        with suppress(ProcessLookupError):
            os.kill(one, number)


if __name__ == "__main__":
    sys.exit(main())
