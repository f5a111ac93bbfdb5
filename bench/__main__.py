"""`python -m bench`: a table of ratios, Scotoma against the paper's procedure, and how cost grows."""

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from bench import material, scaling
from bench.chain import chain
from bench.once import TRAINER_SIZES
from bench.pairs import Figures, compare

#: For each kind of work: the ratio to reach, and the share of the floor.
GOALS: dict[str, tuple[float | None, float | None]] = {
    "evaluation": (5, 0.6),
    "hans": (1.8, None),
    "sampling": (40, 0.2),
    "training at 2": (1.5, None),
    "training at 16": (3, 0.3),
    "generator": (None, None),
}
_CHAIN_GOAL = 6


def main() -> None:
    """Measures the requested work, prints the table line by line, and writes the figures as JSON."""
    options = _options()
    material.base()
    if "sampling" in options.only:
        material.generator()
    sizes, figures = material.Sizes(), dict[str, Figures]()
    print(f"{os.cpu_count()} cores; {options.pairs} pairs in turn; {sizes}")
    print(
        f"{'work':<16}{'ratio':>8}{'(from, to)':>18}{'goal':>6}{'floor':>7}{'goal':>6}{'MiB':>7}{'theirs':>8}"
    )
    for work in options.only:
        others = [f"trainer at {size}" for size in TRAINER_SIZES] if work == "hans" else ["paper"]
        # The paper's sampling takes minutes per batch; the ratio is far larger than its variation.
        n = 1 if work == "sampling" else options.pairs
        figures[work] = compare(work, others, n, sizes)
        print(_line(figures[work]), flush=True)
    if {"training at 16", "generator", "sampling", "evaluation"} <= set(figures):
        ours, other = chain(figures)
        print(f"{'pocket chain':<16}{other / ours:>8.1f}{'(put together)':>18}{_CHAIN_GOAL:>6}")
    if options.scaling:
        for name, ratios in (
            ("rows of HANS", scaling.by_rows()),
            ("arms", scaling.by_arms()),
            ("replicates", scaling.by_replicates()),
            ("steps that do nothing", scaling.by_steps()),
            ("steps that status reports", scaling.status_by_steps()),
            ("steps that plan looks at", scaling.plan_by_steps()),
        ):
            print(f"{name}: " + ", ".join(f"{n}: {seconds:.1f} s" for n, seconds in ratios), flush=True)
    if options.out:
        options.out.write_text(
            json.dumps({name: asdict(one) for name, one in figures.items()}, indent=1) + "\n"
        )


def _line(one: Figures) -> str:
    ratio, floor = GOALS[one.name]
    return (
        f"{one.name:<16}{one.ratio:>8.2f}{f'({one.low:.2f}, {one.high:.2f})':>18}{ratio or '':>6}"
        f"{'' if one.share is None else f'{one.share:.0%}':>7}{'' if floor is None else f'{floor:.0%}':>6}"
        f"{one.peak:>7.0f}{one.other_peak:>8.0f}"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=GOALS, default=list(GOALS), help="work to measure")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each side, alternating")
    parser.add_argument("--no-scaling", dest="scaling", action="store_false")
    parser.add_argument("--out", type=Path, help="JSON file of figures to write")
    return parser.parse_args()


if __name__ == "__main__":
    main()
