#!/usr/bin/env bash
# ppi-python 0.2.3: with weights of .4 and 1.6, the interval of an accuracy of .88 is twice as wide as that of the error rate of .12; and
# `alternative` is ignored or turned round.
#
# Prediction-powered inference takes a judge's labels of many rows and right labels of a few, which correct the judge. If the few were
# not drawn evenly (say, more of the hard rows), `ppi_mean_ci` and `ppi_mean_pval` take weights `w`, and `classical_mean_ci` does too.
# They divide the weights by their mean, so the estimate is a weighted mean; but its variance is taken to be that of w * y, not that
# of w * (y - mean). The weights' own variance is counted, times the square of the mean: what is measured gets a wider interval the
# further its values lie from 0, although nothing else has changed. The error rate's is even a little too narrow.
# `ppi_mean_ci` with its default lam=None drops `alternative`: both bounds of the two-sided interval come back, whatever is asked.
# `ppboot` gives for "larger" an upper bound where the other functions give a lower one, and the bound is the largest of the resamples,
# whatever alpha is.
# Use `ppi_ols_ci` with columns of ones for X and X_unlabeled: it estimates the same mean, with the right variance and with `alternative`.
#
# Here: a fifth of the rows are hard, and a model is wrong on 40 of 100 of them, and on 5 of 100 of the others. A judge says for 5,000 rows
# whether it is wrong, and is right in 85 of 100. Of 300 rows with right labels, half are hard, and weighted. For the error rate, the
# accuracy, and scores of 1 for wrong and 5 for right, over 400 experiments: how often the 95 % interval holds the true mean, its
# mean width as a share of the scale's length, and how often it shows that the error rate is not .18.
# Then the intervals of a mean of 1 from 200 rows with labels and 2,000 without, at alpha=.05.
#
# Seen with Python 3.11, numpy 2.4.6, scipy 1.17.1, statsmodels 0.15.0, numba 0.68.1:
#   ppi-python 0.2.3     holds the true mean              mean width        shows that not .18
#                   ppi_mean_ci  of ones      ppi_mean_ci  of ones      ppi_mean_ci  of ones
#   error rate                0.940   0.955            0.059   0.063            0.958   0.948
#   accuracy                  1.000   0.955            0.123   0.063            0.512   0.948
#   score 1 or 5              1.000   0.955            0.145   0.063            0.180   0.948
#   alternative               two-sided            larger           smaller
#   ppi_mean_ci                0.943 to 1.092        0.943 to 1.092        0.943 to 1.092
#   ppi_mean_ci, lam=1         0.933 to 1.105        0.947 to   inf         -inf to 1.091
#   ppi_ols_ci of ones         0.943 to 1.092        0.955 to   inf         -inf to 1.080
#   ppboot                     0.943 to 1.093         -inf to 1.160        0.899 to   inf
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check ppi-python==0.2.3 numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0 \
    numba==0.68.1
cat > weighted.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from ppi_py import ppboot, ppi_mean_ci, ppi_ols_ci

EXPERIMENTS, LABELLED, JUDGED, HARD = 400, 300, 5000, 0.2
WRONG_IF_HARD, WRONG_IF_EASY, JUDGE = 0.4, 0.05, 0.85
ERROR_RATE, OTHER = HARD * WRONG_IF_HARD + (1 - HARD) * WRONG_IF_EASY, 0.18
# What is measured, for a wrong and for a right answer.
SCALES = {"error rate": (1, 0), "accuracy": (0, 1), "score 1 or 5": (1, 5)}


def answered(rng, hard):
    """Which answers are wrong, and which the judge calls wrong."""
    wrong = rng.random(len(hard)) < np.where(hard, WRONG_IF_HARD, WRONG_IF_EASY)
    return wrong, wrong == (rng.random(len(hard)) < JUDGE)


def by_mean(labels, judged, more, **options):
    return ppi_mean_ci(labels, judged, more, **options)


