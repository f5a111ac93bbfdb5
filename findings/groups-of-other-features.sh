#!/usr/bin/env bash
# mlxtend 0.25.0: `feature_importance_permutation` shuffles the first columns in place of a group's, and leaves them shuffled in the
# caller's data, so a group that a model relies on seems useless, or every feature important.
#
# With `feature_groups`, several columns, such as those of a one-hot encoding, are meant to be shuffled as one feature. For a group
# of k columns the loop runs over the numbers 0 to k-1 and shuffles the columns with these numbers, not those of the group; then it
# restores the columns of the group, which it has not touched. So the importance of any group of two columns is that of the first
# two, and from then on, in all later features and rounds and in the array that was passed, which is not copied, the first columns
# are noise. Every later importance contains what the first columns are worth, and whoever evaluates the model on the same
# array afterwards gets another accuracy. Only a group that is itself the first columns comes out right. Permute the rows of a group
# yourself, as below, or pass single columns only.
#
# Here: 2,000 rows of five independent features. A model that relies on columns 3 and 4, and one that relies on column 0, each with
# the groups 0, 1, 2 and (3, 4), ten rounds; the accuracy that is lost by permuting each, by mlxtend and by hand (the rows
# of a group together); and the model's accuracy on the same array before and after that.
#
# Seen with Python 3.11, numpy 2.4.6, scikit-learn 1.9.1:
#   mlxtend 0.25.0                     0      1      2  (3, 4)   accuracy before, after
#   relies on 3 and 4   mlxtend     0.00   0.00   0.00    0.00              1.00   1.00
#                       by hand     0.00   0.00   0.00    0.50              1.00   1.00
#   relies on 0         mlxtend     0.50   0.45   0.45    0.49              1.00   0.51
#                       by hand     0.50   0.00   0.00    0.00              1.00   1.00
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check mlxtend==0.25.0 numpy==2.4.6 scikit-learn==1.9.1 scipy==1.17.1 pandas==3.1.1
cat > groups.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from mlxtend.evaluate import feature_importance_permutation

ROUNDS, GROUPS = 10, [0, 1, 2, [3, 4]]
MODELS = {
    "relies on 3 and 4": lambda rows: (rows[:, 3] + rows[:, 4] > 0).astype(int),
    "relies on 0": lambda rows: (rows[:, 0] > 0).astype(int),
}


def by_mlxtend(rows, labels, model):
    return feature_importance_permutation(rows, labels, model, "accuracy", num_rounds=ROUNDS, feature_groups=GROUPS, seed=0)[0]


def by_hand(rows, labels, model):
    draw = np.random.default_rng(0)
    lost = np.zeros(len(GROUPS))
    for number, columns in enumerate(GROUPS):
        for _ in range(ROUNDS):
            permuted = rows.copy()
            permuted[:, columns] = rows[draw.permutation(len(rows))][:, columns]
            lost[number] += np.mean(model(rows) == labels) - np.mean(model(permuted) == labels)
    return lost / ROUNDS


data = np.random.default_rng(0).normal(size=(2000, 5))
print(f"mlxtend {version('mlxtend')}                     0      1      2  (3, 4)   accuracy before, after")
lost, after = {}, {}
for name, model in MODELS.items():
    for way, importance in (("mlxtend", by_mlxtend), ("by hand", by_hand)):
        rows = data.copy()
        labels = model(rows)
        before = np.mean(model(rows) == labels)
        lost[name, way] = importance(rows, labels, model)
        after[name, way] = np.mean(model(rows) == labels)
        shown = "".join(f"{value + 0.0:7.2f}" for value in lost[name, way][:3]) + f"{lost[name, way][3] + 0.0:8.2f}"
        print(f"{name if way == 'mlxtend' else '':20}{way:9}{shown}{before:18.2f}{after[name, way]:7.2f}")
two, one = MODELS
as_seen = lost[two, "mlxtend"][3] == 0 and lost[two, "by hand"][3] > 0.4
as_seen = as_seen and min(lost[one, "mlxtend"]) > 0.4 and max(lost[one, "by hand"][1:]) == 0 and after[one, "mlxtend"] < 0.6
sys.exit(not as_seen)
PYTHON
env/bin/python groups.py
