#!/usr/bin/env bash
# A Parquet file of `datasets` that passes through polars, pandas or DuckDB keeps its integer labels and loses their names.
#
# `datasets` stores the names of class labels in the schema's metadata (key `huggingface`), not in the values. The three writers
# below do not keep that metadata: whatever reads the result sees bare integers and has to guess their order.
#
# Seen with datasets 5.2.0, polars 2.1.0, pandas 3.1.1, duckdb 1.4.2, pyarrow 26.0.1, Python 3.11 (Linux):
#   names after polars: None; after pandas: None; after duckdb: None; the integers are the same in all
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    datasets==5.2.0 polars==2.1.0 pandas==3.1.1 duckdb==1.4.2 pyarrow==26.0.1
HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 venv/bin/python - <<'PYTHON'
import json

import datasets
import duckdb
import pandas
import polars
import pyarrow.parquet as pq

names = ["contradiction", "entailment", "neutral"]
features = datasets.Features(label=datasets.ClassLabel(names=names))
datasets.Dataset.from_dict({"label": [1, 0, 2]}, features=features).to_parquet("datasets.parquet")
polars.read_parquet("datasets.parquet").write_parquet("polars.parquet")
pandas.read_parquet("datasets.parquet").to_parquet("pandas.parquet")
duckdb.sql("COPY (SELECT * FROM 'datasets.parquet') TO 'duckdb.parquet'")


def names_in(path):
    said = (pq.read_schema(path).metadata or {}).get(b"huggingface")
    return json.loads(said)["info"]["features"]["label"]["names"] if said else None


assert names_in("datasets.parquet") == names
for tool in ("polars", "pandas", "duckdb"):
    path = f"{tool}.parquet"
    print(f"names after {tool}: {names_in(path)}; values {pq.read_table(path)['label'].to_pylist()}")
    assert names_in(path) is None
    assert pq.read_table(path)["label"].to_pylist() == [1, 0, 2]
PYTHON
