"""The steps that draw today's arms keep their keys: what a store has of them is found again."""

from typing import Any

import pytest

from fake_study import study
from scotoma.experiment import plan
from scotoma.stages.assemble import Assemble
from scotoma.study.study import Study

#: The steps that draw the rows of an arm, as every version has called them.
KEYS: dict[str, tuple[Any, str]] = {
    "original": ({"original": 60}, "assemble-e9e23b67dad2c41bce1fae3a"),
    "a sized synthetic": ({"synthetic": 60}, "assemble-4ac75ad03c2c4bc64dac03c7"),
    "biased": ({"biased": 60}, "assemble-16d4d9f7fdcb34106b28ea03"),
    "a dose": ({"biased": {"dose": 0.25, "n": 60}}, "assemble-b1cee0c0ecdd966314ade6fc"),
    "anti_biased": ({"anti_biased": 60}, "assemble-d40d41b47ee2c50cbc9f573c"),
    "original_biased": ({"original_biased": 60}, "assemble-7604364181e3889961d13934"),
    "relabelled": ({"relabelled": 60}, "assemble-22f9ae9a40c65441ab9d1ab1"),
    "mixed": ({"mixed": {"synthetic": 0.5, "n": 60}}, "assemble-3261267606f1161bcca34f49"),
    "noise_matched": ({"noise_matched": 60}, "assemble-a67d6587775700413fe1ba9f"),
    "reweighted": ({"reweighted": 60}, "assemble-fe52ee2136ddea2323877540"),
    "repaired": ({"repaired": 60}, "assemble-7bcd7ddafeed71fc66b112ba"),
    "z_filtered": ({"z_filtered": {"threshold": 2.5, "n": 60}}, "assemble-e808dc4ca480fb47338b9d63"),
    "counter_examples": (
        {"counter_examples": {"share": 0.1, "n": 60, "source": "counter.tsv"}},
        "assemble-a76ac32255a528d29d89ddcb",
    ),
    "counter_examples with labels": (
        {
            "counter_examples": {
                "share": 0.1,
                "n": 60,
                "source": {"hans": {"n_per_subcase": 5}},
                "labels": {"non-entailment": "neutral"},
            }
        },
        "assemble-68ac6eb52b5366577abc5bc6",
    ),
    "coverage": ({"coverage": {"share": 0.9, "n": 60}}, "assemble_covering-b9300bba9e4fcb1a64424215"),
    "a whole file": ({"file": "own.tsv"}, "assemble-17a8f00170a3b9c10be93db1"),
    "a file with a size": ({"file": {"source": "own.tsv", "n": 60}}, "assemble-31ff88beeef3958ae38026ce"),
}


def planned(arm: Any, **changes: Any) -> Study:
    """A study of one arm besides the start itself, that has whatever an arm may need."""
    whole = study(replicates=1, arms=[{"kind": "none"}], claims=[]).model_dump()
    return Study.model_validate({**whole, "labeller": {"original": 300}, "arms": [arm], **changes})


def drawn(of: Study) -> list[str]:
    """Keys of what the models of arms are trained on."""
    models = [model for model in plan(of).models if model.arm.kind != "none"]
    rows = [model.predictions.classifier.data for model in models]
    assert all(isinstance(one, Assemble) for one in rows)
    return [one.key for one in rows if one is not None]


@pytest.mark.parametrize("name", KEYS)
def test_an_arm_is_drawn_by_the_step_that_always_drew_it(name: str) -> None:
    arm, key = KEYS[name]
    assert drawn(planned(arm)) == [key]


def test_samples_and_redraws_keep_their_keys() -> None:
    arm = {"original": {"n": 60, "samples": 2}}
    assert drawn(planned(arm, noise=["draw"])) == [
        "assemble-e9e23b67dad2c41bce1fae3a",
        "assemble-924076aec2fb4919057933a8",
        "redraw-4effcfb609923b3ecb18d34b",
    ]


def test_with_an_exact_labeller_no_classifier_labels() -> None:
    found = planned({"relabelled": 60}, task="microworld", blindspots=["microworld"], labeller="exact")
    assert drawn(found) == [
        "assemble-786e0bb66f60d1841a12b1be",
    ]
