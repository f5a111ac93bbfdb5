#!/usr/bin/env bash
# wandb 0.31.0: of a second curve in a run, only the values from the last step of the first curve on are kept.
#
# A run with several trainings logs each with the step of that training, from 0 on: `log({name: loss}, step=n)`. MLflow 3.17.2 and
# Trackio 0.43.0 keep every value at its step. W&B has one step for the whole run, and drops a value whose step is smaller than an
# earlier one's. The call returns as if the value were kept. A warning goes to the terminal, and there is none if the run is
# silent. Wrappers that give all trackers one `log(values, step)`, as accelerate does, lose the later curves only on W&B. What
# works there is to log the step as a value and to call `define_metric(name, step_metric=...)`.
#
# Seen with wandb 0.31.0, mlflow-skinny 3.17.2, trackio 0.43.0, Python 3.11 (two curves of 4 and 4 values):
#   wandb: first 4 of 4, second 1 of 4
#   wandb, with define_metric: first 4 of 4, second 4 of 4
#   mlflow: first 4 of 4, second 4 of 4
#   trackio: first 4 of 4, second 4 of 4
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check \
    wandb==0.31.0 mlflow-skinny==3.17.2 sqlalchemy==2.1.9 alembic==1.20.1 trackio==0.43.0
export WANDB_MODE=offline WANDB_SILENT=true MLFLOW_TRACKING_URI=sqlite:///mlflow.db TRACKIO_DIR="$work/trackio"
venv/bin/python - 2>/dev/null <<'PYTHON'
import struct
from pathlib import Path

import mlflow
import trackio
import wandb
from trackio.sqlite_storage import SQLiteStorage
from wandb.proto import wandb_internal_pb2

CURVES = ("first", "second")


def told(tracker, counts):
    print(f"{tracker}: " + ", ".join(f"{name} {counts[name]} of 4" for name in CURVES))
    return counts


def in_wandb(log, **settings):
    """Number of values of each curve in the file that W&B would send."""
    run = wandb.init(project="curves", **settings)
    log(run)
    run.finish()
    wandb.teardown()  # its background process writes the end of the file
    (path,) = Path(run.settings.sync_dir).glob("*.wandb")
    data, at, whole, names = path.read_bytes(), 7, b"", []
    while at + 7 <= len(data):  # a log of blocks, as in LevelDB
        if (left := 32768 - at % 32768) < 7:
            at += left
            continue
        _, length, kind = struct.unpack("<IHB", data[at : at + 7])
        whole += data[at + 7 : at + 7 + length]
        at += 7 + length
        if kind in (1, 4):
            record = wandb_internal_pb2.Record()
            record.ParseFromString(whole)
            names += [item.key or "/".join(item.nested_key) for item in record.history.item]
            whole = b""
    return {name: names.count(name) for name in CURVES}


def plain(run):
    for name in CURVES:
        for step in range(4):
            run.log({name: 1.0}, step=step)


def defined(run):
    for name in CURVES:
        run.define_metric(name, step_metric="training_step")
        for step in range(4):
            run.log({name: 1.0, "training_step": step})


assert told("wandb", in_wandb(plain)) == {"first": 4, "second": 1}
assert told("wandb, with define_metric", in_wandb(defined)) == {"first": 4, "second": 4}

with mlflow.start_run() as run:
    for name in CURVES:
        for step in range(4):
            mlflow.log_metrics({name: 1.0}, step=step)
client = mlflow.MlflowClient()
kept = {name: len(client.get_metric_history(run.info.run_id, name)) for name in CURVES}
assert told("mlflow", kept) == {"first": 4, "second": 4}

run = trackio.init(project="curves", name="curves", embed=False)
plain(run)
run.finish()
points = SQLiteStorage.get_logs("curves", run.name, run_id=run.id)
kept = {name: sum(name in point for point in points) for name in CURVES}
assert told("trackio", kept) == {"first": 4, "second": 4}
PYTHON
