"""Work done by both sides alternately, so that a machine that slows down slows both."""

import dataclasses
import json
import statistics
import subprocess
import sys
from collections.abc import Sequence

from bench.material import Sizes


@dataclasses.dataclass(frozen=True)
class Figures:
    """Medians over the pairs.

    Attributes:
        name: Name of the work.
        ours: Seconds per row, Scotoma.
        other: Seconds per row, the other side.
        ratio: Median of the pairs' ratios.
        low: Smallest of the pairs' ratios.
        high: Largest of the pairs' ratios.
        share: Share of the floor: the counted operations' time at the measured matrix rate, over our time.
        peak: Peak resident memory of Scotoma, MiB.
        other_peak: Peak resident memory of the other side, MiB.
    """

    name: str
    ours: float
    other: float
    ratio: float
    low: float
    high: float
    share: float | None
    peak: float
    other_peak: float


def compare(work: str, others: Sequence[str], n: int, sizes: Sizes) -> Figures:
    """Measures our side against another, n times alternately; of several others the fastest counts."""
    pairs = []
    for _ in range(n):
        one = once(work, "ours", sizes)
        rivals = [once(work, side, sizes) for side in others]
        pairs.append((one, min(rivals, key=_cost)))
    ratios = [_cost(rival) / _cost(one) for one, rival in pairs]
    shares = [one["flops"] / one["rate"] / one["seconds"] for one, _ in pairs if "flops" in one]
    return Figures(
        work,
        statistics.median(_cost(one) for one, _ in pairs),
        statistics.median(_cost(rival) for _, rival in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        statistics.median(shares) if shares else None,
        max(one["peak_mib"] for one, _ in pairs),
        max(rival["peak_mib"] for _, rival in pairs),
    )


def once(work: str, side: str, sizes: Sizes) -> dict[str, float]:
    """Does one kind of work in a separate process.

    Raises:
        RuntimeError: the process failed; the message has its output.
    """
    command = [sys.executable, "-m", "bench.once", work, side, json.dumps(dataclasses.asdict(sizes))]
    print(f"  {work}: {side} ...", file=sys.stderr, flush=True)
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{ended.stderr}")
    figures: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    return figures


def _cost(done: dict[str, float]) -> float:
    """Seconds per row."""
    return done["seconds"] / done["rows"]
