"""Real data kept beside the repository; tests that need it skip where it is not there."""

import lzma
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data"

Rows = list[dict[str, str]]


def shared_file(name: str) -> Path:
    """The path of a shared data file; skips the test that asks when it is not there."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"needs {name} in shared/data beside the repository")
    return path


def read_tsv(path: Path) -> Rows:
    """Rows of a tab-separated file without quoting, `.xz` or plain, by a few plain lines of code."""
    data = path.read_bytes()
    text = (lzma.decompress(data) if path.suffix == ".xz" else data).decode("utf-8")
    header, *lines = text.removesuffix("\n").split("\n")
    return [dict(zip(header.split("\t"), line.split("\t"), strict=True)) for line in lines]
