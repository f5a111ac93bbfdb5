"""The script of a page is bundled once for all reports, and again if what was kept is not whole."""

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest
import vl_convert

from scotoma.report.figures.script import script


@pytest.fixture(autouse=True)
def _asked_anew() -> Iterator[None]:
    script.cache_clear()
    yield
    script.cache_clear()


@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The versions that were bundled, one for each time; the script itself is short."""
    versions: list[str] = []

    def bundle(vl_version: str) -> str:
        versions.append(vl_version)
        return f"// {vl_version}\nvar vegaEmbed;\n"

    monkeypatch.setattr(vl_convert, "javascript_bundle", bundle)
    return versions


def test_a_second_report_reads_what_the_first_has_bundled(
    bundled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = script()
    script.cache_clear()
    assert script() == first == f"// {bundled[0]}\nvar vegaEmbed;\n"
    assert len(bundled) == 1
    assert [path.name for path in (tmp_path / "scotoma").iterdir()] == [
        f"vega-{importlib.metadata.version('vl-convert-python')}-{bundled[0]}.js"
    ]


@pytest.mark.parametrize("damage", ["cut", "altered", "not text"])
def test_what_is_not_whole_is_bundled_again(
    bundled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    whole = script()
    (path,) = (tmp_path / "scotoma").iterdir()
    kept = path.read_bytes()
    path.write_bytes(
        {"cut": kept[:-3], "altered": kept.replace(b"vegaEmbed", b"vegaAgain"), "not text": b"\xff"}[damage]
    )
    script.cache_clear()
    assert script() == whole
    assert len(bundled) == 2
    assert path.read_bytes() == kept


def test_a_home_that_cannot_be_written_to_is_no_error(
    bundled: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert "vegaEmbed" in script()
    assert len(bundled) == 1


def test_a_user_without_a_home_is_no_error(bundled: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", none)
    assert "vegaEmbed" in script()
    assert len(bundled) == 1
