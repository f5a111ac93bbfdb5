"""`python -m fuzz --inputs 50000 --seed 0`: a line for each reader; exit 1 if anything failed."""

import argparse
import sys
import time
from pathlib import Path

from .readers import READERS
from .trials import run, shares


def main() -> int:
    """Tries the readers one after another."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=50_000, help="of all readers together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="readers whose name has this")
    parser.add_argument("--failures", type=Path, default=Path("fuzz-failures"), help="folder to keep them in")
    asked = parser.parse_args()
    readers = [reader for reader in READERS if asked.only in reader.name]
    started, failures, totals = time.monotonic(), 0, [0, 0, 0]
    print(f"{'reader':38}{'inputs':>8}{'taken':>8}{'refused':>9}{'failed':>8}   slowest")
    for reader, n in zip(readers, shares(readers, asked.inputs), strict=True):
        tally = run(reader, n, asked.seed, asked.failures)
        slowest = f"{tally.slowest:.2f} s (input {tally.slowest_input})"
        counts = f"{tally.n:8,}{tally.n_taken:8,}{tally.n_refused:9,}{len(tally.failures):8,}"
        print(f"{reader.name:38}{counts}   {slowest}", flush=True)
        for failure in tally.failures[:5]:
            print(f"  {failure}")
        failures += len(tally.failures)
        totals = [a + b for a, b in zip(totals, (tally.n, tally.n_taken, tally.n_refused), strict=True)]
    counts = f"{totals[0]:8,}{totals[1]:8,}{totals[2]:9,}{failures:8,}"
    print(f"{'all':38}{counts}   {time.monotonic() - started:.0f} s in all")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
