#!/usr/bin/env bash
# statsmodels 0.15.0: one undefined p value among several changes the correction of the others, in a different way for each
# method.
#
# A measure that is not defined for one of several claims (no rows, no variance) has no p value, and tables have nan.
# `multipletests` neither refuses nan nor leaves it out. Holm and Bonferroni count it: the other p values are multiplied by 3
# instead of 2. Hommel loses all of them and rejects nothing. Benjamini-Hochberg and Simes-Hochberg give nan for every adjusted p
# value but still reject defined ones, so their two results contradict each other. scipy's `false_discovery_control` refuses nan.
#
# Seen with Python 3.11, scipy 1.17.1, numpy 2.4.6, p = .01, nan, .03 at .05:
#   statsmodels 0.15.0: holm: rejects 100, adjusted 0.03 nan 0.06
#   statsmodels 0.15.0: bonferroni: rejects 100, adjusted 0.03 nan 0.09
#   statsmodels 0.15.0: fdr_bh: rejects 101, adjusted nan nan nan
#   statsmodels 0.15.0: simes-hochberg: rejects 100, adjusted nan nan nan
#   statsmodels 0.15.0: hommel: rejects 000, adjusted nan nan nan
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check statsmodels==0.15.0 scipy==1.17.1 numpy==2.4.6
cat > corrected.py <<'PYTHON'
import sys
import warnings

import numpy as np
import statsmodels
from statsmodels.stats.multitest import multipletests

warnings.simplefilter("ignore", RuntimeWarning)
seen = {
    "holm": ("100", [0.03, np.nan, 0.06]),
    "bonferroni": ("100", [0.03, np.nan, 0.09]),
    "fdr_bh": ("101", [np.nan] * 3),
    "simes-hochberg": ("100", [np.nan] * 3),
    "hommel": ("000", [np.nan] * 3),
}
as_seen = True
for method, expected in seen.items():
    rejects, adjusted, *_ = multipletests([0.01, np.nan, 0.03], method=method)
    said = "".join(str(int(one)) for one in rejects)
    print(f"statsmodels {statsmodels.__version__}: {method}: rejects {said}, adjusted {' '.join(f'{p:g}' for p in adjusted)}")
    as_seen &= said == expected[0] and np.allclose(adjusted, expected[1], equal_nan=True)
sys.exit(not as_seen)
PYTHON
env/bin/python corrected.py
