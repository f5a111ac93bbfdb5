"""What `--on ray` refuses, and how it says so."""

import importlib.util
from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.run.on_ray import work_on_ray
from scotoma.store.store import Store


def on_ray(tmp_path: Path, **needs: str) -> None:
    work_on_ray(tmp_path / "mine.json", Store(tmp_path), workers=1, device="cpu", needs=needs)


def test_without_ray_the_error_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ScotomaError, match=r"pip install 'scotoma\[ray\]'"):
        on_ray(tmp_path)


def test_without_a_cluster_the_error_says_how_to_start_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ray = pytest.importorskip("ray", reason="not here: ray (pip install 'scotoma[ray]')")

    def nowhere(**_: object) -> None:
        raise ConnectionError("Could not find any running Ray instance.")

    monkeypatch.setattr(ray, "init", nowhere)
    with pytest.raises(ScotomaError, match="ray start --head"):
        on_ray(tmp_path)


@pytest.mark.parametrize(
    "needs", [{"num_gpus": "one"}, {"gpus": "1"}, {"num_gpus": "-1"}, {"num_cpus": "nan"}]
)
def test_a_need_that_is_none_is_refused(tmp_path: Path, needs: dict[str, str]) -> None:
    with pytest.raises(ScotomaError, match="Write, for example, num_cpus=4,num_gpus=1"):
        on_ray(tmp_path, **needs)
