"""`python -m bench.store`: the time that the store adds to a step, as a share of a one-minute step."""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from scotoma.store.costs import Cost
from scotoma.store.steps import Forecast, Runtime, Step
from scotoma.store.store import Store

_MINUTE = 60.0


class _Files(Step):
    """A step that writes files of random bytes and records how long that took."""

    version: ClassVar[int] = 1
    loads_model: ClassVar[bool] = False
    shared_by_team: ClassVar[bool] = False
    number: int
    n_files: int
    megabytes: float

    def cost(self, forecast: Forecast) -> Cost:
        """The size of its files."""
        return Cost(size=self.megabytes * 1e6)

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        started, content = time.perf_counter(), os.urandom(round(self.megabytes / self.n_files * 1e6))
        for name in range(self.n_files):
            (out / f"{name}.safetensors").write_bytes(content)
        _spent.append(time.perf_counter() - started)


_spent: list[float] = []


def overhead(store: Store, number: int, n_files: int, megabytes: float) -> float:
    """Seconds for lease, folders, checksums, manifest, waiting for the disk and renaming; work excluded."""
    step, started = _Files(number=number, n_files=n_files, megabytes=megabytes), time.perf_counter()
    store.make(step, Runtime())
    return time.perf_counter() - started - _spent[-1]


def main() -> None:
    """Makes an artifact several times; prints the median, lowest and highest overhead."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("--megabytes", type=float, default=20)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--times", type=int, default=21)
    parser.add_argument(
        "--folder", type=Path, help="folder on the disk to measure (default: a temporary folder)"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        overheads = [
            overhead(Store(folder), number, options.files, options.megabytes)
            for number in range(options.times)
        ]
    middle = statistics.median(overheads)
    print(
        f"{options.files} files, {options.megabytes:g} MB: {middle * 1e3:.0f} ms "
        f"({min(overheads) * 1e3:.0f} to {max(overheads) * 1e3:.0f}, {options.times} times), "
        f"{middle / _MINUTE:.2%} of a one-minute step"
    )


if __name__ == "__main__":
    main()
