"""States of a training on disk, so that a killed one goes on where it was and ends with the same bytes.

Everything that the next step depends on, as safetensors: the weights that train, the optimizer's memory of
them, the random generators, the losses so far. A file's name holds its checksum; the newest two are kept, so
that a damaged one costs a few minutes at most.
"""

import os
import time
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from scotoma.models.names import sha256_of_pieces
from scotoma.models.sharding import full_tensor, share_of

#: Seconds between two states.
_EVERY = 300.0

_KEPT = 2


class Checkpoints:
    """The states of one training.

    Args:
        folder: Folder for checkpoints, made at the first one. None keeps nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self._saved = time.monotonic()

    def due(self) -> bool:
        """Whether it is time for another."""
        return self.folder is not None and time.monotonic() - self._saved >= _EVERY

    def save(self, step: int, tensors: Mapping[str, Tensor]) -> None:
        """Writes the state after a number of steps; removes all but the newest two."""
        assert self.folder is not None
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self.folder / "fresh"
        safetensors.torch.save_file({name: value.contiguous() for name, value in tensors.items()}, fresh)
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(fresh, self.folder / f"{step:09}-{sha256_of_pieces((fresh,))}.safetensors")
        for old in self._newest_first()[_KEPT:]:
            old.unlink()
        self._saved = time.monotonic()

    def newest(self) -> dict[str, Tensor] | None:
        """The newest state that is whole, or None."""
        for path in self._newest_first():
            if path.stem.endswith(f"-{sha256_of_pieces((path,))}"):
                return safetensors.torch.load_file(path)
        return None

    def _newest_first(self) -> list[Path]:
        if self.folder is None or not self.folder.is_dir():
            return []
        return sorted(self.folder.glob("*-*.safetensors"), reverse=True)


def state_of(
    model: nn.Module, optimizer: torch.optim.Optimizer, losses: list[float], parts: int
) -> dict[str, Tensor]:
    """What the next step depends on, in the leader; where a model is sharded, every process must ask."""
    tensors = {
        "losses": torch.tensor(losses, dtype=torch.float64),
        "parts": torch.tensor(parts),
        **generators(),
    }
    for name, weight in _trained(model):
        tensors[f"weight {name}"] = full_tensor(weight.detach())
        for part, value in optimizer.state.get(weight, {}).items():
            tensors[f"{part} {name}"] = full_tensor(torch.as_tensor(value))
    return tensors


def restore(model: nn.Module, optimizer: torch.optim.Optimizer, state: Mapping[str, Tensor]) -> None:
    """Puts everything back but the losses and the parts."""
    set_generators(state)
    trained = dict(_trained(model))
    with torch.no_grad():
        for key, value in state.items():
            part, _, name = key.partition(" ")
            if name not in trained:
                continue
            weight = trained[name]
            if part == "weight":
                weight.copy_(share_of(value, weight))
            elif value.dim():
                optimizer.state[weight][part] = share_of(value, weight)
            else:
                # The count of steps: torch's a number in float32, on the CPU; bitsandbytes' a Python int.
                optimizer.state[weight][part] = (
                    value.clone() if value.is_floating_point() else int(value.item())
                )


def generators() -> dict[str, Tensor]:
    """The states of torch's generators."""
    states = {"generator": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["generator.cuda"] = torch.cuda.get_rng_state()
    return states


def set_generators(states: Mapping[str, Tensor]) -> None:
    """Puts them back; `states` may hold more, or, if it is from a machine without a GPU, less."""
    torch.set_rng_state(states["generator"])
    if torch.cuda.is_available() and "generator.cuda" in states:
        torch.cuda.set_rng_state(states["generator.cuda"])


def _trained(model: nn.Module) -> list[tuple[str, nn.Parameter]]:
    return [(name, weight) for name, weight in model.named_parameters() if weight.requires_grad]
