"""How often a verdict is false, for many distributions of the differences between replicates; prints a table.

    python scripts/error_rates.py [--bert-seeds FILE]

Every distribution has its mean exactly at -margin, where WORSE and EQUIVALENT are both false and each may
occur at a rate of alpha, .05. A study draws k differences and gets the verdict that `scotoma` would give.

FILE has the accuracies by run of 100 BERT seeds (McCoy, Min and Linzen 2020; one column per cell of HANS).
Every ordered pair of subcases that vary then stands for two recipes: a difference is one seed of the first
minus one seed of the second, shifted so that the mean is at -margin. A subcase has 1,000 rows.
"""

import argparse
import csv
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scotoma.basics.randomness import stream
from scotoma.statistics.cautious import Moments
from scotoma.statistics.verdict import fewest_for_equivalent

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]

SIZES = (3, 5, 10, 20)
MARGINS = (0.02, 0.05, 0.1)
ALPHA = 0.05
N_STUDIES = 40_000
N_STUDIES_OF_A_PAIR = 4_000
N_ROWS = 1_000
_NONE = 1e-9


def main() -> None:
    """Reads the options, prints the tables."""
    options = _options()
    print("| differences between replicates, mean at -margin | margin | " + _heads() + " |")
    print("|---|---|" + "---|" * 2 * len(SIZES))
    for name, margin, draw in _processes():
        rates = [_rates(name, draw, margin, k, N_STUDIES, options.student) for k in SIZES]
        print(f"| {name} | {margin:g} | " + " | ".join(_cells(rates)) + " |")
    if options.bert_seeds:
        for line in _published(options.bert_seeds, options.student):
            print(line)
    print(
        "\nChance that no replicate is among a given tenth of all seeds: "
        + ", ".join(f"{0.9**k:.0%} at {k}" for k in SIZES)
    )


def _processes() -> Iterator[tuple[str, float, Draw]]:
    for margin in MARGINS:
        yield (
            "normal, sd = margin / 2",
            margin,
            _around(-margin, lambda rng, size: rng.normal(0, 1, size), margin / 2),
        )
    for margin in MARGINS:
        # A long tail to the left, to the right, and to both sides.
        for name, sign in (
            ("falls have a long tail (lognormal)", -1),
            ("rises have a long tail (lognormal)", 1),
        ):
            yield name, margin, _around(-margin, _lognormal(sign), margin / 2)
        yield (
            "heavy tails both ways (t, 3 df)",
            margin,
            _around(-margin, lambda rng, size: rng.standard_t(3, size) / 3**0.5, margin / 2),
        )
    for before, after, sd in ((0.98, 0.93, 0.06), (0.99, 0.94, 0.10), (0.97, 0.95, 0.02), (0.95, 0.85, 0.10)):
        name = f"accuracy {before:g} falls to {after:g}, sd {sd:g} (beta)"
        yield name, before - after, _beta(before, after, sd)
    yield "one seed in ten falls by .5, the rest stay", 0.05, _two(-0.5, 0.0)
    yield "one seed in ten rises by .4, the rest fall by .09", 0.041, _two(0.4, -0.09)
    yield "one seed in ten falls by 1, the rest stay", 0.1, _two(-1.0, 0.0)


def _around(mean: float, draw: Draw, sd: float) -> Draw:
    return lambda rng, size: mean + sd * draw(rng, size)


def _lognormal(sign: int) -> Draw:
    """Mean 0, sd 1, skewness 1.75 with the given sign."""
    s = 0.5
    mean, sd = np.exp(s**2 / 2), np.sqrt((np.exp(s**2) - 1) * np.exp(s**2))
    return lambda rng, size: sign * (rng.lognormal(0, s, size) - mean) / sd


def _beta(before: float, after: float, sd: float) -> Draw:
    n = after * (1 - after) / sd**2 - 1
    return lambda rng, size: rng.beta(after * n, (1 - after) * n, size) - before


def _two(rare: float, usual: float) -> Draw:
    """One value for one seed in ten, another for the other nine, and a little noise."""

    def draw(rng: np.random.Generator, size: tuple[int, int]) -> Floats:
        return np.where(rng.random(size) < 0.1, rare, usual) + rng.normal(0, 0.005, size)

    return draw


def _rates(
    name: str, draw: Draw, margin: float, k: int, n_studies: int, student: bool
) -> tuple[float, float]:
    """Shares of the studies with the verdict WORSE and with EQUIVALENT."""
    rng = stream(0, "error_rates", name, str(margin), k)
    samples = Moments.of(draw(rng, (n_studies, k)), smallest_sd=_NONE)
    # Identical replicates get the spread of one row, as in a verdict.
    samples = replace(samples, sd=np.where(samples.sd <= _NONE, 1 / N_ROWS, samples.sd))
    low, high = (replace(samples, skewness=0 * samples.skewness) if student else samples).bounds(ALPHA)
    equivalent = (-margin < low) & (high < margin) & (k >= fewest_for_equivalent(ALPHA))
    return float((high < -margin).mean()), float(equivalent.mean())


def _published(path: Path, student: bool) -> Iterator[str]:
    cells = _cells_that_vary(path)
    pairs = list(permutations(range(len(cells)), 2))
    for margin in MARGINS:
        rows = []
        for a, b in pairs:
            shift = cells[a].mean() - cells[b].mean() - margin

            def draw(
                rng: np.random.Generator, size: tuple[int, int], a: int = a, b: int = b, shift: float = shift
            ) -> Floats:
                differences: Floats = rng.choice(cells[b], size) - rng.choice(cells[a], size) + shift
                return differences

            rows.append([_rates(f"{a} {b}", draw, margin, k, N_STUDIES_OF_A_PAIR, student) for k in SIZES])
        table = np.array(rows)  # pairs, sizes, words
        for name, of_pairs in (
            ("median", np.median),
            ("95th percentile", _percentile_95),
            ("largest", np.max),
        ):
            rates = [tuple(row) for row in of_pairs(table, axis=0)]
            label = f"100 BERT seeds, two cells: {name} of {len(pairs)} pairs"
            print_cells = " | ".join(_cells(rates))
            yield f"| {label} | {margin:g} | {print_cells} |"
        above = (table > 1.5 * ALPHA).mean(axis=0)
        label = f"100 BERT seeds, two cells: share of pairs above {150 * ALPHA:g} %"
        yield f"| {label} | {margin:g} | " + " | ".join(_cells([tuple(row) for row in above])) + " |"


def _percentile_95(table: Floats, axis: int) -> Floats:
    return np.asarray(np.percentile(table, 95, axis=axis), dtype=np.float64)


def _cells_that_vary(path: Path) -> list[Floats]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    # Columns: task, heuristics by label, the total, then the subcases. Below the runs there is a summary.
    first = header.index("Overall accuracy") + 1
    table = np.array([[float(value) for value in row[first:]] for row in rows if row[0].startswith("Run ")])
    return [column for column in table.T if column.std() > 0]


def _heads() -> str:
    return " | ".join(f"{word}, {k}" for word in ("WORSE", "EQUIVALENT") for k in SIZES)


def _cells(rates: list[tuple[float, float]]) -> list[str]:
    return [f"{100 * rate[word]:.1f}" for word in (0, 1) for rate in rates]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--bert-seeds", type=Path)
    parser.add_argument(
        "--student", action="store_true", help="Student's t bounds, uncorrected, for comparison"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
