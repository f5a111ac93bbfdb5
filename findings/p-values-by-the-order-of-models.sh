#!/usr/bin/env bash
# mlxtend 0.25.0: `proportion_difference` finds a difference only if the first model is the worse one: for accuracies of .84 and .92 its
# p value is .04, for .92 and .84 it is .96.
#
# The test of two proportions is described as one of equal performance that rejects if z is greater than 1.96. The p value is the normal
# distribution function at z, which is that of a one-sided test whether the first proportion is lower. So a model that is
# better, and given first, has p values close to 1, whatever the number of rows is; and if the worse one is given first, p is half of what
# the two-sided test gives. The user's guide calls the example .84 and .92, of 100 rows each, significant at .05 with z = -1.754,
# which by its own limit of 1.96 is not. If the lower accuracy is always given first, because one has looked at the numbers or because
# a table is sorted, 10 of 100 pairs of equal models differ. Use `2 * scipy.stats.norm.sf(abs(z))`, or statsmodels' `proportions_ztest`;
# and for one test set, a test of pairs.
#
# Here: the example in both orders; then 10,000 pairs of models, each tested on its own 1,000 rows, that are equally accurate (.80), or
# of which one has .80 and the other .86: the share with p below .05, by the order in which they are given.
#
# Seen with Python 3.11, scipy 1.17.1, numpy 2.4.6:
#   mlxtend 0.25.0
#     .84 and .92: z -1.754, p 0.040 (two-sided 0.079)
#     .92 and .84: z 1.754, p 0.960 (two-sided 0.079)
#     p below .05                 as drawn  lower first  higher first  two-sided
#     equal models                    0.05         0.10          0.00       0.05
#     accuracies of .80 and .86       0.97         0.97          0.00       0.95
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check mlxtend==0.25.0 numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1 pandas==3.1.1
cat > ordered.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from mlxtend.evaluate import proportion_difference
from scipy.stats import norm

print(f"mlxtend {version('mlxtend')}")
example = [proportion_difference(one, other, 100) for one, other in ((0.84, 0.92), (0.92, 0.84))]
both_sides = 2 * norm.sf(abs(example[0][0]))
for what, (z, p) in zip((".84 and .92", ".92 and .84"), example):
    print(f"  {what}: z {z:.3f}, p {p:.3f} (two-sided {both_sides:.3f})")
print("  p below .05                 as drawn  lower first  higher first  two-sided")
draw = np.random.default_rng(0)
rates = {}
for name, accuracies in (("equal models", (0.80, 0.80)), ("accuracies of .80 and .86", (0.80, 0.86))):
    one, other = (draw.binomial(1000, accuracy, 10_000) / 1000 for accuracy in accuracies)
    lower, higher = np.minimum(one, other), np.maximum(one, other)
    z, drawn = proportion_difference(one, other, 1000)
    orders = [drawn, proportion_difference(lower, higher, 1000)[1], proportion_difference(higher, lower, 1000)[1]]
    rates[name] = [np.mean(p < 0.05) for p in (*orders, 2 * norm.sf(abs(z)))]
    print(f"  {name:27}" + "".join(f"{rate:{width}.2f}" for rate, width in zip(rates[name], (9, 13, 14, 11))))
equal, better = rates.values()
as_seen = example[0][1] < 0.05 and example[1][1] > 0.95 and both_sides > 0.05 and equal[1] > 0.08 and equal[3] < 0.06
sys.exit(not (as_seen and better[1] > 0.9 and better[2] == equal[2] == 0))
PYTHON
env/bin/python -W ignore ordered.py
