#!/usr/bin/env bash
# scikit-posthocs 0.17.1: with `dist="normal"`, Quade's post-hoc test finds differences in 19 to 32 of 100 pairs of equal models, at
# .05.
#
# `posthoc_quade` compares all pairs of models over data sets, seeds or blind spots (blocks). Blocks in which the models differ more
# count more. By default p comes from a t distribution and is right. With `dist="normal"` it comes from the difference of two
# weighted mean ranks and its variance under "no difference", which for k models on b blocks is k(k + 1)(2b + 1) / (9b(b + 1)). The
# package takes k(k + 1)(k - 1)(2n + 1) / (18n(n + 1)) with n = bk, the number of scores where that of blocks belongs. That is
# less than half of the variance, so every z is too large by a factor of 1.5 to 2, however many blocks there are, and corrections
# for many pairs (`p_adjust`) start from these p values. For two models no simulation is needed: the test is then Wilcoxon's
# signed-rank test, but p is .012 where Wilcoxon's is .204. Use the default.
#
# Here: 1,000 experiments a line in which no model is better. The share of pairs with p below .05: by "normal", as the two variances
# predict it, with the right variance, and by default; and the share of experiments in which Holm's correction leaves a
# difference. Then two models on 20 blocks.
#
# Seen with Python 3.11, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1, statsmodels 0.15.0:
#   scikit-posthocs 0.17.1: equal models, pairs with p < .05          any after Holm
#   models  blocks   normal  predicted  right variance  default    normal  default
#        2      20     .320       .324            .048     .051      .320     .051
#        3      12     .251       .252            .045     .047      .352     .045
#        5      12     .216       .208            .052     .053      .385     .046
#        5      50     .214       .213            .048     .048      .390     .041
#       10      20     .189       .184            .050     .050      .447     .029
#   two models: p .012; right variance .204, Wilcoxon .204, exact .216
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check scikit-posthocs==0.17.1 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1 statsmodels==0.15.0
cat > quade.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from scikit_posthocs import posthoc_quade
from scipy.stats import norm, rankdata, wilcoxon

EXPERIMENTS = 1000


def pairs(matrix):
    return np.asarray(matrix)[np.triu_indices(len(matrix), 1)]


def right_variance(blocks, models):
    """Of the difference of two weighted mean ranks: ranks within a block have variance (k^2 - 1)/12, covariance -(k + 1)/12."""
    weights = np.arange(1, blocks + 1) / np.arange(1, blocks + 1).sum()
    return np.sum(weights**2) * models * (models + 1) / 6


def variance_of_package(blocks, models):
    n = blocks * models
    return models * (models + 1) * (models - 1) * (2 * n + 1) / (18 * n * (n + 1))


def right_p(scores):
    """Quade's test by the normal distribution, with the right variance."""
    weights = rankdata(np.ptp(scores, axis=1))
    means = weights @ rankdata(scores, axis=1) / weights.sum()
    return pairs(2 * norm.sf(np.abs(np.subtract.outer(means, means)) / np.sqrt(right_variance(*scores.shape))))


def rejects_after_holm(p):
    """Whether Holm's correction leaves any difference at .05, which its first step decides."""
    return min(p) * len(p) < 0.05


def short(number, digits=3):
    return f"{number:.{digits}f}".lstrip("0")


rng = np.random.default_rng(0)
print(f"scikit-posthocs {version('scikit-posthocs')}: equal models, pairs with p < .05          any after Holm")
print("models  blocks   normal  predicted  right variance  default    normal  default")
as_seen = True
for models, blocks in ((2, 20), (3, 12), (5, 12), (5, 50), (10, 20)):
    found = []
    for _ in range(EXPERIMENTS):
        scores = rng.normal(size=(blocks, models)) + 2 * rng.normal(size=(blocks, 1))
        normal, default = pairs(posthoc_quade(scores, dist="normal")), pairs(posthoc_quade(scores))
        shares = [np.mean(p < 0.05) for p in (normal, right_p(scores), default)]
        found.append([*shares, rejects_after_holm(normal), rejects_after_holm(default)])
    normal, right, default, *after_holm = np.mean(found, axis=0)
    shrunk = np.sqrt(variance_of_package(blocks, models) / right_variance(blocks, models))
    predicted = 2 * norm.sf(norm.isf(0.025) * shrunk)
    told = "".join(
        f"{short(one):>{width}}" for one, width in zip((normal, predicted, right, default, *after_holm), (9, 11, 16, 9, 10, 9))
    )
    print(f"{models:6} {blocks:7}{told}", flush=True)
    as_seen &= abs(normal - predicted) < 0.04 and normal > 0.15 and max(right, default) < 0.075
    as_seen &= after_holm[0] > 0.3 and after_holm[1] < 0.08
scores = np.random.default_rng(5).normal(size=(20, 2)) + [0, 0.3]
two = posthoc_quade(scores, dist="normal").iloc[0, 1]
by_wilcoxon = wilcoxon(*scores.T, method="asymptotic").pvalue
exact = wilcoxon(*scores.T, method="exact").pvalue
print(f"two models: p {short(two)}; right variance {short(right_p(scores)[0])}, Wilcoxon {short(by_wilcoxon)}, exact {short(exact)}")
as_seen &= np.isclose(right_p(scores)[0], by_wilcoxon) and two < 0.05 < by_wilcoxon
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore quade.py
