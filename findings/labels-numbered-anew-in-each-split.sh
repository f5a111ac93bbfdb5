#!/usr/bin/env bash
# datasets 5.2.0: `DatasetDict.class_encode_column` numbers the labels of each split by themselves, and sorts integers as words.
#
# `class_encode_column("label")` turns a column of labels into class labels: integers, with their names in the features. Called on
# all splits at once it looks like one encoding, and the example in its documentation shows one. Each split is encoded alone, by
# the sorted list of the labels that occur in it. If a test split lacks a label, every label after it in the alphabet gets a number
# that is one too small, and what reads the integers (a Trainer, a metric) compares different labels. A test set made for one
# shortcut often lacks a label, and so may a small or a generated training split. Integers are sorted as words, 0, 1, 10, 11, 2, so
# with twelve labels 2 becomes 4. A stratified split accepts only class labels, so a training set is encoded for it; if the test set
# keeps its integers, most of them then mean another label. There is no warning. With names that are given, `cast_column("label",
# ClassLabel(names=[...]))`, the numbers are the same everywhere.
#
# Here: a bag-of-words classifier (logistic regression). First three labels, with a test set that has rows of two of them; then
# twelve labels that are integers, with a test set that keeps them. Accuracy by the integers, and by the names of the same answers.
#
# Seen with Python 3.11, scikit-learn 1.9.1:
#   datasets 5.2.0:
#     validation  0 contradiction, 1 entailment, 2 neutral   accuracy by the numbers 0.94, by the names 0.94
#     blind spot  0 entailment, 1 neutral                    accuracy by the numbers 0.04, by the names 0.94
#     blind spot  with names that are given: accuracy by the numbers 0.94
#     twelve labels: 0 1 10 11 2 3 4 5 6 7 8 9
#     held out 0.93; test set by its own integers 0.15, by the names 0.92
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check datasets==5.2.0 scikit-learn==1.9.1
cat > encoded.py <<'PYTHON'
import random
import sys

import datasets
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

datasets.disable_progress_bars()
NLI = ["contradiction", "entailment", "neutral"]


def rows(n, labels, of, seed):
    """Texts of eight words, one of which tells the label most of the time; labels are `of` the task, only `labels` occur."""
    draw, table = random.Random(seed), {"text": [], "label": []}
    for _ in range(n):
        label = draw.choice(labels)
        sign = of.index(label) if draw.random() < 0.9 else draw.randrange(len(of))
        words = [f"sign{sign}", *(f"word{draw.randrange(50)}" for _ in range(7))]
        draw.shuffle(words)
        table["text"].append(" ".join(words))
        table["label"].append(label)
    return datasets.Dataset.from_dict(table)


def answers(train, test):
    model = make_pipeline(CountVectorizer(), LogisticRegression(max_iter=1000)).fit(list(train["text"]), list(train["label"]))
    return model.predict(list(test["text"])).tolist()


def share(pairs):
    return sum(one == other for one, other in pairs) / len(pairs)


print(f"datasets {datasets.__version__}:")
splits = datasets.DatasetDict(
    {"train": rows(2000, NLI, NLI, 1), "validation": rows(500, NLI, NLI, 2), "blind spot": rows(500, NLI[1:], NLI, 3)}
)
encoded = splits.class_encode_column("label")
known, by_split = encoded["train"].features["label"].names, {}
for name, split in list(encoded.items())[1:]:
    found, names = answers(encoded["train"], split), split.features["label"].names
    by_number = share(list(zip(found, split["label"], strict=True)))
    by_name = share([(known[one], names[gold]) for one, gold in zip(found, split["label"], strict=True)])
    by_split[name] = by_number, by_name
    print(f"  {name:10}  {', '.join(f'{place} {label}' for place, label in enumerate(names)):41}", end="")
    print(f"  accuracy by the numbers {by_number:.2f}, by the names {by_name:.2f}")

given = splits.cast_column("label", datasets.ClassLabel(names=NLI))
with_names = share(list(zip(answers(given["train"], given["blind spot"]), given["blind spot"]["label"], strict=True)))
print(f"  blind spot  with names that are given: accuracy by the numbers {with_names:.2f}")

numbers = list(range(12))
train, test = rows(4000, numbers, numbers, 4), rows(1000, numbers, numbers, 5)
part = train.class_encode_column("label").train_test_split(test_size=0.25, stratify_by_column="label", seed=0)
names = part["train"].features["label"].names
print(f"  twelve labels: {' '.join(names)}")
kept, new = answers(part["train"], part["test"]), answers(part["train"], test)
held_out = share(list(zip(kept, part["test"]["label"], strict=True)))
by_number = share(list(zip(new, test["label"], strict=True)))
by_name = share([(names[one], str(gold)) for one, gold in zip(new, test["label"], strict=True)])
print(f"  held out {held_out:.2f}; test set by its own integers {by_number:.2f}, by the names {by_name:.2f}")
as_seen = by_split["blind spot"][0] < 0.2 and by_split["blind spot"][1] > 0.85 and len(set(by_split["validation"])) == 1
as_seen &= with_names == by_split["blind spot"][1] and names[2:4] == ["10", "11"]
as_seen &= held_out > 0.85 and by_number < 0.25 and by_name > 0.85
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 HF_HOME=hub env/bin/python -W ignore encoded.py
