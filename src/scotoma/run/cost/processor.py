"""How fast a core of this machine is, so that a plan can say what a study takes without a GPU."""

import time

import numpy as np

#: Share of a core's best rate of products that a study as a whole comes to: the quickstart has 3.4 TFLOP a
#: replicate, for which it took 137 s on a core that did 78 GFLOP/s at its best (docs/performance.md).
REACHED = 0.33

_SIDE = 768
_TRIES = 8


def core_rate() -> float:
    """Operations a second that one core of this machine does in fp32 matrix products, in a tenth of a second.

    The best of some tries, by processor time, so that other work beside it and a library that uses all cores
    do not count.
    """
    matrix = np.random.Generator(np.random.Philox(0)).standard_normal((_SIDE, _SIDE), dtype=np.float32)
    return max(_tried(matrix) for _ in range(_TRIES))


def _tried(matrix: "np.typing.NDArray[np.float32]") -> float:
    began = time.process_time()
    matrix @ matrix
    return 2 * _SIDE**3 / max(time.process_time() - began, 1e-6)
