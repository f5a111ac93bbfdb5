"""How fast a core of this machine multiplies in each precision that a study may ask for."""

import functools
import time

import torch

from scotoma.models.precision import DTYPES

_SIDE = 512

#: Tries, and the seconds of processor time after which no further one begins.
_TRIES, _SECONDS = 12, 0.3


@functools.cache
def core_rate(precision: str) -> float:
    """Operations a second that one core does in products of matrices; measured once, in less than a second.

    The best of some tries, by processor time, so that other work beside it and a library that uses all cores
    do not count.

    Args:
        precision: bf16 or fp32.
    """
    matrix = torch.full((_SIDE, _SIDE), 0.5, dtype=DTYPES[precision])
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for one another, and their waiting would count
    try:
        with torch.inference_mode():
            return 2 * _SIDE**3 / max(_best_time(matrix), 1e-6)
    finally:
        torch.set_num_threads(n_threads)


def _best_time(matrix: torch.Tensor) -> float:
    """Seconds of the fastest product of a matrix with itself."""
    began, best = time.process_time(), float("inf")
    for number in range(_TRIES + 1):
        start = time.process_time()
        matrix @ matrix
        end = time.process_time()
        if number:  # the first also finds the kernel
            best = min(best, end - start)
            if end - began > _SECONDS:
                break
    return best
