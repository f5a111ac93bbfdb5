from pathlib import Path

import pytest

from small_study import prepare, run


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small study that one process ran to its end."""
    folder = tmp_path_factory.mktemp("undisturbed")
    prepare(folder)
    (folder / "out.txt").write_text(run(folder)[0])
    return folder
