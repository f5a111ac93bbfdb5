#!/usr/bin/env bash
# numpy 2.4.6: `np.unique(x)` of many different integers takes tens of times as long as sorting them.
#
# Since numpy 2.3 `unique` of plain integers uses a hash table; before, it sorted. If most values occur only a few times, as keys
# made of a row and a word do, that is far slower than `np.sort` and one comparison of neighbours, whatever the order of the
# values. With `return_inverse=True` (or counts) `unique` does more and is faster, because it still sorts. `sorted=False` does not
# help: the time goes into the table, not into the final sort. If values recur often (30,000 different ones among 400,000), it is
# 7 times as slow as sorting.
#
# Seen with Python 3.11 on an AMD EPYC, 400,000 int64, milliseconds of processor time, best of 3:
#   numpy 2.2.6: keys, nearly sorted: unique 12, with inverse 29, sort 12; shuffled: unique 12, with inverse 36, sort 12
#   numpy 2.3.0: keys, nearly sorted: unique 347, with inverse 16, sort 7; shuffled: unique 340, with inverse 26, sort 7
#   numpy 2.4.6: keys, nearly sorted: unique 396, with inverse 15, sort 6; shuffled: unique 434, with inverse 22, sort 7
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > timed.py <<'PYTHON'
import sys
import time

import numpy as np


def milliseconds(work):
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best * 1e3


def by_sorting(x):
    x = np.sort(x)
    return x[np.concatenate([[True], x[1:] != x[:-1]])]


rng = np.random.default_rng(0)
n = 400_000
keys = np.repeat(np.arange(n // 20), 20) * 30_000 + rng.integers(0, 30_000, n)  # 20 words per row
told, ratios = [], []
for name, x in (("keys, nearly sorted", keys), ("shuffled", rng.permutation(keys))):
    assert np.array_equal(np.unique(x), by_sorting(x))
    plain, sort = milliseconds(lambda: np.unique(x)), milliseconds(lambda: by_sorting(x))
    inverse = milliseconds(lambda: np.unique(x, return_inverse=True))
    told.append(f"{name}: unique {plain:.0f}, with inverse {inverse:.0f}, sort {sort:.0f}")
    ratios.append((plain / sort, plain / inverse))
print(f"numpy {np.__version__}: " + "; ".join(told))
slow = all(of_sort > 8 and of_inverse > 3 for of_sort, of_inverse in ratios)
sys.exit(slow != (sys.argv[1] == "slow"))
PYTHON
for pair in "2.2.6 quick" "2.3.0 slow" "2.4.6 slow"; do
    read -r version expected <<< "$pair"
    python3 -m venv "$version"
    "$version/bin/pip" install --quiet --disable-pip-version-check "numpy==$version"
    "$version/bin/python" timed.py "$expected"
done
