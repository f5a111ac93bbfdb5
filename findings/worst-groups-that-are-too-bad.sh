#!/usr/bin/env bash
# fairlearn 0.15.0: if 30 groups are equally good, the 95 % interval of the worst group's accuracy lies below the true one every
# time, and the interval of the largest difference lies above 0.
#
# `MetricFrame` with `n_boot` gives `group_min_ci` and `difference_ci`, percentiles over resampled rows. The accuracy of the worst
# group is a minimum of estimates, so it is below the true one; in each resample the minimum is taken once more, and the interval
# is about twice as far below. More resamples do not help. With 30 cells of 100 rows, such as the subcases of HANS, a model that
# is right on 80 % of every cell gets an interval that never holds .8. A difference between the best and the worst group is never
# negative, so even with two groups its interval does not hold the 0 of groups that do not differ: that it "excludes 0" means
# nothing. `by_group_ci` is right for a group that was chosen before the data were seen; choose the worst group on other rows.
#
# Here: groups of 100 rows, each answered correctly with probability .8. One interval by fairlearn, checked against the same
# resamples drawn here; and over 500 data sets, how many such intervals of 200 resamples hold the true value: .8 for the worst
# group, 0 for the difference, and .8 for the group that is the first by name.
#
# Seen with Python 3.11, numpy 2.4.6, pandas 2.3.3, scikit-learn 1.9.1:
#   fairlearn 0.15.0:
#   groups   worst group    difference     hold the true worst  difference  first group
#        2   .619 to .775   .002 to .144                 .870        .000         .906
#        6   .623 to .750   .080 to .230                 .210        .000         .944
#       30   .615 to .717   .169 to .297                 .000        .000         .926
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check fairlearn==0.15.0 numpy==2.4.6 pandas==2.3.3 scikit-learn==1.9.1 scipy==1.17.1
cat > worst.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame

TRUE, ROWS, RESAMPLES, LEVELS = 0.8, 100, 200, [0.025, 0.975]


def accuracy(y_true, y_pred):
    return float(np.mean(np.asarray(y_true) == np.asarray(y_pred)))


def summaries(shares):
    """The worst group, the largest difference and the first group, of accuracies whose last axis is the group."""
    return {"worst": shares.min(-1), "difference": shares.max(-1) - shares.min(-1), "first": shares[..., 0]}


def by_fairlearn(groups, right):
    """fairlearn's intervals, and the same percentiles of the same resamples."""
    seed = 1
    group, truth = np.repeat(np.arange(groups), ROWS), np.ones(groups * ROWS, int)
    frame = MetricFrame(
        metrics=accuracy,
        y_true=truth,
        y_pred=right,
        sensitive_features=group,
        n_boot=RESAMPLES,
        ci_quantiles=LEVELS,
        random_state=seed,
    )
    given = {"worst": frame.group_min_ci(), "difference": frame.difference_ci()}
    given["first"] = [one.iloc[0] for one in frame.by_group_ci]
    seeds = np.random.default_rng(seed).integers(0, np.iinfo(np.uint32).max, RESAMPLES, dtype=np.uint32)
    rows = pd.Series(np.arange(len(group)))
    drawn = [rows.sample(frac=1, replace=True, random_state=one).to_numpy() for one in seeds]
    shares = np.array([np.bincount(group[one], right[one], groups) / np.bincount(group[one], minlength=groups) for one in drawn])
    return given, {name: np.quantile(values, LEVELS) for name, values in summaries(shares).items()}


def held(groups, data_sets):
    """The share of intervals that hold the true value. Counts of rows and of right answers are drawn as resampling draws them."""
    rng = np.random.default_rng(groups)
    counts = dict.fromkeys(("worst", "difference", "first"), 0)
    for _ in range(data_sets):
        right = rng.binomial(ROWS, TRUE, groups)
        cells = np.concatenate([right, ROWS - right])
        resampled = rng.multinomial(cells.sum(), cells / cells.sum(), RESAMPLES)
        shares = resampled[:, :groups] / (resampled[:, :groups] + resampled[:, groups:])
        for name, values in summaries(shares).items():
            low, high = np.quantile(values, LEVELS)
            counts[name] += low <= (0 if name == "difference" else TRUE) <= high
    return {name: count / data_sets for name, count in counts.items()}


def short(number):
    return f"{number:.3f}".lstrip("0")


print(f"fairlearn {version('fairlearn')}:")
print("groups   worst group    difference     hold the true worst  difference  first group")
as_seen = True
for groups in (2, 6, 30):
    right = (np.random.default_rng(0).random(groups * ROWS) < TRUE).astype(int)
    given, same = by_fairlearn(groups, right)
    shares = held(groups, 500)
    spans = "   ".join(f"{short(low)} to {short(high)}" for low, high in (given["worst"], given["difference"]))
    told = f"{short(shares['worst']):>18} {short(shares['difference']):>11} {short(shares['first']):>12}"
    print(f"{groups:6}   {spans}   {told}", flush=True)
    as_seen &= all(np.allclose(given[name], same[name]) for name in given)
    as_seen &= given["difference"][0] > 0 and shares["difference"] < 0.02 and shares["first"] > 0.88
sys.exit(not (as_seen and given["worst"][1] < TRUE and shares["worst"] < 0.01))
PYTHON
env/bin/python -W ignore worst.py
