#!/usr/bin/env bash
# statkit 1.1.0 and MLstatkit 0.1.91: the permutation test of two models' AUROC depends on the scale of their probabilities: a gain that
# is found in 97 of 100 test sets is found in 19 if one model's logits are shifted by 2.
#
# `paired_permutation_test` and `Permutation_test` swap the two models' probabilities of random rows and take the score of the mixture. An
# AUROC does not change if all probabilities of a model are moved up. But in a mixture rows that got the higher model's probability
# rank above the others whatever their label is, so the AUROC of mixtures is mostly noise, and the difference that was observed
# seems small beside it. So the test rejects too rarely, for equal models and for others. Models that were trained on different data often
# differ in their scale, for instance in how many rows they call positive, and statkit's own example is an AUROC. Give the test ranks,
# as below, use DeLong's test (`Delong_test` of MLstatkit), or draw rows instead of swapping models.
#
# Here: 300 rows and two models; the second is equally good, or has an AUROC that is .07 higher. Its logits are used as they are, or
# shifted by 1 or 2, which changes neither. The share of 100 test sets with p below .05 (statkit, 200 permutations), for
# probabilities and for their ranks within each model, which a shift does not change; then p of one test set in which the second
# model is better.
#
# Seen with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1:
#   logits of the second model shifted by           0     1     2
#   statkit 1.1.0: equal models, probabilities   0.07  0.01  0.00
#   statkit 1.1.0: equal models, ranks           0.07
#   statkit 1.1.0: second better, probabilities  0.97  0.67  0.19
#   statkit 1.1.0: second better, ranks          0.97
#   MLstatkit 0.1.91: p of Permutation_test     0.000 0.040 0.170
#   MLstatkit 0.1.91: p of Delong_test          0.001 0.001 0.001
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check statkit==1.1.0 MLstatkit==0.1.91 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 pandas==3.1.1
cat > swaps.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from MLstatkit import Delong_test, Permutation_test
from scipy.special import expit
from scipy.stats import rankdata
from statkit.non_parametric import paired_permutation_test

SHIFTS, TEST_SETS = (0, 1, 2), 100


def auroc(labels, scores):
    """The AUROC of scores without ties, as scikit-learn's but faster."""
    negative = np.sort(scores[labels == 0])
    return np.searchsorted(negative, scores[labels == 1]).mean() / len(negative)


def test_set(gain, draw):
    """Labels, and the logits of two models that share most of their errors."""
    labels = draw.integers(0, 2, 300)
    shared = draw.normal(size=300)
    first, second = ((1.2 + more) * labels + shared + 0.5 * draw.normal(size=300) - 0.6 for more in (0, gain))
    return labels, first, second


def found(gain, shift, scale):
    draw = np.random.default_rng(0)
    times = 0
    for _ in range(TEST_SETS):
        labels, first, second = test_set(gain, draw)
        scores = scale(expit(first)), scale(expit(second + shift))
        times += paired_permutation_test(labels, *scores, metric=auroc, n_iterations=200, random_state=0) < 0.05
    return times / TEST_SETS


print("logits of the second model shifted by      " + "".join(f"{shift:6}" for shift in SHIFTS))
shares = {}
for name, gain in (("equal models", 0), ("second better", 0.4)):
    for scale in (np.asarray, rankdata):
        what = "ranks" if scale is rankdata else "probabilities"
        shifts = SHIFTS if what == "probabilities" else (0,)  # a shift does not change ranks
        shares[gain, what] = [found(gain, shift, scale) for shift in shifts]
        told = f"statkit {version('statkit')}: {name}, {what}"
        print(f"{told:43}" + "".join(f"{share:6.2f}" for share in shares[gain, what]), flush=True)
labels, first, second = test_set(0.4, np.random.default_rng(1))
p = {}
for name, way in (("Permutation_test", lambda *all: Permutation_test(*all, "auc", 200)[2]), ("Delong_test", lambda *all: Delong_test(*all)[1])):
    p[name] = [way(labels, expit(first), expit(second + shift)) for shift in SHIFTS]
    told = f"MLstatkit {version('mlstatkit')}: p of {name}"
    print(f"{told:43}" + "".join(f"{value:6.3f}" for value in p[name]))
blind, seeing = shares[0.4, "probabilities"], shares[0.4, "ranks"]
sys.exit(not (blind[0] > 0.9 and blind[2] < 0.4 and min(seeing) > 0.9 and shares[0, "ranks"][0] < 0.12 and p["Permutation_test"][2] > 0.1))
PYTHON
TQDM_DISABLE=1 MPLBACKEND=Agg env/bin/python -W ignore swaps.py
