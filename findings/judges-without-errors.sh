#!/usr/bin/env bash
# skweak 0.3.3: with ten or more votes a row, `NaiveBayes` takes every labelling function for infallible, and with 41 it leaves two
# thirds of the rows without a label.
#
# `NaiveBayes` is skweak's model for labels of texts. Labelling functions (rules, classifiers, judges) vote on each row; EM estimates
# how often each is right, and so how much its vote counts. The first step counts each row once, by the shares of its votes. The later
# steps count it by the joint probability of a label and the row's votes, which is not divided by its sum over the labels. It has a
# factor for every vote, so a row counts less the more votes it has, and almost nothing if they disagree. What remains is the prior:
# ten rows of each label on which the function is right. So a function that guesses is taken for infallible too, the label is that of the
# majority, and its probability is near 1 whatever it is worth. With 30 votes or more, 15 of them on either side, both joint
# probabilities fall below 1e-100, which is added to their sum before the division. Then no label has a probability above .5, the
# document gets no label, and the row is lost. Nothing warns. `HMM`, for labels of tokens, does divide.
# Use a subclass whose step takes the probabilities from `get_posteriors`, which divides (`Divided` below, ten lines).
#
# Here: 400 rows with two labels. A fifth of the judges are right in 90 of 100 votes, the others in 55. Accuracy of the labels (a row
# without a label is wrong); how often the weak judges are right according to the model; the mean probability
# of the labels it gives; and rows without a label.
#
# Seen with Python 3.11, spacy 3.8.18, hmmlearn 0.3.3, numpy 2.4.6, pandas 3.1.1:
#   skweak 0.3.3      accuracy      weak judges right    mean probability    without a label
#   judges  majority  NaiveBayes  Divided  NaiveBayes  Divided  NaiveBayes  Divided  NaiveBayes  Divided
#        5      .738        .738     .785        .988     .624        .975     .753           0        0
#       11      .807        .810     .935       1.000     .594        .992     .916           0        0
#       21      .873        .873     .973       1.000     .577       1.000     .981           0        0
#       41      .940        .323     .998       1.000     .568        .994     .998         271        0
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check skweak==0.3.3 spacy==3.8.18 hmmlearn==0.3.3 numpy==2.4.6 pandas==3.1.1
cat > voted.py <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import spacy
from skweak.generative import NaiveBayes
from skweak.voting import MajorityVoter
from spacy.tokens import Doc, Span

ROWS, LABELS, GOOD, WEAK = 400, ["no", "yes"], 0.9, 0.55
WORDS = spacy.blank("en").vocab


class Divided(NaiveBayes):
    """Counts each row once: its probabilities of the labels add up to 1."""

    def _accumulate_statistics(self, X):
        labels = self.get_posteriors(X)
        self.state_counts += labels.sum(axis=0)
        for source in X:
            self.emit_counts[source] += labels.T @ X[source]
        for one, other in self.corr_counts:
            if one in X and other in X:
                self.corr_counts[one, other] += X[other].T @ X[one]
        return 0.0


def texts(votes):
    """A document of one word per row; votes[row, judge] is a label."""
    for row in votes:
        text = Doc(WORDS, words=["text"])
        for judge, vote in enumerate(row):
            text.spans[f"judge {judge:02} of {len(row)}"] = [Span(text, 0, 1, label=LABELS[vote])]
        yield text


def labelled(model, votes):
    """The label of each row (-1 for none) and its probability."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        rows = model.fit_and_aggregate(texts(votes))
    spans = [row.spans["label"] for row in rows]
    given = np.array([LABELS.index(one[0].label_) if len(one) else -1 for one in spans])
    chances = [max(one.attrs["probs"][0, 1].values()) for one in spans if len(one)]
    return given, np.mean(chances)


def short(number):
    return f"{number:.3f}".lstrip("0")


def line(n_judges):
    rng = np.random.default_rng(0)
    n_good = n_judges // 5
    truth = rng.integers(2, size=ROWS)
    right = rng.random((ROWS, n_judges)) < np.repeat([GOOD, WEAK], [n_good, n_judges - n_good])
    votes = np.where(right, truth[:, None], 1 - truth[:, None])
    accuracy, said, chance, without = [], [], [], []
    for kind in (MajorityVoter, NaiveBayes, Divided):
        model = kind("label", labels=LABELS)
        given, probability = labelled(model, votes)
        accuracy.append(np.mean(given == truth))
        chance.append(probability)
        without.append(np.sum(given < 0))
        if kind is not MajorityVoter:
            weak = sorted(model.emit_probs)[n_good:]
            said.append(np.mean([np.diag(model.emit_probs[judge]) for judge in weak]))
    numbers = zip([*accuracy, *said, *chance[1:]], (10, 12, 9, 12, 9, 12, 9))
    told = "".join(f"{short(one):>{width}}" for one, width in numbers)
    print(f"{n_judges:6}{told}{without[1]:12}{without[2]:9}", flush=True)
    return accuracy, said, chance, without


print(f"skweak {version('skweak')}      accuracy      weak judges right    mean probability    without a label")
print("judges  majority  NaiveBayes  Divided  NaiveBayes  Divided  NaiveBayes  Divided  NaiveBayes  Divided")
few, some, many, most = (line(n_judges) for n_judges in (5, 11, 21, 41))
as_seen = all(said[0] > 0.9 and abs(said[1] - WEAK) < 0.15 for _, said, _, _ in (few, some, many, most))
as_seen &= all(accuracy[2] - accuracy[1] > 0.04 for accuracy, *_ in (some, many, most))
as_seen &= all(chance[1] - accuracy[1] > 0.1 for accuracy, _, chance, _ in (few, some, many))
as_seen &= most[3][1] > ROWS / 4 and not most[3][2]
sys.exit(not as_seen)
PYTHON
env/bin/python -W ignore voted.py
