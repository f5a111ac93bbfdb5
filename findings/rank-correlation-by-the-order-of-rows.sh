#!/usr/bin/env bash
# permute 0.2: `spearman_corr` depends on the order of the rows: a correlation of .94 is .94 in one order and .13 in another.
#
# Whether accuracy on the task tells anything about the blind spot is often asked as a rank correlation over seeds or checkpoints,
# and permute gives its p value by permutation, which suits a few seeds. It does not use the ranks of the values but `argsort`,
# the positions of the sorted values. Only if the rows are sorted by one of the columns is the result Spearman's (the positions
# are then the inverse of the ranks, which has the same correlation), so a table sorted by score looks right and the same table
# sorted by seed does not. Equal values have different positions, too. Give the ranks to `corr`: `corr(rankdata(x), rankdata(y))`.
#
# Here: twelve pairs with a rank correlation of .937, in their order by x, in their own order, and in 1,000 shuffled orders.
#
# Seen with Python 3.11, numpy 2.4.6, scipy 1.17.1:
#   permute 0.2: scipy's rank correlation 0.937; corr of ranks 0.937, p 0.0010
#   permute 0.2: rows sorted by x 0.937, p 0.0010; in their own order 0.133, p 0.6867
#   permute 0.2: over 1,000 orders: mean 0.365, from -0.636 to 0.965
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check permute==0.2 numpy==2.4.6 scipy==1.17.1
cat > ranked.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from permute.core import corr, spearman_corr
from scipy.stats import rankdata, spearmanr

rng = np.random.default_rng(0)
x = rng.normal(size=12)
y = x + 0.3 * rng.normal(size=12)
truth = spearmanr(x, y).statistic


def asked(order, reps=2000):
    return spearman_corr(x[order], y[order], alternative="two-sided", reps=reps, seed=0)[:2]


sorted_rows, own = asked(np.argsort(x)), asked(np.arange(12))
by_ranks = corr(rankdata(x), rankdata(y), alternative="two-sided", reps=2000, seed=0)[:2]
shuffled = [asked(rng.permutation(12), reps=1)[0] for _ in range(1000)]
told = f"permute {version('permute')}:"
print(f"{told} scipy's rank correlation {truth:.3f}; corr of ranks {by_ranks[0]:.3f}, p {by_ranks[1]:.4f}")
print(f"{told} rows sorted by x {sorted_rows[0]:.3f}, p {sorted_rows[1]:.4f}; in their own order {own[0]:.3f}, p {own[1]:.4f}")
print(f"{told} over 1,000 orders: mean {np.mean(shuffled):.3f}, from {min(shuffled):.3f} to {max(shuffled):.3f}")
as_seen = np.allclose([sorted_rows[0], by_ranks[0]], truth) and abs(own[0] - truth) > 0.1
as_seen &= np.mean(shuffled) < 0.5 and min(shuffled) < 0
sys.exit(not as_seen)
PYTHON
env/bin/python ranked.py
