#!/usr/bin/env bash
# statsmodels 0.15.0: McNemar's chi-square test calls two models with identical answers different, with p = 0.
#
# `mcnemar(table, exact=False)` with its default continuity correction computes (|lost - gained| - 1)^2 / (lost + gained). If no
# row is right in only one of the models (a checkpoint against itself, a quantised copy, a training that changed nothing), that is
# 1 / 0: statistic inf, p = 0, and a RuntimeWarning. The correction also overshoots elsewhere: if lost and gained are equal the
# statistic is above 0, so 5 against 5 flips are "more significant" than 5 against 6. The exact test (the default) is right, and
# so is `correction=False` with at least one flip; `correction=False` without a flip gives nan.
#
# Seen with Python 3.11, scipy 1.17.1, numpy 2.4.6, p values:
#   statsmodels 0.15.0: flips 0+0: exact 1.000, corrected 0.000; 5+5: exact 1.000, corrected 0.752; 5+6: exact 1.000, corrected 1.000
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check statsmodels==0.15.0 scipy==1.17.1 numpy==2.4.6
cat > compared.py <<'PYTHON'
import sys
import warnings

import statsmodels
from statsmodels.stats.contingency_tables import mcnemar

warnings.simplefilter("ignore", RuntimeWarning)
found = {}
for lost, gained in ((0, 0), (5, 5), (5, 6)):
    table = [[900, lost], [gained, 100]]
    found[lost, gained] = [mcnemar(table, exact=exact).pvalue for exact in (True, False)]
told = "; ".join(f"{a}+{b}: exact {x:.3f}, corrected {y:.3f}" for (a, b), (x, y) in found.items())
print(f"statsmodels {statsmodels.__version__}: flips {told}")
as_seen = found[0, 0] == [1.0, 0.0] and found[5, 5][1] < 0.8 and found[5, 6][1] == 1.0
sys.exit(not as_seen)
PYTHON
env/bin/python compared.py
