"""`python -m bench.once WORK SIDE`: does one kind of work on one side and prints one line of JSON.

It is a separate process, so that its peak memory is its own and neither side profits from the other's caches.
"""

import dataclasses
import json
import re
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench import floor, material, ours, papers
from bench.material import Sizes
from scotoma.models.precision import DTYPES

#: Batch sizes for prediction with the plain Trainer; the fastest counts.
TRAINER_SIZES = (8, 16, 32, 64)

#: Functions by work, then by side.
SIDES: dict[str, dict[str, Callable[[Sizes], ours.Done]]] = {
    "evaluation": {"ours": ours.evaluate, "paper": papers.evaluate},
    "hans": {
        "ours": ours.hans_alone,
        **{f"trainer at {n}": partial(papers.predict_hans, batch_size=n) for n in TRAINER_SIZES},
    },
    "sampling": {"ours": ours.draw, "paper": papers.draw},
    "training at 2": {"ours": partial(ours.train, batch_size=2), "paper": papers.train},
    "training at 16": {"ours": partial(ours.train, batch_size=16), "paper": papers.train},
    "generator": {"ours": ours.teach, "paper": papers.teach},
}


def main() -> None:
    """Does the work; prints seconds, rows, floating-point operations, matrix rate and peak memory."""
    work, side, sizes = sys.argv[1], sys.argv[2], Sizes(**json.loads(sys.argv[3]))
    dtype = DTYPES[material.arithmetic()]
    rate = floor.matrix_rate(dtype)
    done = SIDES[work][side](sizes)
    peak = _peak()
    rate = max(rate, floor.matrix_rate(dtype))
    print(json.dumps({**done, "rate": rate, "peak_mib": peak, "sizes": dataclasses.asdict(sizes)}))


def _peak() -> float:
    """Peak resident memory of this process, MiB. (`getrusage` would include the parent's peak.)"""
    status = Path("/proc/self/status").read_text(encoding="utf8")
    match = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert match is not None
    return int(match[1]) / 1024


if __name__ == "__main__":
    main()
