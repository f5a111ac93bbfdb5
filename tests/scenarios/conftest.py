import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from small_study import prepare, run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small study that one process ran to its end; nobody may write to it.

    Workers of pytest-xdist share it: the first that asks makes it.
    """
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, shown = root / "undisturbed", root / "undisturbed" / "out.txt"
    with FileLock(root / "undisturbed.lock"):
        if not shown.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            prepare(folder)
            shown.write_text(run(folder)[0])
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
