#!/usr/bin/env bash
# autorank 1.3.0: if one of two models' scores are not normal, the p value is that of a one-sided test whose side the scores chose.
#
# autorank picks the test for a comparison of models and writes the sentence for the paper. Two normal columns get a two-sided
# paired t test. If either is not normal, which one collapsed seed is enough for, the documentation promises Wilcoxon's
# signed-rank test. It is run as `alternative="greater"` for the column with the larger median, so p is half of what the
# two-sided test gives, and of pairs of models that do not differ, 8 in 100 are called different at alpha .05. With five seeds
# the two-sided p cannot be below 1/16, whatever the scores are; autorank gives 1/32 and rejects. Double its p, or call
# `scipy.stats.wilcoxon(a, b)`.
#
# Here: accuracies of five seeds, one of which collapsed in both models; then 2,000 pairs of models that do not differ, with
# skewed scores of 20 seeds.
#
# Seen with Python 3.11, scipy 1.17.1, numpy 2.4.6, pandas 2.3.3:
#   autorank 1.3.0: five seeds: wilcoxon, p .0312 (two-sided .0625)
#   autorank 1.3.0: "... the median of original is significantly larger than the median value of synthetic ..."
#   autorank 1.3.0: models that do not differ: .083 called different (two-sided .051)
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check autorank==1.3.0 scipy==1.17.1 numpy==2.4.6 pandas==2.3.3
cat > compared.py <<'PYTHON'
import contextlib
import io
import re
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from autorank import autorank, create_report
from scipy.stats import wilcoxon

told = f"autorank {version('autorank')}:"


def compared(scores):
    """autorank's result, what it prints as its report, and the two-sided p value."""
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = autorank(scores, alpha=0.05)
        printed.truncate(0)
        create_report(result)
    return result, printed.getvalue(), wilcoxon(scores["original"], scores["synthetic"]).pvalue


def short(number, digits):
    return f"{number:.{digits}f}".lstrip("0")


five = pd.DataFrame({"original": [0.812, 0.805, 0.818, 0.809, 0.514], "synthetic": [0.806, 0.802, 0.809, 0.805, 0.502]})
result, report, both_sides = compared(five)
sentence = re.search(r"the median of \w+ is significantly larger than the median value of \w+", report)
print(f"{told} five seeds: {result.omnibus}, p {short(result.pvalue, 4)} (two-sided {short(both_sides, 4)})")
print(f'{told} "... {sentence[0] if sentence else None} ..."', flush=True)

rng = np.random.default_rng(0)
calls = []
while len(calls) < 2000:
    seed_effect = rng.exponential(1, 20)
    scores = pd.DataFrame({name: -seed_effect - 0.1 * rng.exponential(1, 20) for name in five})
    other, _, p = compared(scores)
    if other.omnibus == "wilcoxon":
        calls.append((other.pvalue < 0.05, p < 0.05))
rate, right = np.mean(calls, axis=0)
print(f"{told} models that do not differ: {short(rate, 3)} called different (two-sided {short(right, 3)})")
as_seen = sentence and result.omnibus == "wilcoxon" and result.pvalue == 1 / 32 and both_sides == 1 / 16
sys.exit(not (as_seen and rate > 0.07 and right < 0.06))
PYTHON
MPLBACKEND=Agg env/bin/python -W ignore compared.py
