"""The device that models run on."""

import torch

from scotoma.errors import ScotomaError


def resolve_device(name: str) -> str:
    """A torch device's name; `auto` takes the first GPU, or the CPU where there is none.

    Raises:
        ScotomaError: no such device is here.
    """
    if name == "auto":
        return "cuda:0" if torch.cuda.is_available() else "cpu"
    try:
        kind = torch.device(name)
    except RuntimeError as error:
        raise ScotomaError(
            f"device {name!r} is not known", where="--device", remedy="Use auto, cpu, cuda:0, ..."
        ) from error
    if kind.type == "cuda" and (kind.index or 0) >= torch.cuda.device_count():
        raise ScotomaError(
            f"device {name!r} is not here: torch sees {torch.cuda.device_count()} GPUs",
            where="--device",
            remedy="Use --device cpu, or install torch with CUDA.",
        )
    return name
