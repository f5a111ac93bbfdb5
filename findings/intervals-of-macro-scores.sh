#!/usr/bin/env bash
# confidenceinterval 1.0.5: if a model finds few rows of one label, the 95 % interval of macro recall holds the true value in 58 of
# 100 test sets; that of macro F1 is 1.7 times as wide as it should be, or more.
#
# The package gives classification scores with intervals, and promises them for macro averages by the delta method (Takahashi et
# al. 2022). Micro averages are right. For macro recall, which is balanced accuracy, the derivative by the rows that are answered
# correctly lacks its divisor, the label's share. The error is small where every label is found and large where one is missed: a
# model with a shortcut on HANS answers 99 % of the entailed rows and 20 % of the others correctly, and its interval is less than
# half as wide as it should be. Macro precision has the same fault by the labels that are answered. For macro F1 a sum stands where
# the paper has a product: the better the model, the more its interval is too wide, so a model that is always right has an F1
# from .94 to 1.06 on 500 rows of two labels. Use `method="bootstrap_percentile"`, or compute the delta method as below.
#
# Here: 1,000 test sets of 1,000 rows; how many of the intervals hold the true score, and their mean width, by the package and by
# the delta method with numerical derivatives. The last column is 3.92 standard deviations of the score over the test sets.
#
# Seen with Python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1, statsmodels 0.15.0:
#   confidenceinterval 1.0.5:  holds     width   by delta     width   3.92 sd
#   shortcut accuracy          .947     .061     .947     .061     .060
#   good     accuracy          .925     .021     .925     .021     .022
#   shortcut macro recall      .575     .016     .942     .036     .037
#   shortcut macro F1         1.000     .108     .945     .063     .063
#   good     macro F1         1.000     .073     .929     .021     .022
#   always right, 500 rows: macro F1 from .938 to 1.062
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check confidenceinterval==1.0.5 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1 statsmodels==0.15.0 pandas==2.3.3
cat > covered.py <<'PYTHON'
import sys
from importlib.metadata import version

import confidenceinterval
import numpy as np

ROWS, SETS, NORMAL = 1000, 1000, 1.959964
# The share of rows by true label (row) and answer (column).
SHORTCUT = np.array([[0.495, 0.005], [0.400, 0.100]])
GOOD = np.array([[0.324, 0.006, 0.004], [0.005, 0.323, 0.005], [0.004, 0.006, 0.323]])


def macro_recall(shares):
    return np.mean(np.diag(shares) / shares.sum(1))


def macro_f1(shares):
    return np.mean(2 * np.diag(shares) / (shares.sum(0) + shares.sum(1)))


def accuracy(shares):
    return np.trace(shares)


MEASURES = {
    "accuracy": (accuracy, confidenceinterval.recall_score, "micro"),
    "macro recall": (macro_recall, confidenceinterval.recall_score, "macro"),
    "macro F1": (macro_f1, confidenceinterval.f1_score, "macro"),
}


def delta(measure, shares):
    """The interval by the delta method; the variance of multinomial shares, with derivatives by central differences."""
    steps = 1e-6 * np.eye(shares.size).reshape(-1, *shares.shape)
    slopes = np.array([(measure(shares + step) - measure(shares - step)) / 2e-6 for step in steps])
    each = shares.ravel()
    half = NORMAL * np.sqrt((slopes**2 @ each - (slopes @ each) ** 2) / ROWS)
    return measure(shares) - half, measure(shares) + half


def short(number):
    return f"{number:.3f}".lstrip("0")


def line(name, kind, population):
    measure, given, average = MEASURES[kind]
    rng = np.random.default_rng(0)
    labels, truth = len(population), measure(population)
    scores, found = [], {"package": [], "delta": []}
    for _ in range(SETS):
        counts = rng.multinomial(ROWS, population.ravel())
        cells = np.repeat(np.arange(counts.size), counts)
        score, interval = given(cells // labels, cells % labels, average=average)
        shares = counts.reshape(population.shape) / ROWS
        assert np.isclose(score, measure(shares), atol=1e-6)
        scores.append(score)
        found["package"].append(interval)
        found["delta"].append(delta(measure, shares))
    told = []
    for low, high in (np.transpose(intervals) for intervals in found.values()):
        told += [np.mean((low <= truth) & (truth <= high)), np.mean(high - low)]
    told.append(2 * NORMAL * np.std(scores))
    print(f"{name:8} {kind:12} " + "".join(f"{short(number):>9}" for number in told), flush=True)
    return told


print(f"confidenceinterval {version('confidenceinterval')}:  holds     width   by delta     width   3.92 sd")
right = [line("shortcut", "accuracy", SHORTCUT), line("good", "accuracy", GOOD)]
recall = line("shortcut", "macro recall", SHORTCUT)
f1 = [line("shortcut", "macro F1", SHORTCUT), line("good", "macro F1", GOOD)]
labels = np.arange(500) % 2
_, (low, high) = confidenceinterval.f1_score(labels, labels, average="macro")
print(f"always right, 500 rows: macro F1 from {short(low)} to {high:.3f}")
as_seen = all(abs(one[0] - 0.95) < 0.03 for one in right) and all(abs(one[2] - 0.95) < 0.03 for one in (*right, recall, *f1))
as_seen &= recall[0] < 0.7 and recall[1] < 0.5 * recall[4]
as_seen &= f1[0][1] > 1.5 * f1[0][4] and f1[1][1] > 3 * f1[1][4] and high > 1.04
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore covered.py
