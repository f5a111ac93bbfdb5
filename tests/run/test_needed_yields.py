"""What share of a generator's candidates the arms need, told before the first is written."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.experiment import plan
from scotoma.run.inspection import Look
from scotoma.run.needed_yields import NeededYield, needed_yields, warnings
from scotoma.store.store import Store
from scotoma.study.file import load_study
from small_study import STUDY

LABELS = ("entailment", "neutral", "contradiction")


def needs(
    folder: Path, arms: list[Any], change: Callable[[dict[str, Any]], object] = lambda s: None
) -> list[NeededYield]:
    """Of the small study with a file of originals: of 100 of each label 10 overlap where it matters."""
    rows = ["premise\thypothesis\tlabel"]
    for label in LABELS:
        rows += [
            f"The doctor saw {i} lawyers .\tThe doctor {'saw' if i < 10 else 'met'} {i} lawyers .\t{label}"
            for i in range(100)
        ]
    (folder / "train.tsv").write_text("\n".join(rows) + "\n", encoding="utf8")
    study = yaml.safe_load(STUDY)
    study |= {"arms": arms, "claims": [], "starts": [60], "labeller": "exact"}
    study["data"] |= {"train": "train.tsv", "repeated_pairs": "keep"}
    change(study)
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump(study), encoding="utf8")
    return needed_yields(plan(load_study(str(path))), Look(Store(folder / "store")))


def test_each_arm_needs_a_share_of_the_candidates_of_its_labels(tmp_path: Path) -> None:
    arms = [
        {"synthetic": 60},
        {"mixed": {"synthetic": 0.5, "n": 60}},
        {"relabelled": 30},
        {"synthetic": {"n": 15, "samples": 3}},
        {"noise_matched": 30},
        {"original": 30},
    ]
    found = {need.arm: (need.n, need.candidates, need.label) for need in needs(tmp_path, arms)}
    assert found == {
        "synthetic-60": (20, 80, "entailment"),
        "synthetic-15": (15, 80, "entailment"),
        "mixed-0.5-60": (10, 80, "entailment"),
        "relabelled-30": (30, 240, ""),
    }


@pytest.mark.parametrize(
    ("arm", "condition", "original", "is_unlikely"),
    [
        ({"biased": 60}, ", on which overlap_word holds", 0.1, True),
        ({"biased": 15}, ", on which overlap_word holds", 0.1, False),
        ({"anti_biased": 60}, ", on which overlap_word holds", 0.1, True),
        ({"synthetic": 60}, "", None, False),
    ],
)
def test_where_rows_must_obey_the_rate_of_original_ones_is_held_against_the_need(
    tmp_path: Path, arm: Any, condition: str, original: float | None, is_unlikely: bool
) -> None:
    (need,) = needs(tmp_path, [arm])
    assert need.is_unlikely is is_unlikely
    if is_unlikely:
        assert (need.condition, need.original) == (condition, original)


def test_the_warning_says_the_need_the_rate_and_how_many_candidates_it_takes(tmp_path: Path) -> None:
    every, unlikely = warnings(needs(tmp_path, [{"biased": 60}, {"biased": 45}]))
    assert "Needed: biased-60 25 % (20 of 80 labelled 'entailment', on which overlap_word holds);" in every
    assert "an arm that lacks rows is then left out, and every other arm is run" in every
    assert unlikely == (
        "May not be filled: biased-60, biased-45, which need 25 %, 18.8 % of the candidates labelled "
        "'entailment', on which overlap_word holds. Among original rows with that label the share is 10 %; "
        "at that rate biased-60 requires about 200 candidates of the label. Give more candidates_per_label, "
        "or lower the sizes."
    )


def test_nothing_is_said_where_nothing_is_written(tmp_path: Path) -> None:
    def without(study: dict[str, Any]) -> None:
        for part in ("generator", "screening", "labeller"):
            del study[part]

    assert list(warnings(needs(tmp_path, [{"original": 30}], without))) == []


def test_of_the_paper_s_grid_the_rate_is_that_of_the_sample_of_multinli() -> None:
    found = needed_yields(plan(load_study("zhang2025")), Look(Store("nowhere")))
    biased = next(need for need in found if need.arm == "biased-73080")
    assert (biased.n, biased.candidates, biased.label) == (24_360, 100_000, "entailment")
    assert biased.original == pytest.approx(0.015, abs=0.002)
    assert biased.is_unlikely
    assert not any(need.is_unlikely for need in found if need.arm.startswith("synthetic"))
