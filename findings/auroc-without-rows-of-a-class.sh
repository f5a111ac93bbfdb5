#!/usr/bin/env bash
# torchmetrics 1.9.0: the AUROC of a class without rows is 0 and counts in the mean; average precision leaves the class out.
#
# A test set made for one shortcut lacks some labels: a cell of HANS has one label, and a three-way model is tested on rows of
# two. AUROC is then not defined. torchmetrics warns once and gives 0, the value of a model that ranks everything the wrong way
# round. For rows of one label `BinaryAUROC` is 0.0. `MulticlassAUROC` with its default, macro, includes the 0 in the mean, so a
# good model falls from .97 to .64 because of a label that does not occur. `average="weighted"` is right.
# `MulticlassAveragePrecision` gives nan for the class and leaves it out.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), 200 rows of labels 0 and 1, a model of three labels:
#   torchmetrics 1.9.0: AUROC of each .970 .964 .000, macro .645, weighted .967; average precision of each .974 .967 nan, macro .970
#   torchmetrics 1.9.0: binary AUROC of rows of one label .000
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 torchmetrics==1.9.0 numpy
cat > compared.py <<'PYTHON'
import sys
import warnings

import torch
import torchmetrics
from torchmetrics.classification import BinaryAUROC, MulticlassAUROC, MulticlassAveragePrecision

warnings.simplefilter("ignore", UserWarning)
draw = torch.Generator().manual_seed(0)
true = torch.randint(0, 2, (200,), generator=draw)
logits = torch.randn(200, 3, generator=draw)
logits[range(200), true] += 2
shares = logits.softmax(1)


def of(metric, average):
    found = metric(num_classes=3, average=average)(shares, true)
    return found.tolist() if average is None else [found.item()]


def told(values):
    return " ".join(f"{value:.3f}".replace("0.", ".") for value in values)


auroc = {average: of(MulticlassAUROC, average) for average in (None, "macro", "weighted")}
precision = {average: of(MulticlassAveragePrecision, average) for average in (None, "macro")}
one = BinaryAUROC()(torch.rand(10, generator=draw), torch.ones(10, dtype=torch.long)).item()
version = f"torchmetrics {torchmetrics.__version__}"
print(
    f"{version}: AUROC of each {told(auroc[None])}, macro {told(auroc['macro'])}, weighted {told(auroc['weighted'])}; "
    f"average precision of each {told(precision[None])}, macro {told(precision['macro'])}"
)
print(f"{version}: binary AUROC of rows of one label {told([one])}")
as_seen = auroc[None][2] == 0 and auroc["macro"][0] < 0.7 and auroc["weighted"][0] > 0.95
as_seen &= precision["macro"][0] > 0.95 and one == 0
sys.exit(not as_seen)
PYTHON
env/bin/python compared.py
