#!/usr/bin/env bash
# crowd-kit 1.4.2: if judges share a bias, `DawidSkene` stops after two steps and returns hardly more than the majority vote.
#
# Dawid and Skene's model estimates each judge's errors together with the true labels. So it can correct a bias that most judges
# share, which a majority vote cannot. It is fitted by EM, in which the likelihood never falls. crowd-kit stops when a lower bound
# of it rises by less than `tol`, but its bound counts the shares of the labels once per answer, where the model has them once per
# row. With several judges these terms outweigh the others. If most judges say "entailment" too often, the majority vote's shares
# are unequal. As EM makes them more equal, the bound falls, and the second step is the last, without a warning. The labels, the
# shares and the judges' error rates are then nearly those of the majority vote, and a paper reports that the model does not help.
# If errors favour no label, the result is right. `OneCoinDawidSkene` stops by the same bound.
# Use `DawidSkene(tol=-math.inf, n_iter=500)`, which makes all its steps.
#
# Here: 1,000 rows, half of them entailed, and five judges. With a shortcut, each is right on 90 % of the entailed rows and calls 45
# to 65 % of the others entailed; without a bias, their errors favour no label. Means over ten draws: accuracy of the labels, the
# judges' rate of "entailment" on rows that are not entailed, and crowd-kit's number of steps. Then the first draw with the shortcut
# step by step: the log likelihood of crowd-kit's estimates, its bound, and the bound with the shares once per row.
#
# Seen with Python 3.11, numpy 2.4.6, pandas 3.1.1:
#   crowd-kit 1.4.2: accuracy of labels      wrong 'entailment', by
#   judges      majority  default    EM     truth  majority  default    EM   steps
#   shortcut        .693     .695  .821      .553      .330     .464  .556     2.0
#   no bias         .862     .861  .860      .283      .245     .280  .281    34.6
#   step  log likelihood  its bound  with shares once per row  accuracy
#      1         -2883.7    -5327.0                   -2886.6      .677
#      2         -2880.5    -5364.7                   -2881.8      .677
#      3         -2878.8    -5399.9                   -2879.6      .730
#     10         -2872.1    -5559.6                   -2872.4      .806
#    100         -2865.4    -5597.4                   -2865.4      .816
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check crowd-kit==1.4.2 numpy==2.4.6 pandas==3.1.1
cat > judged.py <<'PYTHON'
import math
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from crowdkit.aggregation import DawidSkene, MajorityVote

ROWS, DRAWS, TINY = 1000, 10, 1e-10
# Per judge, the share of "entailment" (label 0) on entailed rows and on the others.
SHORTCUT = [(0.9, 0.65), (0.9, 0.6), (0.9, 0.55), (0.9, 0.5), (0.9, 0.45)]
NO_BIAS = [(0.7, 0.3), (0.75, 0.25), (0.8, 0.2), (0.7, 0.3), (0.65, 0.35)]


def drawn(judges, seed):
    """The true labels and the judges' labels, of shape (ROWS, judges)."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(2, size=ROWS)
    entailment = np.array(judges)[:, truth].T
    return truth, (rng.random((ROWS, len(judges))) >= entailment).astype(int)


def table(answers):
    rows, judges = np.indices(answers.shape)
    return pd.DataFrame({"task": rows.ravel(), "worker": judges.ravel(), "label": answers.ravel()})


def likelihoods(answers, shares, errors):
    """log p(answers of a row, its label), of shape (ROWS, 2); errors[judge, answer, label]."""
    judges = range(answers.shape[1])
    return np.log(shares) + sum(np.log(errors[judge][answers[:, judge]]) for judge in judges)


def by_em(answers):
    """Dawid-Skene by EM from the majority vote's shares, until the log likelihood gains less than 1e-8 a row."""
    given = np.eye(2)[answers]
    labels, before = given.mean(1), -math.inf
    while True:
        errors = np.einsum("rjk,rl->jkl", given, labels).clip(TINY)
        errors /= errors.sum(1, keepdims=True)
        joint = likelihoods(answers, labels.mean(0), errors)
        each = np.logaddexp(*joint.T)
        assert each.sum() > before - 1e-6
        if each.sum() - before < 1e-8 * ROWS:
            return labels, errors
        labels, before = np.exp(joint - each[:, None]), each.sum()


def matrices(model, n_judges):
    return model.errors_.sort_index()[[0, 1]].to_numpy().reshape(n_judges, 2, 2)


def short(number):
    return f"{number:.3f}".lstrip("0")


def line(name, judges):
    found = []
    for seed in range(DRAWS):
        truth, answers = drawn(judges, seed)
        data = table(answers)
        majority = MajorityVote().fit(data).labels_.sort_index().to_numpy()
        by_default = DawidSkene().fit(data)
        labels = by_default.labels_.sort_index().to_numpy()
        right, errors = by_em(answers)
        row = [np.mean(one == truth) for one in (majority, labels, right.argmax(1))]
        wrong = answers[truth == 1] == 0, answers[majority == 1] == 0
        row += [wrong[0].mean(), wrong[1].mean(), matrices(by_default, len(judges))[:, 0, 1].mean(), errors[:, 0, 1].mean()]
        found.append([*row, len(by_default.loss_history_)])
    means = np.mean(found, axis=0)
    told = "".join(f"{short(one):>{width}}" for one, width in zip(means[:-1], (11, 9, 6, 10, 10, 9, 6)))
    print(f"{name:9}{told}{means[-1]:8.1f}", flush=True)
    return means


print(f"crowd-kit {version('crowd-kit')}: accuracy of labels      wrong 'entailment', by")
print("judges      majority  default    EM     truth  majority  default    EM   steps")
shortcut, no_bias = line("shortcut", SHORTCUT), line("no bias", NO_BIAS)
truth, answers = drawn(SHORTCUT, 0)
n_judges, data = len(SHORTCUT), table(answers)
print("step  log likelihood  its bound  with shares once per row  accuracy")
rising, stepwise = [], []
for n_steps in (1, 2, 3, 10, 100):
    model = DawidSkene(tol=-math.inf, n_iter=n_steps).fit(data)
    shares, errors = model.priors_[[0, 1]].to_numpy(), matrices(model, n_judges)
    labels = model.probas_.sort_index()[[0, 1]].to_numpy()
    joint = likelihoods(answers, shares, errors)
    right = np.sum(labels * (joint - np.log(labels)))
    # What crowd-kit adds: the shares again, for every answer of a row but the first.
    again = (n_judges - 1) * np.sum(labels * np.log(shares))
    bound = model.loss_history_[-1] * len(data)
    assert np.isclose(bound, right + again)
    rising.append((np.logaddexp(*joint.T).sum(), bound, right))
    stepwise.append(np.mean(labels.argmax(1) == truth))
    print(f"{n_steps:4} {rising[-1][0]:15.1f} {bound:10.1f} {right:25.1f} {short(stepwise[-1]):>9}", flush=True)
likelihood, bound, right = np.diff(rising, axis=0).T
as_seen = (likelihood > 0).all() and (right > 0).all() and bound[0] < 0
as_seen &= shortcut[1] - shortcut[0] < 0.03 and shortcut[2] - shortcut[0] > 0.1 and shortcut[-1] < 3
as_seen &= abs(no_bias[1] - no_bias[2]) < 0.01 and stepwise[-1] - stepwise[1] > 0.1
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore judged.py
