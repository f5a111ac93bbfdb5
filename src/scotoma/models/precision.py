"""The numbers that a model's weights are rounded to, and those it computes with."""

import functools
import platform

import torch

from scotoma.models.together import team

#: What a study calls the numbers that frozen weights are rounded to.
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


def computes_in(precision: str, device: str | torch.device) -> str:
    """What a model whose weights have a precision computes in: the same, unless the processor emulates it.

    An x86 processor without instructions for bf16 converts every number of every product: Gemma 3 270M
    reads HANS 7 times as fast there in fp32. Its weights stay rounded to bf16, and take fp32's memory.

    Args:
        precision: bf16 or fp32.
        device: Device of the model.
    """
    # A model to be sharded is read to the CPU, whichever device it is then spread over.
    if torch.device(device).type == "cpu" and not team().shards and not multiplies_bf16():
        return "fp32"
    return precision


@functools.cache
def multiplies_bf16() -> bool:
    """Whether this processor has instructions for bf16; assumed for processors other than x86."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return True
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
