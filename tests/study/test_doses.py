"""Lists of shares in a study's arms."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.basics.errors import ScotomaError
from scotoma.study.file import load_study
from scotoma.study.study import Study
from three_arms import THREE_ARMS

STUDY = THREE_ARMS.read_text(encoding="utf8")


def study_with(folder: Path, *arms: Any) -> Study:
    content = yaml.safe_load(STUDY)
    content.update(arms=list(arms), claims=[])
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return load_study(str(path))


def names(folder: Path, *arms: Any) -> list[str]:
    return [arm.name for arm in study_with(folder, *arms).arms]


def test_a_list_is_an_arm_for_each_share_and_the_ends_are_ordinary_arms(tmp_path: Path) -> None:
    mixed = names(tmp_path, {"mixed": {"synthetic": [0, 0.25, 1], "n": 90}})
    assert mixed == ["original-90", "mixed-0.25-90", "synthetic-90"]
    biased = names(tmp_path, {"biased": {"dose": [0, 0.5, 1.0], "n": 90}})
    assert biased == ["original-90", "biased-0.5-90", "biased-90"]


def test_a_single_share_needs_no_list(tmp_path: Path) -> None:
    assert names(tmp_path, {"biased": {"dose": 0.5, "n": 90}}) == ["biased-0.5-90"]
    assert names(tmp_path, {"biased": {"dose": 1, "n": 90}}) == ["biased-90"]
    assert names(tmp_path, {"mixed": {"synthetic": 0.5, "n": 90}}) == ["mixed-0.5-90"]


def test_an_end_that_is_there_already_is_not_made_twice(tmp_path: Path) -> None:
    found = names(
        tmp_path,
        {"mixed": {"synthetic": [0, 0.5, 1], "n": 90}},
        {"biased": {"dose": [0, 0.5], "n": 90}},
        {"synthetic": 90},
    )
    assert sorted(found) == ["biased-0.5-90", "mixed-0.5-90", "original-90", "synthetic-90"]


def test_the_end_without_written_rows_has_no_generator(tmp_path: Path) -> None:
    content = yaml.safe_load(STUDY)
    writer = content.pop("generator")
    curves: list[dict[str, Any]] = [
        {"mixed": {"synthetic": [0, 0.5, 1], "n": 90, "generator": "a"}},
        {"mixed": {"synthetic": [0, 0.5, 1], "n": 90, "generator": "b"}},
        {"biased": {"dose": [0, 0.5], "n": 90, "generator": "b"}},
    ]
    content.update(generators={"a": writer, "b": writer}, arms=curves, claims=[])
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    found = [arm.name for arm in load_study(str(path)).all_arms]
    assert found[:3] == ["original-90", "mixed-0.5-90+a", "synthetic-90+a"]
    assert found[3:] == ["mixed-0.5-90+b", "synthetic-90+b", "biased-0.5-90+b"]


def test_what_is_said_twice_is_refused_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match=r"arms named twice: mixed-0\.5-90"):
        names(tmp_path, {"mixed": {"synthetic": [0.5, 0.5], "n": 90}})
    with pytest.raises(ScotomaError, match="arms named twice: original-90"):
        names(tmp_path, {"original": 90}, {"mixed": {"synthetic": [0, 0.5], "n": 90}}, {"original": 90})


@pytest.mark.parametrize(
    ("arm", "message"),
    [
        (
            {"mixed": {"synthetic": [0.5, 1.5], "n": 9}},
            r"arms\[1\].mixed.synthetic: .*less than or equal to 1",
        ),
        ({"biased": {"dose": [0.5, "half"], "n": 9}}, r"arms\[1\].biased.dose: .*valid number"),
        ({"mixed": {"synthetic": [], "n": 9}}, r"arms\[1\].mixed.synthetic: .*valid number"),
        (
            {"mixed": {"synthetic": [0, 0.5], "n": 0}},
            r"arms\[1\].mixed.n: .*greater than or equal to 1, got 0",
        ),
        ({"mixed": {"synthetic": [0, 0.5], "m": 9}}, r"arms\[1\].mixed.m: unknown setting"),
        (
            {"biased": {"dose": [0, 0.5]}},
            r"arms\[1\].biased.n: missing, and has no default .Number of rows, shared out",
        ),
        (
            {"original": {"dose": 0.5, "n": 9}},
            "original.dose: unknown setting. Known: generator, n, samples. It is a setting of biased",
        ),
    ],
)
def test_an_error_is_told_once_at_the_place_of_the_list(tmp_path: Path, arm: Any, message: str) -> None:
    ladder = {"mixed": {"synthetic": [0, 0.2, 0.4, 0.6, 1], "n": 9}}
    with pytest.raises(ScotomaError, match=message) as caught:
        names(tmp_path, ladder, arm, {"orignal": 9})
    lines = str(caught.value).splitlines()
    assert sum("arms[2]: arm 'orignal' is not known" in line for line in lines) == 1
    assert len(lines) == len(set(lines))


def test_a_study_that_is_read_back_is_the_same(tmp_path: Path) -> None:
    study = study_with(tmp_path, {"mixed": {"synthetic": [0, 0.5, 1], "n": 90}})
    assert Study.model_validate(study.model_dump()) == study
