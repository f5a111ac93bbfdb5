#!/usr/bin/env bash
# rliable 1.2.0: if each run is one model that is tested on all tasks, the 95 % interval of the mean over tasks holds the true mean in as
# few as 26 of 100 experiments; `random_state` has no effect.
#
# `get_interval_estimates` takes scores of shape (runs, tasks), and resamples runs in each task by itself: a bootstrap sample has the
# first task's score of one run and the second task's of another. That is right where every cell is a training of its own, as in
# reinforcement learning, for which rliable was made. A language model is trained once per seed and then tested on all tasks, so a good
# seed is good on many of them. Resampling breaks these rows up, and the interval only has the variance that averages out over tasks: it
# is the same if every column is shuffled. The more tasks, the narrower it becomes, although the number of seeds is the same.
# `probability_of_improvement` of two arrays, `create_performance_profile` and `task_bootstrap=True` resample cells too.
# `random_state=RandomState(0)`, which the documentation asks for if results must be reproducible, is passed on, but the indices come from
# numpy's global generator: two calls differ. `np.random.seed(0)` before each call makes them equal.
# Use `scores.mean(1)`, one number per run, and Student's t over runs. Given to rliable as one column it resamples runs, but a
# percentile interval of a few runs is too narrow.
#
# Here: 200 experiments for each line, with normal scores whose true mean is known; the correlation is that between two tasks over runs.
# How often each 95 % interval holds the true mean: rliable's, rliable's of one column of means, and t. The median width of the
# first divided by that of t. Then pairs of recipes with equal true scores: how often the 95 % interval of the probability of
# improvement excludes .5.
#
# Seen with Python 3.11, arch 7.2.0, numpy 1.26.4, scipy 1.12.0, pandas 2.3.3:
#   rliable 1.2.0               share that holds the true mean       width
#   runs  tasks  correlation   rliable  one column     t  rliable / t
#      5     10            0      0.85        0.79  0.92          0.69
#      5     10          0.1      0.77        0.82  0.94          0.49
#      5      1          0.5      0.82        0.80  0.93          0.61
#      5     10          0.5      0.55        0.84  0.96          0.28
#      5     50          0.5      0.30        0.88  0.96          0.13
#     20     50          0.5      0.26        0.94  0.97          0.17
#   Two equal recipes                excludes .5
#      5     10            0      0.11
#      5     10          0.1      0.15
#      5     10          0.5      0.36
#   The same scores, the same random_state: 0.5914 to 0.6155; 0.5934 to 0.6169
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check rliable==1.2.0 arch==7.2.0 numpy==1.26.4 scipy==1.12.0 pandas==2.3.3
cat > intervals.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from rliable.library import get_interval_estimates
from rliable.metrics import aggregate_mean, probability_of_improvement
from scipy import stats

EXPERIMENTS, RESAMPLES, MEAN, SPREAD = 200, 200, 0.6, 0.05


def drawn(rng, runs, tasks, correlation):
    """Scores of shape (runs, tasks): in each row a part that belongs to the run and a part of each cell's own."""
    seed, cell = rng.normal(size=(runs, 1)), rng.normal(size=(runs, tasks))
    return MEAN + SPREAD * (correlation**0.5 * seed + (1 - correlation) ** 0.5 * cell)


def interval(scores, measure, **options):
    _, found = get_interval_estimates({"mean": scores}, lambda *one: np.array([measure(*one)]), reps=RESAMPLES, **options)
    return found["mean"][:, 0]


def by_t(scores):
    each = scores.mean(1)
    return stats.t.interval(0.95, len(each) - 1, each.mean(), stats.sem(each))


def line(runs, tasks, correlation):
    rng = np.random.default_rng(0)
    found = []
    for _ in range(EXPERIMENTS):
        scores = drawn(rng, runs, tasks, correlation)
        found.append([interval(scores, aggregate_mean), interval(scores.mean(1, keepdims=True), aggregate_mean), by_t(scores)])
    low, high = np.moveaxis(found, 2, 0)
    holds = ((low <= MEAN) & (MEAN <= high)).mean(0)
    width = np.median((high - low)[:, 0] / (high - low)[:, 2])
    print(f"{runs:4}{tasks:7}{correlation:13g}{holds[0]:10.2f}{holds[1]:12.2f}{holds[2]:6.2f}{width:14.2f}", flush=True)
    return holds


def improvement(first, second):
    """rliable's `probability_of_improvement` if no two scores are equal, without a Mann-Whitney test for every task."""
    return np.mean(first[:, None] > second)


def excludes(correlation):
    rng = np.random.default_rng(0)
    pairs = [[drawn(rng, 5, 10, correlation) for _ in "ab"] for _ in range(EXPERIMENTS)]
    assert np.isclose(improvement(*pairs[0]), probability_of_improvement(*pairs[0]))
    found = [interval(pair, improvement) for pair in pairs]
    share = np.mean([low > 0.5 or high < 0.5 for low, high in found])
    print(f"   5     10{correlation:13g}{share:10.2f}", flush=True)
    return share


np.random.seed(0)  # rliable's indices come from here
print(f"rliable {version('rliable')}               share that holds the true mean       width")
print("runs  tasks  correlation   rliable  one column     t  rliable / t")
apart = line(5, 10, 0)
slightly = line(5, 10, 0.1)
related = [line(5, tasks, 0.5) for tasks in (1, 10, 50)]
larger = line(20, 50, 0.5)
print("Two equal recipes                excludes .5")
equal = [excludes(correlation) for correlation in (0, 0.1, 0.5)]
scores = drawn(np.random.default_rng(0), 5, 10, 0)
first, second = (interval(scores, aggregate_mean, random_state=np.random.RandomState(0)) for _ in range(2))
print("The same scores, the same random_state:", "; ".join(f"{low:.4f} to {high:.4f}" for low, high in (first, second)))
as_seen = apart[0] > 0.8 and slightly[0] < apart[0] - 0.05 and related[1][0] < 0.7 and related[2][0] < 0.4 and larger[0] < 0.4
as_seen &= all(one[2] > 0.91 for one in (apart, slightly, *related, larger))
as_seen &= equal[2] > 0.25 and (first != second).all()
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore intervals.py
