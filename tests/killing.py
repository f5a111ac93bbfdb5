"""As a program: runs the small study again and again and kills every run, then lets one end.

    python tests/killing.py FOLDER STEPS KILLS SEED

FOLDER has been prepared; STEPS is how many steps the study has. Prints one JSON object: how often it was
killed at each stage, at its report, and between two steps.

Runs are forks of a process that has imported everything, so that a hundred take minutes. Trainings leave a
checkpoint after every step of theirs, so that runs are killed around those too.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path

from scotoma import cli
from scotoma.cli import app
from scotoma.models import checkpoints, classifier_training, device, generator, prediction, sampling
from scotoma.report import terminal

#: Imported for the runs to come.
_USED = (app, classifier_training, device, generator, prediction, sampling, terminal)

_POLL = 0.001


def start(folder: Path) -> int:
    """A run in a process group of its own."""
    child = os.fork()
    os.setpgid(child, child)  # by both, so that it is done whoever comes first
    if child:
        return child
    os.chdir(folder)
    said = os.open(folder / "said.txt", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.argv = ["scotoma", "run", "small.yaml", "--device", "cpu"]
    code: object = 1
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    except BaseException:  # noqa: BLE001  a fork has no one above it to print it
        traceback.print_exc()
    finally:
        os._exit(code if isinstance(code, int) else 1)


def names(folder: Path, kind: str) -> set[str]:
    """What lies in a part of the store."""
    with suppress(FileNotFoundError):
        return set(os.listdir(folder / "store" / kind))
    return set()


def stages(work: set[str]) -> set[str]:
    """Of what is being made."""
    return {name.partition("-")[0] for name in work}


class Killer:
    """Chooses moments: at once where a stage is met that was never killed, else at random.

    Of the steps that are left, each run may end about as many as leaves some for the kills to come.
    """

    def __init__(self, folder: Path, n_steps: int, n_kills: int, seed: int) -> None:
        self.folder, self.n_steps, self.n_kills = folder, n_steps, n_kills
        self.random, self.killed = random.Random(seed), Counter[str]()

    def kill_one(self) -> None:
        """Runs the study and kills it, with every process of its group."""
        stale, before = names(self.folder, "work"), len(names(self.folder, "done"))
        run = start(self.folder)
        self._wait_for_the_moment(run, stale, before)
        os.killpg(run, signal.SIGSTOP)
        at = stages(names(self.folder, "work") - stale)
        os.killpg(run, signal.SIGKILL)
        status = os.waitpid(run, 0)[1]
        assert os.WIFSIGNALED(status) or status == 0, (self.folder / "said.txt").read_text()[-2000:]
        if os.WIFSIGNALED(status):
            over = len(names(self.folder, "done")) == self.n_steps
            self.killed[" ".join(at) or ("report" if over else "between steps")] += 1

    def _wait_for_the_moment(self, run: int, stale: set[str], before: int) -> None:
        left = self.n_steps - before
        share = left / (self.n_kills - self.killed.total())
        n_more = self.random.randint(0, round(2 * share)) if share >= 1 else self.random.random() < share
        until: float | None = None
        while os.waitid(os.P_PID, run, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if stages(names(self.folder, "work") - stale) - self.killed.keys():
                return
            if until is None and len(names(self.folder, "done")) >= before + n_more:
                until = time.monotonic() + self.random.uniform(0, 0.3)
            if until is not None and time.monotonic() >= until:
                return
            time.sleep(_POLL)


def main() -> None:
    """Kills, then lets one run end."""
    folder = Path(sys.argv[1])
    n_steps, n_kills, seed = map(int, sys.argv[2:])
    checkpoints._EVERY = 0.0
    killer = Killer(folder, n_steps, n_kills, seed)
    while killer.killed.total() < n_kills:
        killer.kill_one()
    shutil.rmtree(folder / "reports", ignore_errors=True)
    status = os.waitpid(start(folder), 0)[1]
    assert status == 0, (folder / "said.txt").read_text()[-2000:]
    left = [path.name for kind in ("work", "checkpoint") for path in (folder / "store" / kind).iterdir()]
    assert left == [], left
    os.write(1, json.dumps(killer.killed).encode())


if __name__ == "__main__":
    main()
