"""A run on Slurm: an array of workers on one store, with sbatch and squeue alone.

Every worker makes one ready step after another, so a job loads its model once for many steps. Which steps are
done, running or failed is read from the store; Slurm is asked only how many workers it has. A worker that is
out of time, or preempted, is requeued and continues from its checkpoints.
"""

import hashlib
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scotoma.basics.errors import ScotomaError
from scotoma.run.requests import worker_command
from scotoma.run.workers import BEGAN, ENDED, REQUEUED, logs_of, record_handover
from scotoma.store.store import Store

#: Seconds before its time is up at which a worker gets a signal.
_NOTICE = 90

_ALIVE = "PENDING,CONFIGURING,RUNNING,SUSPENDED"

# The shell passes the signal on, and reports the end also if Python did not start or was killed.
_SCRIPT = f"""#!/bin/bash
echo "{BEGAN} $SLURMD_NODENAME"
@command --name "${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID" &
worker=$!
again=no
trap 'again=yes; kill -TERM $worker' USR1
trap 'kill -TERM $worker' TERM
wait $worker
code=$?
while kill -0 $worker 2>/dev/null; do wait $worker; code=$?; done
if [ $again = yes ]; then
    echo "{ENDED} {REQUEUED}"
    scontrol requeue "$SLURM_JOB_ID"
else
    echo "{ENDED} $code"
fi
exit $code
"""


@dataclass(frozen=True)
class Submission:
    """What was submitted.

    Attributes:
        name: Name of the jobs.
        job: The array's number; empty if there were enough workers already.
        n_new: Workers submitted.
        n_there: Workers that were waiting or running already.
        logs: Folder of their logs.
    """

    name: str
    job: str
    n_new: int
    n_there: int
    logs: Path


def submit(
    request: Path, store: Store, *, workers: int, how: list[str], options: str, again: list[str]
) -> Submission:
    """Brings the number of a request's workers, waiting or running, up to the one wanted.

    Args:
        request: Request file, as `leave_request` wrote it; its name is the jobs'.
        store: Store that all nodes see under the same path.
        workers: Jobs in all.
        how: Options of each worker's command, such as `--device cuda:0`.
        options: Further options of sbatch, such as `--gres=gpu:1 --time=12:00:00`.
        again: The command that submits again; `status` shows it when no worker is left.

    Raises:
        ScotomaError: there is no Slurm here, or it refuses.
    """
    if shutil.which("sbatch") is None or shutil.which("squeue") is None:
        raise ScotomaError(
            "sbatch and squeue are not on the PATH",
            where="--on slurm",
            remedy="Run this on a login node of a Slurm cluster, or give --on local.",
        )
    # The same study may run in another store as well.
    name = f"scotoma-{request.stem}-{hashlib.sha256(str(store.root).encode()).hexdigest()[:8]}"
    logs = logs_of(store, request.stem)
    try:
        more = shlex.split(options)
    except ValueError as error:
        raise ScotomaError(
            f"{options!r} cannot be parsed: {error}",
            where="--slurm-options",
            remedy="Close every quotation mark.",
        ) from error
    logs.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    logs.mkdir(exist_ok=True, mode=0o700)
    # Two submissions at the same time would both see too few workers.
    with store.alone("slurm"):
        command = ["squeue", "--noheader", "--array", "--me", f"--name={name}", f"--states={_ALIVE}"]
        n_there = len(_call([*command, "--format=%i"]).split())
        n_new = max(0, workers - n_there)
        if n_new == 0:
            return Submission(name, "", 0, n_there, logs)
        script = _SCRIPT.replace("@command", shlex.join(worker_command(request, store.root, *how)))
        output = _call(
            [
                "sbatch",
                "--parsable",
                f"--job-name={name}",
                f"--array=0-{n_new - 1}",
                f"--output={logs}/%A_%a.log",
                "--open-mode=append",
                "--requeue",
                f"--signal=B:USR1@{_NOTICE}",
                *more,
            ],
            script,
        )
        job = output.strip().partition(";")[0]
        record_handover(store, request.stem, [f"{job}_{i}" for i in range(n_new)], again)
    return Submission(name, job, n_new, n_there, logs)


def _call(command: list[str], text: str = "") -> str:
    ended = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ScotomaError(
            f"{command[0]} failed: {ended.stderr.strip() or f'exit code {ended.returncode}'}",
            where="--on slurm",
            remedy="Check --slurm-options and the state of the cluster (sinfo).",
        )
    return ended.stdout
