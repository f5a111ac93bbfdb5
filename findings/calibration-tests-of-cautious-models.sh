#!/usr/bin/env bash
# mapie 1.6.0: Spiegelhalter's test never finds that a model is too cautious: with a calibration error of .18, p is 1.
#
# Spiegelhalter's statistic is above 0 for a model that is too sure and below 0 for one that is not sure enough (label smoothing, a
# temperature that is too high, an ensemble). The documentation says that the closer to zero it is, the better the calibration.
# `spiegelhalter_p_value` is the probability of a larger value only, so the more cautious the model, the closer p comes to 1, and a
# cautious model seems better calibrated than one that is. Use `2 * scipy.stats.norm.sf(abs(spiegelhalter_statistic(y, p)))`.
# `kolmogorov_smirnov_p_value` sees both sides, with less power.
# `expected_calibration_error` with `split_strategy="array split"` makes its bins from the rows in the order of the file: the upper end of a
# bin is the largest score of a part of the file. In most orders almost all rows then share one bin, and errors on its two sides
# cancel. Sort rows by score first, or use "quantile". (`num_bins=16` makes 15 bins with the other two.)
#
# Here: 500 labels drawn with known probabilities, whose logits are then divided by a temperature: below 1 too sure, above 1 too
# cautious, at 1 calibrated, where p should be below .05 in .05 of the test sets. Then a model that guesses 5,000 labels and is sure of most.
#
# Seen with Python 3.11, scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6:
#   mapie 1.6.0, share of 500 test sets with p <= .05:
#   temperature  mean error  Spiegelhalter  median p  two-sided  Kolmogorov-Smirnov
#           0.5       0.091          1.000     0.000      1.000               0.974
#             1       0.048          0.056     0.497      0.052               0.060
#           1.5       0.072          0.000     1.000      0.988               0.292
#             2       0.105          0.000     1.000      1.000               0.860
#             4       0.185          0.000     1.000      1.000               1.000
#   error of a model that guesses: uniform  quantile  array split
#     rows in any order               0.313     0.314     0.015
#     rows sorted by score            0.313     0.314     0.315
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check mapie==1.6.0 scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
cat > calibrated.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from mapie.metrics.calibration import (
    expected_calibration_error,
    kolmogorov_smirnov_p_value,
    spiegelhalter_p_value,
    spiegelhalter_statistic,
)
from scipy.special import expit, logit
from scipy.stats import norm

rng = np.random.default_rng(0)
STRATEGIES = ("uniform", "quantile", "array split")


def rows(temperature, count=500):
    """Labels drawn with known probabilities, and these probabilities with their logits divided by the temperature."""
    true = np.clip(rng.beta(0.5, 0.5, count), 1e-6, 1 - 1e-6)
    return (rng.random(count) < true).astype(int), expit(logit(true) / temperature)


def rejected(p_values):
    return (np.array(p_values) <= 0.05).mean()


print(f"mapie {version('mapie')}, share of 500 test sets with p <= .05:")
print("temperature  mean error  Spiegelhalter  median p  two-sided  Kolmogorov-Smirnov")
found = {}
for temperature in (0.5, 1, 1.5, 2, 4):
    sets = [rows(temperature) for _ in range(500)]
    given = [spiegelhalter_p_value(*one) for one in sets]
    both = [2 * norm.sf(abs(spiegelhalter_statistic(*one))) for one in sets]
    other = [kolmogorov_smirnov_p_value(*one) for one in sets]
    error = np.mean([expected_calibration_error(*one, num_bins=16) for one in sets])
    found[temperature] = [rejected(given), np.median(given), rejected(both), rejected(other)]
    one_sided, median, two_sided, smirnov = found[temperature]
    print(f"{temperature:11} {error:11.3f} {one_sided:14.3f} {median:9.3f} {two_sided:10.3f} {smirnov:19.3f}", flush=True)

answers, scores = rng.integers(0, 2, 5000), rows(1, 5000)[1]
orders = {"in any order": np.arange(5000), "sorted by score": np.argsort(scores)}
print(f"error of a model that guesses: {'  '.join(STRATEGIES)}")
errors = np.array([[expected_calibration_error(answers[order], scores[order], 16, one) for one in STRATEGIES] for order in orders.values()])
for name, row in zip(orders, errors, strict=True):
    print(f"  rows {name:22}" + "".join(f"{one:10.3f}" for one in row))
as_seen = all(found[one][0] == 0 and found[one][1] > 0.99 and found[one][2] > 0.9 for one in (1.5, 2, 4)) and found[0.5][0] > 0.9
as_seen &= abs(found[1][0] - 0.05) < 0.03 and errors[0, 2] < 0.05 and bool(np.all(np.delete(errors, 2) > 0.25))
sys.exit(not as_seen)
PYTHON
env/bin/python calibrated.py
