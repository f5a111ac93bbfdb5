#!/usr/bin/env bash
# arena-rank 0.1.1: `ContextualBradleyTerry` keeps nine tenths of what models gain by longer answers in their ratings, however many votes
# there are.
#
# arena-rank rates models by pairs of answers, as for LMArena's leaderboard. `ContextualBradleyTerry` is its "style control": it estimates
# ratings together with coefficients of features, such as the difference in length, so that a model does not win by writing more. Its
# default is reg=1: half the sum of the squared coefficients is added to the loss. The loss is the mean over votes, not the sum, so the
# penalty does not fade with more votes: the second derivative of the loss by a coefficient of a normalised feature is at most .25, and
# there it stands against 1. One such coefficient comes out at a fifth of its value at most, at less the more of the feature belongs to
# the models, and the ratings take the rest. The Hessian of the intervals leaves the penalty out. The package's notebook of LMArena's
# votes uses the default, and says that the coefficients are estimated by maximum likelihood.
# Use reg=0: `ContextualBradleyTerry(n_competitors, n_features, reg=0)`.
#
# Here: five models; the shorter the answers, the better the model, by 5 points from one to the next. An answer that is longer than the
# other by one standard deviation of that difference adds .25 to the log-odds of winning. Eight draws of votes for each line. By
# `BradleyTerry`, and by `ContextualBradleyTerry` with its default and with reg=0: the mean rating of the model with
# the shortest answers minus that of the one with the longest (true: 20), the mean coefficient of the length (true: .25), and the share of
# the 95 % intervals that hold the true rating.
#
# Seen with Python 3.11, jax 0.8.1, optax 0.2.8, numpy 2.3.3, pandas 3.1.1:
#   arena-rank 0.1.1  shortest minus longest          coefficient   share that holds the true rating
#    votes    BradleyTerry  default  reg=0      default  reg=0    BradleyTerry  default  reg=0
#     2000             -29      -24     25        0.023  0.235            0.55     0.70   0.97
#    50000             -37      -32     20        0.025  0.248            0.20     0.20   0.90
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check arena-rank==0.1.1 jax==0.8.1 optax==0.2.8 numpy==2.3.3 pandas==3.1.1
cat > rated.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from arena_rank.models.bradley_terry import BradleyTerry
from arena_rank.models.contextual_bradley_terry import ContextualBradleyTerry
from arena_rank.utils.data_utils import ContextualPairDataset, PairDataset

DRAWS, EFFECT, POINT = 8, 0.25, np.log(10) / 400  # log-odds of one point
LENGTHS = np.linspace(-1, 1, 5)
RATINGS = 1000 - 10 * LENGTHS
WAYS = ("BradleyTerry", "default", "reg=0")


def votes(rng, number):
    first = rng.integers(len(LENGTHS), size=number)
    second = (first + rng.integers(1, len(LENGTHS), size=number)) % len(LENGTHS)
    longer = LENGTHS[first] - LENGTHS[second] + rng.normal(size=number)
    longer = (longer - longer.mean()) / longer.std()
    log_odds = POINT * (RATINGS[first] - RATINGS[second]) + EFFECT * longer
    won = rng.random(number) < 1 / (1 + np.exp(-log_odds))
    names = np.array([f"model {one}" for one in range(len(LENGTHS))])
    winner = np.where(won, "model_a", "model_b")
    return pd.DataFrame({"model_a": names[first], "model_b": names[second], "winner": winner, "longer": longer})


def rated(way, table):
    """Shortest minus longest in points, the coefficient, and which intervals hold the true rating."""
    if way == "BradleyTerry":
        data, model = PairDataset.from_pandas(table), BradleyTerry(len(LENGTHS))
    else:
        data = ContextualPairDataset.from_pandas(table, feature_cols=["longer"])
        model = ContextualBradleyTerry(len(LENGTHS), 1, **({"reg": 0.0} if way == "reg=0" else {}))
    found = {name: np.asarray(values) for name, values in model.compute_ratings_and_cis(data).items()}
    assert abs(found["ratings"].mean() - 1000) < 0.01
    holds = (found["rating_lower"] <= RATINGS) & (RATINGS <= found["rating_upper"])
    return found["ratings"][0] - found["ratings"][-1], found.get("coeffs", [np.nan])[0], holds.mean()


def line(number):
    rng = np.random.default_rng(0)
    tables = [votes(rng, number) for _ in range(DRAWS)]
    found = np.array([[rated(way, table) for way in WAYS] for table in tables])
    shorter, coefficient, holds = found.mean(0).T
    numbers = f"{shorter[0]:16.0f}{shorter[1]:9.0f}{shorter[2]:7.0f}{coefficient[1]:13.3f}{coefficient[2]:7.3f}"
    print(f"{number:6}{numbers}{holds[0]:16.2f}{holds[1]:9.2f}{holds[2]:7.2f}", flush=True)
    return shorter, coefficient, holds


print(f"arena-rank {version('arena-rank')}  shortest minus longest          coefficient   share that holds the true rating")
print(" votes    BradleyTerry  default  reg=0      default  reg=0    BradleyTerry  default  reg=0")
few, many = (line(number) for number in (2000, 50000))
as_seen = all(shorter[1] < 0.8 * shorter[0] < 0 and coefficient[1] < EFFECT / 5 for shorter, coefficient, _ in (few, many))
as_seen &= abs(many[0][2] - 20) < 4 and abs(many[1][2] - EFFECT) < 0.01 and many[2][1] < 0.5 and min(few[2][2], many[2][2]) > 0.85
sys.exit(not as_seen)
PYTHON
OMP_NUM_THREADS=1 env/bin/python -W ignore rated.py