def by_ones(labels, judged, more, **options):
    return ppi_ols_ci(np.ones((len(labels), 1)), labels, judged, np.ones((len(more), 1)), more, **options)


def bounds(interval):
    return [float(np.ravel(bound)[0]) for bound in interval]


def experiment(seed):
    """The bounds of each scale's interval by each function."""
    rng = np.random.default_rng(seed)
    hard = rng.random(LABELLED) < 0.5
    weights = np.where(hard, HARD / 0.5, (1 - HARD) / 0.5)
    few, many = answered(rng, hard), answered(rng, rng.random(JUDGED) < HARD)
    found = []
    for if_wrong, if_right in SCALES.values():
        labels, judged, more = (np.where(wrong, if_wrong, if_right).astype(float) for wrong in (*few, many[1]))
        found.append([bounds(way(labels, judged, more, w=weights, alpha=0.05)) for way in (by_mean, by_ones)])
    return found


def lines():
    found = np.array([experiment(seed) for seed in range(EXPERIMENTS)])
    told = []
    for (name, (if_wrong, if_right)), intervals in zip(SCALES.items(), np.moveaxis(found, 1, 0)):
        low, high = np.moveaxis(intervals, 2, 0)
        true, other = (rate * if_wrong + (1 - rate) * if_right for rate in (ERROR_RATE, OTHER))
        holds = ((low <= true) & (true <= high)).mean(0)
        width = (high - low).mean(0) / abs(if_right - if_wrong)
        shows = ((other < low) | (high < other)).mean(0)
        numbers = "".join(f"{one[0]:17.3f}{one[1]:8.3f}" for one in (holds, width, shows))
        print(f"{name:14}{numbers}", flush=True)
        told.append((holds, width, shows))
    return np.array(told)


def one_sided():
    rng = np.random.default_rng(0)
    labels = rng.normal(1, 1, 200)
    judged, more = labels + rng.normal(0, 0.5, 200), rng.normal(1, 1.1, 2000)
    ways = {
        "ppi_mean_ci": by_mean,
        "ppi_mean_ci, lam=1": lambda *rows, **options: by_mean(*rows, lam=1, **options),
        "ppi_ols_ci of ones": by_ones,
        "ppboot": lambda *rows, **options: ppboot(np.mean, *rows, **options),
    }
    found = {}
    for name, way in ways.items():
        np.random.seed(0)  # the resamples of ppboot come from here
        found[name] = [bounds(way(labels, judged, more, alpha=0.05, alternative=one)) for one in ("two-sided", "larger", "smaller")]
        print(f"{name:18}", "".join(f"{low:13.3f} to {high:5.3f}" for low, high in found[name]))
    return found


print(f"ppi-python {version('ppi-python')}     holds the true mean              mean width        shows that not .18")
print("                ppi_mean_ci  of ones" + 2 * "      ppi_mean_ci  of ones")
told = lines()
print("alternative               two-sided            larger           smaller")
found = one_sided()
holds, width, shows = np.moveaxis(told, 1, 0)
plain, tuned, boot = found["ppi_mean_ci"], found["ppi_mean_ci, lam=1"], found["ppboot"]
as_seen = all(holds[1:, 0] > 0.98) and all(abs(holds[:, 1] - 0.95) < 0.03) and all(width[1:, 0] > 1.7 * width[1:, 1])
as_seen &= shows[1, 0] < 0.7 and shows[2, 0] < 0.4 and shows[0, 0] > 0.85 and all(shows[:, 1] > 0.85)
as_seen &= plain[0] == plain[1] == plain[2] and tuned[1][1] == np.inf and tuned[2][0] == -np.inf
as_seen &= boot[1][0] == -np.inf and boot[0][1] < boot[1][1] and boot[2][0] < boot[0][0] and boot[2][1] == np.inf
sys.exit(not as_seen)
PYTHON
OMP_NUM_THREADS=1 env/bin/python -W ignore weighted.py
