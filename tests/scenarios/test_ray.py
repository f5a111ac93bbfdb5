"""A study on a Ray cluster of two nodes: the same as on one machine."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from scotoma.experiment import plan
from scotoma.store.store import Store
from scotoma.study.file import load_study

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        importlib.util.find_spec("ray") is None, reason="not here: ray (pip install 'scotoma[ray]')"
    ),
]

SMALL = Path(__file__).parent / "small_study.yaml"


@pytest.fixture(scope="module")
def cluster() -> Iterator[dict[str, str]]:
    """The environment in which `--on ray` finds a cluster of two nodes with a core each."""
    # On loopback: Ray prefers another interface, which may be closed. Read when it is imported.
    os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "object_store_memory": 80 * 2**20}
    cluster = Cluster(initialize_head=True, head_node_args={**node, "include_dashboard": False})
    try:
        cluster.add_node(**node)
        cluster.wait_for_nodes()
        yield {**os.environ, "RAY_ADDRESS": cluster.address, "OMP_NUM_THREADS": "1"}
    finally:
        cluster.shutdown()


def scotoma(environment: dict[str, str], *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "scotoma", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_two_nodes_give_the_bytes_of_one_machine_and_the_report_follows(
    cluster: dict[str, str], tmp_path: Path
) -> None:
    settings = yaml.safe_load(SMALL.read_text(encoding="utf8"))
    for part in ("generator", "screening", "heuristic", "labeller", "claims"):
        del settings[part]
    study = tmp_path / "few.yaml"
    study.write_text(yaml.safe_dump(settings | {"arms": ["none", {"original": 15}]}), encoding="utf8")
    here, there = tmp_path / "here", tmp_path / "there"
    assert scotoma(cluster, "run", study, "--store", here, "--out", tmp_path / "a").returncode == 0
    ray = ["--on", "ray", "--workers", "2", "--ray-options", "num_cpus=1"]
    ended = scotoma(cluster, "run", study, "--store", there, "--out", tmp_path / "b", *ray)
    assert ended.returncode == 0, ended.stderr
    steps = [step for step in plan(load_study(str(study))).steps if step.stage == "predict"]
    assert len(steps) == 4
    for step in steps:
        one, other = (Store(store).folder(step) / "predictions.parquet" for store in (here, there))
        assert one.read_bytes() == other.read_bytes()
    assert (tmp_path / "b" / "index.html").is_file()
    assert list(there.rglob("*.pkl")) == []


def test_a_failing_worker_ends_the_run_with_its_cause(cluster: dict[str, str], tmp_path: Path) -> None:
    study = tmp_path / "wild.yaml"
    text = SMALL.read_text(encoding="utf8").replace("learning_rate: 1.0e-3", "learning_rate: 1.0e+18")
    study.write_text(text.replace("  - file: more.tsv\n", ""), encoding="utf8")
    ended = scotoma(cluster, "run", study, "--store", tmp_path / "store", "--on", "ray")
    assert ended.returncode == 2
    assert "a worker failed" in ended.stderr
    assert "Lower the learning rate" in ended.stderr
