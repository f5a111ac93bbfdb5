"""What `make chaos` relies on, and a short one."""

import random
from pathlib import Path

import pytest

from chaos.__main__ import different, harm
from chaos.damage import KINDS, damage
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from small_study import without_generator
from toy import Number


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_every_kind_of_damage_is_found_by_the_checksums(kind: object, seed: int, tmp_path: Path) -> None:
    store, step = Store(tmp_path / "store"), Number(value=12345)
    store.make(step, Runtime())
    file = store.folder(step) / "number.txt"
    file.chmod(0o600)
    file.parent.chmod(0o700)
    kind(file, random.Random(seed))  # type: ignore[operator]
    assert store.verify(step) != []


def test_the_same_seed_damages_alike_and_another_seed_otherwise(tmp_path: Path) -> None:
    assert damage(tmp_path / "none", random.Random(0)) is None

    def left(name: str, seed: int) -> dict[str, bytes]:
        folder = tmp_path / name / "predict-1"
        folder.mkdir(parents=True)
        for file in ("a", "b", "c"):
            (folder / file).write_bytes(bytes(range(256)))
        assert damage(folder.parent, random.Random(seed)) is not None
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    assert left("once", 0) == left("again", 0) != left("other", 1)


def test_files_that_differ_or_are_missing_are_named() -> None:
    assert different({"same": 1, "other": 1, "here": 1}, {"same": 1, "other": 2, "there": 1}) == [
        "here",
        "other",
        "there",
    ]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_study_harmed_ten_times_ends_with_the_bytes_of_one_left_alone(tmp_path: Path) -> None:
    chaos, differing = harm(tmp_path, 10, 1, without_generator())
    assert chaos.faults == []
    assert differing == []
