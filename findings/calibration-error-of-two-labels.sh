#!/usr/bin/env bash
# torchmetrics 1.9.0: with two labels, `CalibrationError(task="binary")` and `task="multiclass", num_classes=2` are different
# measures.
#
# With `multiclass` the confidence is the probability of the answer, and it is compared with how often the answer is right. With
# `binary` it is the probability of label 1, and it is compared with how often label 1 is true: a row with probability .1 is in
# the bin of .1, not in the bin of .9. Errors on the two sides then add up that would cancel in the bin of their confidence. The
# same model on the same rows can therefore have an error of .10 by one measure and 0 by the other. For a task with two labels
# (HANS, QQP, PAWS) a calibration error is meaningless unless it says which one it is. This holds with 15 bins, 10 bins, or any
# other number.
#
# Here the model gives label 1 a probability of .9 on 500 rows, and it is true of 400 of them. On 500 others it gives .1, and
# label 1 is true of none.
#
# Seen with Python 3.11, torch 2.13.0 (CPU):
#   torchmetrics 1.9.0: 1,000 rows of two labels: binary .1000, multiclass .0000
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
from torchmetrics.classification import CalibrationError

p = torch.tensor([0.9] * 500 + [0.1] * 500)
true = torch.tensor([1] * 400 + [0] * 600)
binary = CalibrationError(task="binary", n_bins=10)(p, true).item()
multiclass = CalibrationError(task="multiclass", num_classes=2, n_bins=10)(torch.stack([1 - p, p], 1), true).item()
print(f"torchmetrics {torchmetrics.__version__}: 1,000 rows of two labels: binary {binary:.4f}, multiclass {multiclass:.4f}")
sys.exit(not (abs(binary - 0.1) < 1e-3 and multiclass < 1e-3))
PYTHON
env/bin/python compared.py
