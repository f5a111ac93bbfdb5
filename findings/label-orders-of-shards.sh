#!/usr/bin/env bash
# datasets 5.2.0: if Parquet shards name their class labels in different orders, all are loaded with the names of the first shard,
# without a warning.
#
# `Dataset.to_parquet` stores class labels as integers, and their names in the file's schema (key `huggingface`). `load_dataset`
# uses the features of the first file for all files, so the integers of every other file are read under the wrong names. With
# three labels in another order, every row of the second shard gets a wrong label. `concatenate_datasets` refuses the same two
# data sets. Streaming behaves like `load_dataset`.
#
# Seen with datasets 5.2.0, pyarrow 26.0.1, Python 3.11 (Linux, CPU):
#   load_dataset: 3 of 6 rows have the label that was written; concatenate_datasets: ValueError
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check datasets==5.2.0 pyarrow==26.0.1
HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 venv/bin/python - <<'PYTHON'
import datasets


def written(names, path):
    features = datasets.Features(text=datasets.Value("string"), label=datasets.ClassLabel(names=names))
    rows = {"text": names, "label": list(range(len(names)))}  # every text is the name of its own label
    data = datasets.Dataset.from_dict(rows, features=features)
    data.to_parquet(path)
    return data


shards = ["train-00000-of-00002.parquet", "train-00001-of-00002.parquet"]
orders = [["contradiction", "entailment", "neutral"], ["entailment", "neutral", "contradiction"]]
parts = [written(names, path) for names, path in zip(orders, shards)]
for streaming in (False, True):
    loaded = datasets.load_dataset("parquet", data_files=shards, split="train", streaming=streaming, cache_dir="cache")
    names = loaded.features["label"].names
    right = [names[row["label"]] == row["text"] for row in loaded]
    print(f"datasets {datasets.__version__}, streaming={streaming}: {sum(right)} of {len(right)} labels are right")
    assert right == [True] * 3 + [False] * 3, right
try:
    datasets.concatenate_datasets(parts)
except ValueError as error:
    print("concatenate_datasets:", type(error).__name__)
else:
    raise AssertionError("concatenate_datasets no longer refuses")
PYTHON
