"""A model spread over a team: every process holds its share of each weight, gradient and moment.

torch's FSDP, set so that a step is that of one process: gradients are summed, for each process's part of the
loss is weighted by its terms already. A layer is whole in a process while it computes, and no longer.

Source: Rajbhandari et al. 2020, ZeRO, stage 3 (arXiv 1910.02054); Zhao et al. 2023, FSDP (arXiv 2304.11277).
"""

import torch
from torch import Tensor, nn
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor, distribute_tensor

from scotoma.basics.errors import ScotomaError
from scotoma.models.together import team


def loading_device(device: str) -> str:
    """Device that a model to be trained is read to; one to be sharded is whole on no device."""
    return "cpu" if team().shards else device


def shard(root: nn.Module) -> None:
    """Leaves this process its share of a model, on its device; where the team does not shard, does nothing.

    Layers are moved there, and cut, one after another.

    Args:
        root: Holds the model; its own `forward` is what is called, in every process at once.

    Raises:
        ScotomaError: the model does not say which its layers are.
    """
    mesh = team().mesh
    if mesh is None:
        return
    blocks = layers(root)
    if not blocks:
        raise ScotomaError(
            "the model does not say which of its modules are layers, so it would be gathered whole",
            where="distributed: sharding",
            remedy="Use sharding: none, or another base model.",
        )
    for module in (*blocks, root):
        # The root too: weights that are looked at between two steps must be the shares.
        sharded = fully_shard(module, mesh=mesh, reshard_after_forward=True)
        sharded.set_gradient_divide_factor(1.0)
        # Or it multiplies while it adds, which is NCCL's alone.
        sharded.set_force_sum_reduction_for_comms(True)
        assert isinstance(module, FSDPModule)


def layers(root: nn.Module) -> list[nn.Module]:
    """The modules that transformers keeps on one device, in order: a model's layers."""
    names = {name for module in root.modules() for name in getattr(module, "_no_split_modules", None) or ()}
    return [module for module in root.modules() if type(module).__name__ in names]


def full_tensor(tensor: Tensor) -> Tensor:
    """A tensor in one piece: on the CPU of the leader, and nothing elsewhere; every process must ask.

    What is not sharded is given back as it is.
    """
    if not isinstance(tensor, DTensor):
        return tensor
    gathered = tensor.full_tensor()
    return torch.empty(0) if team().rank else gathered.cpu()


def share_of(value: Tensor, like: Tensor) -> Tensor:
    """This process's share of a whole tensor, cut as `like` is and on its device; asks no other process."""
    value = value.to(like.device)
    if not isinstance(like, DTensor):
        return value
    return distribute_tensor(value, like.device_mesh, like.placements, src_data_rank=None)


@torch.no_grad()
def gather(model: nn.Module) -> None:
    """Puts what was trained into one piece, in the leader, to be saved; every process must call it.

    What was frozen is no longer there, so a model that was sharded can no longer compute. Others stay as they
    are.
    """
    pieces: dict[DTensor, nn.Parameter] = {}
    for module in model.modules():
        for name, weight in module._parameters.items():
            if not isinstance(weight, DTensor):
                continue
            if weight not in pieces:
                trained = weight.requires_grad
                value = full_tensor(weight) if trained else torch.empty_like(weight.to_local(), device="meta")
                pieces[weight] = nn.Parameter(value, requires_grad=trained)
            module._parameters[name] = pieces[weight]
