"""The methods in words: every number of the settings is there, and what could have been found."""

import platform
from typing import TYPE_CHECKING, Any, cast

import polars
import pytest

from fake_study import make, plan, study
from scotoma import __version__
from scotoma.report.methods import methods
from scotoma.results import Results, declare, results
from scotoma.store.store import Store
from scotoma.study.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from scotoma.experiment import Plan


def told(study: Study, folder: "Path") -> dict[str, str]:
    planned = plan(study)
    return dict(methods(results(cast("Plan", planned), make(planned, folder))))


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return told(study(), tmp_path_factory.mktemp("store"))


def test_the_design_is_told_with_its_seeds_and_arms(said: dict[str, str]) -> None:
    assert "4000 original examples" in said["Design"]
    assert "original-1500, synthetic-1500 and biased-1500" in said["Design"]
    assert "5 times (each from its own seed, a hash of study seed 7" in said["Design"]


def test_training_and_generation_are_told_with_every_number(said: dict[str, str]) -> None:
    for number in ("adamw", "0.001", "cosine", "warm-up 10 %", "batches of 16", "1 epoch"):
        assert number in said["Training"]
    for number in ("100 candidates", "temperature 1", "top-p 1", "60 tokens", "all original examples"):
        assert number in said["Synthetic data"]
    assert "identical, duplicates and leaks" in said["Synthetic data"]


def test_a_loss_at_which_trainings_stop_is_told(tmp_path: "Path") -> None:
    recipe = study().recipe.model_copy(update={"epochs": 40, "until_loss": 0.35})
    said = told(study().model_copy(update={"recipe": recipe}), tmp_path)
    assert "until the mean loss of 20 steps was at most 0.35, within 40 epochs" in said["Training"]


def test_power_is_that_of_the_spread_that_was_found(said: dict[str, str]) -> None:
    assert said["Power"].startswith("With 5 replicates and a standard deviation of .")
    assert "would have been called WORSE with a chance of 80 %" in said["Power"]


def test_the_interval_that_decides_is_told_beside_the_one_that_is_shown(said: dict[str, str]) -> None:
    assert "intervals are Student's t over replicates (95 %)" in said["Statistics"]
    assert "the (1 - 2 alpha) interval lies beyond the margin" in said["Statistics"]


def test_claims_that_came_after_the_results_are_not_told_as_declared_before_them(
    said: dict[str, str], tmp_path: "Path"
) -> None:
    assert "These claims are exploratory: they were first recorded when 5 differences" in said["Statistics"]
    assert "declared before" not in said["Statistics"]
    planned = cast("Plan", plan(study()))
    declare(planned, Store(tmp_path))
    before = dict(methods(results(planned, make(plan(study()), tmp_path))))["Statistics"]
    assert "1 judgement of 1 claim declared before the results (synthetic - original" in before
    assert "exploratory" not in before


def test_what_made_the_predictions_is_told_with_its_versions(said: dict[str, str]) -> None:
    assert f"Scotoma {__version__}, Python {platform.python_version()}, " in said["Software"]
    assert f"polars {polars.__version__}" in said["Software"]


def test_a_noise_floor_that_was_not_measured_is_said_not_to_be(said: dict[str, str]) -> None:
    assert said["Noise floor"].startswith("Not measured: ")


def test_planned_looks_are_told(tmp_path: "Path") -> None:
    said = told(study(replicates=4).model_copy(update={"looks": (3, 4)}), tmp_path)
    assert "judged at each of 2 planned looks (3 and 4 replicates)" in said["Statistics"]
    assert "EQUIVALENT: within it (two one-sided tests), with 5 replicates or more" in said["Statistics"]


def test_a_claim_is_told_with_the_test_set_whose_change_is_taken_off(tmp_path: "Path") -> None:
    claim = study().claims[0].model_copy(update={"beyond": "matched"})
    declared = study(replicates=1, claims=[claim.model_dump()])
    planned = plan(declared)
    store = Store(tmp_path)
    declare(cast("Plan", planned), store)
    text = dict(methods(results(cast("Plan", planned), make(planned, tmp_path))))["Statistics"]
    assert (
        f"{claim.contrast}, {claim.measure} on {claim.blindspot} {claim.cell} beyond matched, margin" in text
    )


def test_without_claims_no_power_and_no_correction_is_told(tmp_path: "Path") -> None:
    said = told(study(replicates=1, claims=[]).model_copy(update={"seeding": "summed"}), tmp_path)
    assert "Power" not in said
    assert "Holm" not in said["Statistics"]
    assert "once (seed 7)" in said["Design"]


@pytest.mark.parametrize(
    ("generator", "words"),
    [
        (
            {"prompted": {"shots": 3}},
            "not trained for it, with 3 original examples of the label before each row",
        ),
        ({"prompted": {"shots": 0}}, "not trained for it, without examples"),
        (
            {"prompted": {"shots": 0, "reads": "premise"}},
            "For each row it was given one of these examples up to its premise, and wrote the rest.",
        ),
        (
            {"prompted": {"shots": 0, "reads": "row"}},
            "For each row it was given an original example of the label and wrote it again.",
        ),
        (
            {"endpoint": {"shots": 0, "url": "http://127.0.0.1:1/v1", "model": "other", "api": "chat"}},
            "other, asked through a server's API (chat), without examples",
        ),
    ],
)
def test_a_generator_from_elsewhere_is_told_as_what_it_is(
    generator: dict[str, Any], words: str, tmp_path: "Path"
) -> None:
    settings = study(replicates=1).model_dump(mode="json")
    sampling = settings["generator"]["sampling"]
    settings["generator"] = {kind: {**of, "sampling": sampling} for kind, of in generator.items()}
    assert words in told(Study.model_validate(settings), tmp_path)["Synthetic data"]


def test_the_noise_floor_is_told_where_it_was_measured(tmp_path: "Path") -> None:
    settings = study(replicates=3).model_dump(mode="json")
    noisy = Study.model_validate({**settings, "noise": [{"order": None}]} | {"noise": ["order"]})
    found: Results = results(cast("Plan", plan(noisy)), make(plan(noisy), tmp_path))
    assert "when only order was changed in original-1500" in dict(methods(found))["Noise floor"]
