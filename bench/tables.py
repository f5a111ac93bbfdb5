"""`python -m bench.tables COMMIT`: `audit` and `compare` of big files, against an earlier commit.

Measures processor time of the whole command, start-up included, and its peak memory. The two builds alternate
on the same files. These are made up: pairs of MultiNLI's sample with words exchanged, and predictions on the
subcases of HANS.
"""

import argparse
import csv
import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.before import unpack
from scotoma.tasks.reading.bundled import data_file
from scotoma.tasks.reading.examples import read_examples
from scotoma.worlds.hans import SUBCASES

_ROOT = Path(__file__).parent.parent
_SAMPLE = "bundled:mnli/train_10k.tsv.xz"


def main() -> None:
    """Prints the ratio to the earlier build, this build's processor seconds, and how those grow."""
    parser = argparse.ArgumentParser(prog="python -m bench.tables", description=__doc__)
    parser.add_argument("commit", help="the earlier build")
    parser.add_argument("--rows", type=int, default=100_000, help="rows of the audited file")
    parser.add_argument("--pairs", type=int, default=3, help="runs of each build, alternating")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        unpack(options.commit, folder / "tree")
        for n in (options.rows // 10, options.rows):
            _write_pairs(folder / f"{n}.tsv", n)
        for n, side in ((5, "few"), (50, "many")):
            for arm, right in (("a", 0.6), ("b", 0.5)):
                _write_predictions(folder / f"{side}-{arm}", n, right)
        works = {
            f"audit of {options.rows:,} rows": [
                _audit(folder, n) for n in (options.rows, options.rows // 10)
            ],
            "compare of 2 x 5 files": [_compare(folder, side) for side in ("few", "many")],
        }
        for work, (arguments, grown) in works.items():
            ratios, seconds = [], []
            for _ in range(options.pairs):
                (before, memory_before), (now, memory_now) = (
                    _run(tree, arguments) for tree in (folder / "tree", _ROOT)
                )
                ratios.append(before / now)
                seconds.append(now)
            other, took = _run(_ROOT, grown)[0], statistics.median(seconds)
            growth = max(other, took) / min(other, took)
            print(
                f"{work}: {statistics.median(ratios):.1f} x ({min(ratios):.1f} to {max(ratios):.1f}), now "
                f"{took:.1f} s and {memory_now:.0f} MB ({memory_before:.0f} before); {growth:.1f} x that "
                "for ten times the rows or files",
                flush=True,
            )


def _audit(folder: Path, n: int) -> list[str]:
    test = str(folder / f"{n}.tsv")
    return ["audit", test, "--task", "mnli", "--reference", _SAMPLE, "--json"]


def _compare(folder: Path, side: str) -> list[str]:
    return ["compare", str(folder / f"{side}-a"), str(folder / f"{side}-b"), "--blindspot", "hans", "--json"]


def _run(tree: Path, command: list[str]) -> tuple[float, float]:
    """Processor seconds of the command, and its peak memory in megabytes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scotoma", *command],
        env=os.environ | {"PYTHONPATH": str(tree / "src")},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _write_pairs(path: Path, n: int) -> None:
    """Writes pairs of the sample with about every fourth word replaced by another word of the corpus."""
    pairs = read_examples(data_file(_SAMPLE)).table.select("premise", "hypothesis", "label").rows()
    corpus, draw = [word for row in pairs for text in row[:2] for word in text.split()], random.Random(n)

    def varied(text: str) -> str:
        return " ".join(draw.choice(corpus) if draw.random() < 0.25 else word for word in text.split())

    with path.open("w", encoding="utf8") as file:
        file.write("premise\thypothesis\tlabel\n")
        for _ in range(n):
            premise, hypothesis, label = draw.choice(pairs)
            file.write(f"{varied(premise)}\t{varied(hypothesis)}\t{label}\n")


def _write_predictions(folder: Path, n_files: int, right: float) -> None:
    """Writes predictions of replicates on 30,000 rows, 1,000 per subcase of HANS, with probabilities."""
    folder.mkdir()
    for number in range(n_files):
        draw = random.Random(f"{right} {number}")
        with (folder / f"r{number}.csv").open("w", newline="", encoding="utf8") as file:
            rows = csv.writer(file)
            tags = ("heuristic", "subcase", "p_entailment", "p_non-entailment")
            rows.writerow(("id", "gold", "predicted", *tags))
            for place, case in enumerate(SUBCASES):
                for row in range(1000):
                    share = draw.uniform(0.5, 1)
                    is_entailed = (case.label == "entailment") == (draw.random() < right)
                    p = share if is_entailed else 1 - share
                    answer = "entailment" if is_entailed else "non-entailment"
                    name = f"row{1000 * place + row}"
                    rows.writerow((name, case.label, answer, case.heuristic, case.name, p, 1 - p))


if __name__ == "__main__":
    main()
