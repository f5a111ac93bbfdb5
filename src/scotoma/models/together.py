"""Processes that train one model together: each a part of every batch, and one gradient from all of them.

Every process holds the whole model, unless the team shards it (`sharding.py`). Weights stay the same in all,
because all take the same step; so a process is free to compute its part in parts of its own where memory is
short. The first process leads: it calls the others to a step, and it alone keeps what comes out.
"""

import itertools
import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.distributed import FileStore, PrefixStore, Store  # type: ignore[attr-defined]
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh

#: What `spreading.spread` tells a process: its place, how many there are, and a file to meet at.
RANK, SIZE, MEETING = "SCOTOMA_RANK", "SCOTOMA_PROCESSES", "SCOTOMA_MEETING"

#: Seconds between two looks for a call.
_PATIENCE = 0.05


@dataclass(frozen=True)
class Team:
    """One process's place among those that train together.

    Attributes:
        rank: 0 for the leader.
        size: Processes in all; 1 where a process is alone.
        calls: Folder where the leader leaves its calls; None where a process is alone.
        mesh: The devices that a model is sharded over; None where every process holds the whole of it.
    """

    rank: int = 0
    size: int = 1
    calls: Store | None = None
    mesh: DeviceMesh | None = None

    @property
    def shards(self) -> bool:
        """Whether each process holds only a share of a model that trains."""
        return self.mesh is not None

    def call(self, key: str, checkpoints: str) -> None:
        """Calls the others to the training with this key, which keeps its states in this folder."""
        if self.calls is not None:
            number = self.calls.add("number", 1)
            self.calls.set(str(number), f"{key} {checkpoints}")

    def dismiss(self) -> None:
        """Sends the others home."""
        self.call("", "")

    def called(self) -> Iterator[tuple[str, str]]:
        """What the leader calls to, as it comes, until it is done or until who started both is gone."""
        assert self.calls is not None
        launcher = os.getppid()
        for number in itertools.count(1):
            # Looked for, not waited for: a waiting library does not hear signals.
            while not self.calls.check([str(number)]):
                if os.getppid() != launcher:
                    return
                time.sleep(_PATIENCE)
            key, _, checkpoints = self.calls.get(str(number)).decode().partition(" ")
            if not key:
                return
            yield key, checkpoints

    def part(self, inputs: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """This process's rows of a batch, maybe none: every `size`-th, to share lengths out evenly."""
        return {name: value[self.rank :: self.size] for name, value in inputs.items()}

    def total(self, value: Tensor) -> Tensor:
        """The sum over all processes, the same bits in each."""
        if self.size > 1:
            dist.all_reduce(value)
        return value

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is up in some process."""
        return flag if self.size == 1 else bool(self.total(torch.tensor(float(flag), device=device)))

    def same_weights(self, weights: Iterable[nn.Parameter]) -> None:
        """Gives every process the leader's weights; shares are each process's own."""
        if self.size > 1 and not self.shards:
            for weight in weights:
                dist.broadcast(weight.data, 0)

    def sum_gradients(self, weights: Iterable[nn.Parameter]) -> None:
        """Leaves the sum over all processes in every weight's gradient; where it is sharded, it is there."""
        if self.size > 1 and not self.shards:
            for weight in weights:
                if weight.grad is None:
                    weight.grad = torch.zeros_like(weight)
                dist.all_reduce(weight.grad)


_team = Team()


def team() -> Team:
    """The team this process belongs to: itself alone, unless it joined one."""
    return _team


def own_device(device: str) -> str:
    """The device of this process among those it was started with: on GPUs, each has its own."""
    gpus = device.startswith("cuda") or (device == "auto" and torch.cuda.is_available())
    return f"cuda:{os.environ[RANK]}" if RANK in os.environ and gpus else device


def join(device: str, *, shards: bool = False) -> Team:
    """Meets the others that were started with this process; where there are none, it stays alone.

    Args:
        device: Torch device name; processes on GPUs speak over NCCL, others over gloo.
        shards: Whether a model that trains is sharded over them.
    """
    global _team
    if RANK in os.environ and _team.size == 1:
        rank, size = int(os.environ[RANK]), int(os.environ[SIZE])
        store = FileStore(os.environ[MEETING], size)
        kind = torch.device(device).type
        if kind == "cuda":
            torch.cuda.set_device(device)
        backend = "nccl" if kind == "cuda" else "gloo"
        dist.init_process_group(backend, store=PrefixStore("group", store), rank=rank, world_size=size)
        mesh = init_device_mesh(kind, (size,)) if shards else None
        _team = Team(rank, size, PrefixStore("calls", store), mesh)
    return _team


def leave(*, failed: bool = False) -> None:
    """Parts from the others, once all are done; a process that just ends may end as if it had crashed.

    Args:
        failed: Whether others may still be at work; none is waited for, and over NCCL, which would wait, it
            just ends.
    """
    global _team
    if _team.calls is None:
        return
    if not failed:
        _team.calls.add("done", 1)
        while _team.calls.add("done", 0) < _team.size:
            time.sleep(_PATIENCE)
    if not (failed and dist.get_backend() == "nccl"):
        dist.destroy_process_group()
    _team = Team()
