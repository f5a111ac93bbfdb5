"""The device that models run on."""

import gc
import importlib.util

import torch

from scotoma.basics.errors import ScotomaError

#: Messages of torch if memory is short: on a GPU, in cuDNN, on the CPU.
_NO_ROOM = (
    " out of memory.",
    "cuDNN error: CUDNN_STATUS_NOT_SUPPORTED.",
    "DefaultCPUAllocator: can't allocate memory",
)


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


def device_memory() -> int | None:
    """Bytes of the first GPU's memory; None where there is no GPU."""
    return torch.cuda.get_device_properties(0).total_memory if torch.cuda.is_available() else None


def lacks_memory(error: Exception) -> bool:
    """Whether an error means that memory was short, so that less at a time may do."""
    return isinstance(error, RuntimeError) and any(sign in str(error) for sign in _NO_ROOM)


def free_memory() -> None:
    """Gives back what a failed attempt left behind, so that the next finds room."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def out_of_memory(where: str, how: str) -> ScotomaError:
    """The error for work that does not fit into memory however it is parted."""
    return ScotomaError(
        f"out of memory {how}",
        where=where,
        remedy="Free memory on the device, run fewer workers on it, or load the model with fewer bits.",
    )


def require_bitsandbytes(setting: str, device: str, instead: str) -> None:
    """Refuses a setting that works on a CUDA device with bitsandbytes alone, where either is missing.

    Raises:
        ScotomaError: the library is not installed, or the device is another.
    """
    if importlib.util.find_spec("bitsandbytes") is None:
        missing = "bitsandbytes is not installed"
    elif not device.startswith("cuda"):
        missing = f"the device is {device}, not CUDA"
    else:
        return
    raise ScotomaError(
        f"{setting} needs bitsandbytes and a CUDA device; {missing}",
        where=setting.rpartition(":")[0],
        remedy=f"Run on a CUDA device after: pip install 'scotoma[quantised]'. Or choose {instead}.",
    )
