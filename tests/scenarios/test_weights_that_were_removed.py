"""Weights may be removed once their models have answered: they are made again only for something new."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from command_line import one_thread, scotoma
from scotoma.experiment import plan
from scotoma.study.file import load_study
from small_study import prepare, with_two_arms

#: Starts of the names of artifacts that are models.
WEIGHTS = ("prepare_base", "train_classifier", "train_generator")


def run(folder: Path) -> str:
    """What the study says as it runs."""
    with one_thread():
        ended = scotoma("run", "small.yaml", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    return ended.stderr


def made(folder: Path, stage: str) -> set[str]:
    return {one.name for one in (folder / "store" / "done").glob(f"{stage}-*")}


def report(folder: Path) -> dict[str, bytes]:
    """The report's numbers, by the names of their files."""
    files = (folder / "reports" / "small").glob("*.*")
    return {one.name: one.read_bytes() for one in files if one.suffix in (".json", ".csv", ".parquet")}


@pytest.fixture
def folder(undisturbed: Path, tmp_path: Path) -> Path:
    """A study that has run, whose weights have been removed."""
    prepare(tmp_path, with_two_arms())
    for store in ("whole", "store"):
        shutil.copytree(undisturbed / "store" / "done", tmp_path / store / "done")
    assert "0 steps ran" in run(tmp_path)
    for stage in WEIGHTS:
        for name in made(tmp_path, stage):
            shutil.rmtree(tmp_path / "store" / "done" / name)
    return tmp_path


def test_without_its_weights_a_study_is_whole_and_another_replicate_trains_its_own_models(
    folder: Path,
) -> None:
    before = report(folder)
    assert "0 steps ran" in run(folder)
    assert report(folder) == before
    states = json.loads(scotoma("status", "small.yaml", "--json", cwd=folder).stdout)["steps"]
    assert {one["state"] for one in states if one["stage"] in WEIGHTS} == {"not needed"}
    assert {one["state"] for one in states if one["stage"] not in WEIGHTS} == {"done"}
    assert "not needed" in scotoma("status", "small.yaml", cwd=folder).stdout
    planned = json.loads(scotoma("plan", "small.yaml", "--json", cwd=folder).stdout)
    assert planned["seconds_left"] is None
    assert "not known until one has run" not in scotoma("plan", "small.yaml", cwd=folder).stdout

    settings = yaml.safe_load((folder / "small.yaml").read_text(encoding="utf8"))
    (folder / "small.yaml").write_text(yaml.safe_dump(settings | {"replicates": 2}), encoding="utf8")
    run(folder)
    removed = {one.name for one in (folder / "whole" / "done").iterdir() if one.name.startswith("train_")}
    assert len(made(folder, "train_classifier")) == 3
    assert len(made(folder, "train_generator")) == 1
    assert not removed & (made(folder, "train_classifier") | made(folder, "train_generator"))


def test_a_missing_answer_is_given_again_by_the_models_that_it_needs_alone(folder: Path) -> None:
    model = plan(load_study(str(folder / "small.yaml"))).models[1]
    answers = Path("done", model.predictions.key, "predictions.parquet")
    shutil.rmtree((folder / "store" / answers).parent)
    run(folder)
    assert (folder / "store" / answers).read_bytes() == (folder / "whole" / answers).read_bytes()
    assert len(made(folder, "train_classifier")) == 2  # of the start and of the arm
    assert made(folder, "train_generator") == set()


def test_the_plan_says_which_models_are_trained_again_because_their_weights_were_removed(
    folder: Path,
) -> None:
    settings = yaml.safe_load((folder / "small.yaml").read_text(encoding="utf8"))
    evaluation = settings["evaluation"] | {"batch_tokens": 512}
    (folder / "small.yaml").write_text(yaml.safe_dump(settings | {"evaluation": evaluation}), encoding="utf8")
    planned = json.loads(scotoma("plan", "small.yaml", "--json", cwd=folder).stdout)
    assert planned["why"]["removed"] == {"prepare_base": 1, "train_classifier": 3}
    assert planned["why"]["new"] == {}
    assert any(
        "ran before, but what they left was removed: 1×prepare_base" in one for one in planned["notes"]
    )
