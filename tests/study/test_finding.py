"""Which file a study's name means."""

from pathlib import Path

import pytest

from scotoma.api.named import blindspot_named
from scotoma.basics.errors import ScotomaError
from scotoma.study.file import load_study
from scotoma.study.finding import bundled_studies, find_study, is_study

QUICKSTART = bundled_studies()["quickstart"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("file", ["mine.yaml", "mine.yml", "mine"])
def test_a_file_here_is_found_with_and_without_its_ending(here: Path, file: str) -> None:
    (here / file).write_bytes(QUICKSTART.read_bytes())
    assert find_study("mine") == find_study(file) == Path(file)
    assert load_study("mine").name == "mine"
    assert is_study("mine")


def test_a_file_in_another_folder_is_found_without_its_ending(here: Path) -> None:
    (here / "studies").mkdir()
    (here / "studies" / "mine.yaml").write_bytes(QUICKSTART.read_bytes())
    assert find_study("studies/mine") == Path("studies/mine.yaml")


def test_a_name_that_a_file_and_another_bundled_study_share_is_refused(here: Path) -> None:
    (here / "quickstart.yaml").write_text(QUICKSTART.read_text().replace("replicates: 5", "replicates: 7"))
    with pytest.raises(ScotomaError, match=r"Write quickstart\.yaml for the file, or bundled:quickstart for"):
        find_study("quickstart")
    assert load_study("quickstart.yaml").replicates == 7
    assert load_study("bundled:quickstart").replicates == 5
    assert load_study("bundled:quickstart").name == "quickstart"


def test_an_unchanged_copy_of_a_bundled_study_is_the_same_study(here: Path) -> None:
    (here / "quickstart.yaml").write_bytes(QUICKSTART.read_bytes())
    assert load_study("quickstart") == load_study("bundled:quickstart")


def test_without_such_a_file_a_bundled_study_goes_by_its_name(here: Path) -> None:
    (here / "dial.yaml").mkdir()
    assert find_study("dial") == bundled_studies()["dial"]
    assert blindspot_named("bundled:dial")[0].name == "microworld"
    assert not is_study("bundled:dail")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("quickstrat", "Did you mean 'quickstart'"),
        ("mein", "Did you mean mine.yaml?"),
        ("mein.yaml", "Did you mean mine.yaml?"),
        ("bundled:mine", "Known: calibration"),
        ("x" * 300, "Known: calibration"),
    ],
)
def test_an_unknown_name_gets_the_nearest(here: Path, name: str, meant: str) -> None:
    (here / "mine.yaml").write_bytes(QUICKSTART.read_bytes())
    with pytest.raises(ScotomaError, match="neither a file nor a bundled study") as told:
        find_study(name)
    assert meant in told.value.remedy
