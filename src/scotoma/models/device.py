"""Which device to compute on."""

import torch

from scotoma.errors import ScotomaError


def resolve_device(name: str) -> str:
    """The torch device that a name stands for; `auto` takes a GPU if there is one.

    Raises:
        ScotomaError: torch knows no such device, or this machine has none.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ScotomaError(
            f"device {name!r} is not to be had: {reason}", remedy="Use auto or cpu."
        ) from error
    return name
