"""`python -m bench.slurm`: wall-clock time of one study on one node of a local Slurm, and on two nodes.

Requires Slurm's programs (Debian: slurmctld slurmd slurm-client munge) and a machine with two idle cores, one
for each node. Nothing else may run on them, because that would change the ratio.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scotoma.experiment import plan
from scotoma.store.store import Store
from scotoma.study.file import load_study
from tests import slurm_cluster


def main() -> None:
    """Prints seconds from submission to the end of the last step, with one worker and then with two."""
    parser = argparse.ArgumentParser(prog="python -m bench.slurm", description=__doc__)
    parser.add_argument("--study", default="quickstart")
    parser.add_argument("--replicates", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=1, help="runs of each side, alternating")
    options = parser.parse_args()
    with slurm_cluster.cluster() as environment:
        environment |= {"OMP_NUM_THREADS": "1"}
        for _ in range(options.pairs):
            one, two = (_seconds(options.study, options.replicates, n, environment) for n in (1, 2))
            print(f"1 node: {one:.0f} s, 2 nodes: {two:.0f} s, ratio {one / two:.2f}", flush=True)


def _seconds(study: str, replicates: int, n_nodes: int, environment: dict[str, str]) -> float:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "scotoma", "run", study, "--replicates", str(replicates)]
        # A worker reserves a whole node, so that two workers never share one.
        where = ["--on", "slurm", "--workers", str(n_nodes), "--slurm-options", "--exclusive"]
        steps, started = plan(load_study(study, replicates=replicates)).steps, time.monotonic()
        subprocess.run(
            [*command, "--store", folder, "--device", "cpu", *where],
            env=environment,
            check=True,
            capture_output=True,
        )
        while not all(Store(Path(folder)).done(step) for step in steps):
            time.sleep(0.5)
        return time.monotonic() - started


if __name__ == "__main__":
    main()
