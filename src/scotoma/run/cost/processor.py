"""How fast a core of this machine is, so that a plan can say what a study takes without a GPU."""

import time
from dataclasses import dataclass

import numpy as np

from scotoma.study.study import Study

#: Share of a core's best rate of products that a study as a whole comes to: the quickstart has 3.4 TFLOP a
#: replicate, for which it took 137 s on a core that did 78 GFLOP/s at its best (docs/performance.md).
REACHED = 0.33

_SIDE = 768
_TRIES = 8


@dataclass(frozen=True)
class CoreRate:
    """How fast one core of this machine is.

    Attributes:
        flops: Operations a second in products of matrices.
        precision: Precision of these: bf16 or fp32.
    """

    flops: float
    precision: str


def rate_for(study: Study) -> CoreRate:
    """The rate of one core in the precision that it would compute the study's bases in."""
    if any(base.precision == "bf16" for base in study.bases.values()):
        from scotoma.models.precision import computes_in
        from scotoma.models.rates import core_rate

        if computes_in("bf16", "cpu") == "bf16":
            return CoreRate(core_rate("bf16"), "bf16")
    return CoreRate(_core_rate(), "fp32")


def _core_rate() -> float:
    """Operations a second that one core of this machine does in fp32 matrix products, in a tenth of a second.

    Without torch, which takes longer to import. The best of some tries, by processor time, so that other work
    beside it and a library that uses all cores do not count.
    """
    matrix = np.random.Generator(np.random.Philox(0)).standard_normal((_SIDE, _SIDE), dtype=np.float32)
    return max(_tried(matrix) for _ in range(_TRIES))


def _tried(matrix: "np.typing.NDArray[np.float32]") -> float:
    began = time.process_time()
    matrix @ matrix
    return 2 * _SIDE**3 / max(time.process_time() - began, 1e-6)
