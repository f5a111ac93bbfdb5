#!/usr/bin/env bash
# torchmetrics 1.9.0: AUROC, average precision and calibration error of the same logits depend on how they are cut into batches.
#
# These metrics accept logits and convert them to probabilities. Every `update` decides again whether its batch holds logits, by
# whether any value lies outside [0, 1]. Logits that all lie inside are taken as probabilities. This happens to a model at the
# start of its training, and to any model with small batches. An evaluation in batches then differs from one over all rows at
# once, without a warning. Even AUROC changes, which no monotone function should affect, because some rows go through the sigmoid
# and others do not. Accuracy over three labels does not change, because the order within a row stays. The remedy is to pass
# probabilities (`logits.softmax(1)`, `logits.sigmoid()`).
#
# Here: 100 rows of logits, 50 of which lie in [0, 1], in one update and in two updates of 50.
#
# Seen with Python 3.11, torch 2.13.0 (CPU):
#   torchmetrics 1.9.0, one batch and two:
#     calibration error, 3 labels: logits .2852 .4549, probabilities .2852 .2852
#     AUROC, 2 labels: logits .4771 .4529, probabilities .4771 .4771
#     average precision, 2 labels: logits .4306 .4250, probabilities .4306 .4306
#     accuracy, 3 labels: logits .3200 .3200, probabilities .3200 .3200
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 torchmetrics==1.9.0 numpy
cat > compared.py <<'PYTHON'
import sys

import torch
import torchmetrics
from torchmetrics.classification import Accuracy, BinaryAUROC, BinaryAveragePrecision, CalibrationError


def over(metric, rows, true, n_batches):
    metric.reset()
    for some, of_these in zip(rows.chunk(n_batches), true.chunk(n_batches), strict=True):
        metric.update(some, of_these)
    return metric.compute().item()


def drawn(shape, n_labels, seed):
    draw = torch.Generator().manual_seed(seed)
    logits = torch.cat([torch.rand(50, *shape, generator=draw), 3 * torch.randn(50, *shape, generator=draw)])
    return logits, torch.randint(0, n_labels, (100,), generator=draw)


(three, of_three), (two, of_two) = drawn((3,), 3, 0), drawn((), 2, 0)
works = [
    ("calibration error, 3 labels", CalibrationError(task="multiclass", num_classes=3), three, three.softmax(1), of_three, True),
    ("AUROC, 2 labels", BinaryAUROC(), two, two.sigmoid(), of_two, True),
    ("average precision, 2 labels", BinaryAveragePrecision(), two, two.sigmoid(), of_two, True),
    ("accuracy, 3 labels", Accuracy(task="multiclass", num_classes=3, average="micro"), three, three.softmax(1), of_three, False),
]
print(f"torchmetrics {torchmetrics.__version__}, one batch and two:")
as_seen = True
for name, metric, logits, shares, true, moves in works:
    (a, b), (c, d) = ([over(metric, rows, true, n) for n in (1, 2)] for rows in (logits, shares))
    print(f"  {name}: logits {a:.4f} {b:.4f}, probabilities {c:.4f} {d:.4f}")
    as_seen &= (abs(a - b) > 1e-3) == moves and abs(c - d) < 1e-6
sys.exit(not as_seen)
PYTHON
env/bin/python compared.py
