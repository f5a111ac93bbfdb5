"""`python -m bench.before COMMIT`: how much cheaper a study has become since an earlier commit.

Both builds run the same study from the command line, one after the other in pairs, each with its own store,
one worker and one thread. The ratio is of processor time, start-up and report included; for single stages it
is of wall-clock time.
"""

import argparse
import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import yaml

_ROOT = Path(__file__).parent.parent


def main() -> None:
    """Prints the ratio of each pair, and the ratio of each stage."""
    parser = argparse.ArgumentParser(prog="python -m bench.before", description=__doc__)
    parser.add_argument("commit", help="the earlier build")
    parser.add_argument("--study", default="quickstart", help="a bundled study")
    parser.add_argument("--share", type=float, default=1.0, help="share of all trainings' epochs to run")
    parser.add_argument("--pairs", type=int, default=1, help="runs of each build, alternating")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = folder / "tree"
        unpack(options.commit, tree)
        study = _study(tree, options.study, options.share)
        pairs = [
            [_run(source, study, folder / f"{number}-{side}") for side, source in enumerate((tree, _ROOT))]
            for number in range(options.pairs)
        ]
    for before, now in pairs:
        ratio = before["all"] / now["all"]
        print(f"processor time {before['all']:.1f} s, now {now['all']:.1f} s: {ratio:.2f} x")
    for stage in pairs[0][0]["stages"]:
        ratios = [before["stages"][stage] / max(now["stages"].get(stage, 0), 1e-3) for before, now in pairs]
        took = statistics.median(before["stages"][stage] for before, _ in pairs)
        print(f"{stage:<18}{took:8.1f} s before (wall){statistics.median(ratios):8.2f} x")


def unpack(commit: str, tree: Path) -> None:
    """Writes the files of a commit to a folder. (A Git worktree would remain if this process were killed.)"""
    archive = subprocess.run(["git", "-C", str(_ROOT), "archive", commit], check=True, capture_output=True)
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(tree, filter="data")


def _study(tree: Path, name: str, share: float) -> dict[str, Any]:
    """The earlier build's study with one replicate and a share of its epochs."""
    (path,) = tree.glob(f"src/scotoma/**/{name}.yaml")
    study: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf8"))
    study["replicates"] = 1
    for recipe in (study["recipe"], study.get("generator", {}).get("recipe")):
        if recipe:
            recipe["epochs"] *= share
    return study


def _run(tree: Path, study: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Processor seconds of the whole run, and wall-clock seconds of each stage."""
    folder.mkdir()
    (folder / "study.yaml").write_text(yaml.safe_dump(study, sort_keys=False), encoding="utf8")
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    command = [sys.executable, "-m", "scotoma", "run", "study.yaml", "--store", "store", "--out", "report"]
    started = children()
    subprocess.run(
        command,
        cwd=folder,
        env=os.environ | threads | {"PYTHONPATH": str(tree / "src")},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    stages: dict[str, float] = defaultdict(float)
    for path in (folder / "store" / "done").glob("*/manifest.json"):
        stages[path.parent.name.rpartition("-")[0]] += json.loads(path.read_text(encoding="utf8"))["seconds"]
    return {"all": children() - started, "stages": dict(sorted(stages.items(), key=lambda one: -one[1]))}


def children() -> float:
    """Processor seconds of all child processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
