#!/usr/bin/env bash
# deepsig 1.2.8: its Bonferroni correction gets weaker the more models are compared, and with two models it leaves no result.
#
# Almost stochastic order (Dror et al. 2019) compares two models by their scores over seeds: the first is better if the upper
# bound `eps_min` is below .5 (or, stricter, .2). With k pairs Bonferroni's rule asks for the bound at the level 1 - .05 / k.
# `multi_aso`, which corrects by default, and `aso(num_comparisons=k)` take it at .95 + .05 / k. That is the right level for two
# pairs only. With more, the level goes back to .95, so 45 pairs are hardly corrected at all. With one pair (`multi_aso` of two
# models, the usual comparison) it is 1: the bound is 1, or nan if every seed of one model is better than every seed of the
# other, and neither is below .5. Use `aso(a, b, confidence_level=1 - 0.05 / k)`, or `use_bonferroni=False` with that level.
#
# Here: the accuracies of two models over five seeds, with 0, 1, 3 and 8 other models beside them; 200 bootstrap samples. The
# bound is linear in the level's normal quantile, so the level of every bound can be computed from the bound.
#
# Seen with Python 3.11, numpy 2.4.6, scipy 1.17.1, eps_min of the first model against the second:
#   models  pairs   multi_aso  at the level   Bonferroni  at the level
#        2      1       1.000        1.0000        0.341        0.9500
#        3      3       0.380        0.9667        0.441        0.9833
#        5     10       0.351        0.9550        0.534        0.9950
#       10     45       0.343        0.9511        0.634        0.9989
#   two models .20 apart: multi_aso nan, aso 0.000
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check deepsig==1.2.8 numpy==2.4.6 scipy==1.17.1
cat > corrected.py <<'PYTHON'
import math
import sys
import warnings
from importlib.metadata import version

import numpy as np
from deepsig import aso, multi_aso
from scipy.stats import norm

warnings.simplefilter("ignore")
FIRST = [0.83, 0.82, 0.84, 0.81, 0.80]
SECOND = [0.80, 0.81, 0.79, 0.83, 0.80]
POOR = [0.60, 0.61, 0.62, 0.61, 0.62]
others = np.random.default_rng(1).normal(0.8, 0.02, (8, 5)).round(2)
scores = np.array([FIRST, SECOND, *others])
settings = {"seed": 1, "num_bootstrap_iterations": 200, "show_progress": False}


def bound(level):
    return aso(FIRST, SECOND, confidence_level=level, **settings)


slope = (bound(0.99) - bound(0.95)) / (norm.ppf(0.99) - norm.ppf(0.95))
start = bound(0.95) - slope * norm.ppf(0.95)


def level_of(given):
    """The level at which the bound is `given`; 1 for the largest bound that there is."""
    return 1.0 if given == 1 else norm.cdf((given - start) / slope)


print(f"deepsig {version('deepsig')}:")
print("models  pairs   multi_aso  at the level   Bonferroni  at the level")
levels, decisions = [], []
for models in (2, 3, 5, 10):
    pairs = math.comb(models, 2)
    wanted = 1 - 0.05 / pairs
    given, right = multi_aso(scores[:models], **settings)[0, 1], bound(wanted)
    levels.append(level_of(given))
    decisions.append((bool(given < 0.5), bool(right < 0.5)))
    print(f"{models:6} {pairs:6} {given:11.3f} {levels[-1]:13.4f} {right:12.3f} {wanted:13.4f}", flush=True)
apart, alone = multi_aso(np.array([FIRST, POOR]), **settings)[0, 1], aso(FIRST, POOR, **settings)
print(f"two models .20 apart: multi_aso {apart:.3f}, aso {alone:.3f}")
as_seen = np.allclose(levels, [1, 0.95 + 0.05 / 3, 0.95 + 0.05 / 10, 0.95 + 0.05 / 45], atol=1e-4)
as_seen &= decisions == [(False, True), (True, True), (True, False), (True, False)]
sys.exit(not (as_seen and math.isnan(apart) and alone == 0))
PYTHON
env/bin/python corrected.py
