from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from small_study import prepare, run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small study that one process ran to its end."""
    folder = tmp_path_factory.mktemp("undisturbed")
    prepare(folder)
    (folder / "out.txt").write_text(run(folder)[0])
    return folder


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The `datasets` package with a cache of its own and no hub."""
    import datasets

    monkeypatch.setattr("datasets.config.HF_DATASETS_OFFLINE", True)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path / "cache"))
    datasets.disable_progress_bars()
    yield datasets
    datasets.enable_progress_bars()
