#!/usr/bin/env bash
# uncertainty-calibration 0.1.4: if the probabilities of a perfectly calibrated model have two decimals, the 95 % interval of its
# calibration error never holds 0; if they are not rounded, it holds 0 in about 60 of 100 test sets.
#
# `get_calibration_error` of this package (of "Verified Uncertainty Calibration", 2019) subtracts what chance adds to the error.
# `get_calibration_error_uncertainties` does not: it resamples rows and takes the error without that correction, and turns the
# resamples round it (2 * error - quantile). The error is a root of squares, so chance adds to it in the sample, and again in each
# resample. What is added the second time is subtracted, and that is too little. If fewer than a quarter as many different probabilities
# occur as rows, every one of them becomes a bin, otherwise 15 bins are made. So confidences in per cent, as language models say
# them and as files keep them, give up to 101 bins with a few rows in each, of which chance makes the most. The middle of the
# three numbers is too large as well.
# Use `get_calibration_error`, with p=2 as it is by default, for the value. To tell whether it is 0, draw labels from the probabilities
# themselves, and see whether the error of the true labels is the largest of 20 (`differs` below; p is .05).
#
# Here: 60 test sets of 1,000 rows for each line. The overconfident model's log-odds are 1.5 times the true ones. The true
# calibration error (root mean square); how often the 95 % interval holds it; the mean of the interval's lower bound, of the
# middle, and of `get_calibration_error`; and how often drawn labels show that the model is not calibrated.
#
# Seen with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1:
#   uncertainty-calibration 0.1.4            95 % interval
#   model         decimals    true   holds    lower   middle   get_calibration_error  differs
#   calibrated         all   0.000    0.58   -0.002    0.032                   0.013     0.07
#   calibrated         two   0.000    0.00    0.052    0.080                   0.019     0.07
#   calibrated         one   0.007    0.90   -0.008    0.024                   0.010     0.05
#   overconfident      all   0.067    0.90    0.035    0.071                   0.065     0.92
#   overconfident      two   0.067    0.25    0.077    0.108                   0.061     0.80
#   overconfident      one   0.068    0.93    0.038    0.072                   0.067     0.95
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check uncertainty-calibration==0.1.4 numpy==2.4.6 scikit-learn==1.9.1
cat > calibrated.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from calibration import get_calibration_error, get_calibration_error_uncertainties

TEST_SETS, ROWS, DRAWN = 60, 1000, 19
MODELS = {"calibrated": 1.0, "overconfident": 1.5}
DECIMALS = {"all": 17, "two": 2, "one": 1}


def probabilities(rng, rows, factor, decimals):
    """The true probability of label 1, and what the model says."""
    log_odds = rng.normal(0, 1.5, rows)
    true, said = (1 / (1 + np.exp(-times * log_odds)) for times in (1, factor))
    return true, np.round(said, decimals)


def labels(rng, chances):
    return (rng.random(len(chances)) < chances).astype(int)


def true_error(factor, decimals):
    true, said = probabilities(np.random.default_rng(0), 2_000_000, factor, decimals)
    if decimals < 17:
        _, value, rows = np.unique(said, return_inverse=True, return_counts=True)
        true = (np.bincount(value, true) / rows)[value]
    return np.mean((true - said) ** 2) ** 0.5


def differs(rng, said, truth):
    """Whether the error is larger than with each of 19 sets of labels that are drawn from the probabilities."""
    drawn = [get_calibration_error(said, labels(rng, said), debias=False) for _ in range(DRAWN)]
    return get_calibration_error(said, truth, debias=False) > max(drawn)


def line(model, decimals):
    error = true_error(MODELS[model], DECIMALS[decimals])
    np.random.seed(0)  # the package's resamples come from here
    found = []
    for seed in range(TEST_SETS):
        rng = np.random.default_rng(seed)
        true, said = probabilities(rng, ROWS, MODELS[model], DECIMALS[decimals])
        truth = labels(rng, true)
        low, middle, high = get_calibration_error_uncertainties(said, truth, alpha=0.05)
        found.append([low <= error <= high, low, middle, get_calibration_error(said, truth), differs(rng, said, truth)])
    holds, low, middle, alone, unlike = np.mean(found, axis=0)
    print(f"{model:14}{decimals:>8}{error:8.3f}{holds:8.2f}{low:9.3f}{middle:9.3f}{alone:24.3f}{unlike:9.2f}", flush=True)
    return error, holds, low, middle, alone, unlike


print(f"uncertainty-calibration {version('uncertainty-calibration')}            95 % interval")
print("model         decimals    true   holds    lower   middle   get_calibration_error  differs")
found = {(model, decimals): line(model, decimals) for model in MODELS for decimals in DECIMALS}
errors, holds, _, middle, alone, unlike = (dict(zip(found, column)) for column in zip(*found.values()))
as_seen = holds["calibrated", "two"] < 0.05 and holds["calibrated", "all"] < 0.85 and holds["overconfident", "two"] < 0.6
as_seen &= all(middle[model, "two"] > errors[model, "two"] + 0.02 for model in MODELS)
as_seen &= all(abs(alone[line] - errors[line]) < 0.025 for line in found)
as_seen &= all(unlike["calibrated", each] < 0.2 and unlike["overconfident", each] > 0.6 for each in DECIMALS)
sys.exit(not as_seen)
PYTHON
OMP_NUM_THREADS=1 env/bin/python -W ignore calibrated.py
