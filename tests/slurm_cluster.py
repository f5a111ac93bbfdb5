"""A Slurm of two nodes on this machine, on loopback, without systemd or accounting."""

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

NEEDED = ("slurmctld", "slurmd", "sbatch", "squeue", "munged")

_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=8
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort={port}
SrunPortRange={srun}-{srun_end}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
NodeName=DEFAULT CPUs=2 RealMemory=8000 State=UNKNOWN
NodeName=n[1-2] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{node}-{node_end}]
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP PriorityTier=1
PartitionName=urgent Nodes=ALL MaxTime=INFINITE State=UP PriorityTier=9
"""


def missing() -> list[str]:
    """Programs of Slurm that are not here."""
    return [name for name in NEEDED if shutil.which(name, path=_path()) is None]


def _path() -> str:
    return f"{os.environ['PATH']}:/usr/sbin"


@contextlib.contextmanager
def cluster() -> Iterator[dict[str, str]]:
    """The environment in which sbatch and squeue speak to a cluster that is up; it ends with the context."""
    # Not one of pytest's folders: munge wants its socket where all may go.
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder:
        yield from _cluster(Path(folder))


def _cluster(folder: Path) -> Iterator[dict[str, str]]:
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    folder.chmod(0o755)
    base = 20_000 + os.getpid() % 20_000
    conf = folder / "slurm.conf"
    conf.write_text(
        _CONF.format(
            host=socket.gethostname().split(".")[0],
            user=getpass.getuser(),
            folder=folder,
            port=base,
            srun=base + 10,
            srun_end=base + 59,
            node=base + 1,
            node_end=base + 2,
        )
    )
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    environment = {**os.environ, "PATH": _path(), "SLURM_CONF": str(conf)}
    munge = {"key-file": "munge.key", "socket": "munge.socket", "pid-file": "munged.pid"}
    munge |= {"log-file": "munged.log", "seed-file": "munged.seed"}
    try:
        _start(["munged", *(f"--{option}={folder / name}" for option, name in munge.items())], environment)
        _start(["slurmctld"], environment)
        for node in ("n1", "n2"):
            _start(["slurmd", "-N", node], environment)
        _wait_for_nodes(environment, folder)
        yield environment
    finally:
        subprocess.run(["scancel", "--full", "--me"], env=environment, capture_output=True, check=False)
        time.sleep(1)
        for path in (*folder.glob("slurmd.*.pid"), folder / "slurmctld.pid", folder / "munged.pid"):
            with contextlib.suppress(OSError, ValueError):
                os.kill(int(path.read_text()), signal.SIGTERM)
        time.sleep(1)


def _start(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(command, env=environment, check=True, capture_output=True)


def _wait_for_nodes(environment: dict[str, str], folder: Path) -> None:
    for _ in range(150):
        seen = subprocess.run(
            ["sinfo", "-hN", "-p", "main", "-o", "%T"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        if seen.split() == ["idle", "idle"]:
            return
        time.sleep(0.2)
    raise RuntimeError((folder / "slurmctld.log").read_text())
