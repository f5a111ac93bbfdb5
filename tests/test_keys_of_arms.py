"""The steps that draw today's arms keep their keys: what a store has of them is found again."""

import hashlib
import json
from typing import Any

import pytest

from fake_study import study
from scotoma.experiment import plan
from scotoma.stages.assemble import Assemble
from scotoma.store.steps import Step
from scotoma.study.study import Study

#: The steps that draw the rows of an arm, as every version has identified them.
KEYS: dict[str, tuple[Any, str]] = {
    "original": ({"original": 60}, "assemble-f4f914dd8a8d41e8"),
    "a sized synthetic": ({"synthetic": 60}, "assemble-024817818ed656fb"),
    "biased": ({"biased": 60}, "assemble-a147d37d869dd4c7"),
    "a dose": ({"biased": {"dose": 0.25, "n": 60}}, "assemble-e2fe13b9f0724d82"),
    "anti_biased": ({"anti_biased": 60}, "assemble-c0bc433816ba39ff"),
    "original_biased": ({"original_biased": 60}, "assemble-9ca5215d5604e986"),
    "relabelled": ({"relabelled": 60}, "assemble-a100eb67762bf966"),
    "mixed": ({"mixed": {"synthetic": 0.5, "n": 60}}, "assemble-cd8adfc197962094"),
    "noise_matched": ({"noise_matched": 60}, "assemble-c6533802db7a9148"),
    "noise_matched of synthetic texts": (
        {
            "noise_matched": {
                "n": 60,
                "texts": "synthetic",
                "errors_by": "heuristic",
                "label_accuracy": 0.8,
            }
        },
        "assemble-3ab887be2a86e38c",
    ),
    "verified": ({"verified": 60}, "assemble-d26ae43c8d729844"),
    "verified by one that errs": (
        {"verified": {"n": 60, "verifier_accuracy": 0.8}},
        "assemble-136a91a7ef709b66",
    ),
    "seen": ({"seen": 60}, "assemble-e2eec8d71aed00b4"),
    "reweighted": ({"reweighted": 60}, "assemble-9bc978ff2c4500e8"),
    "repaired": ({"repaired": 60}, "assemble-237a852a57935eae"),
    "z_filtered": ({"z_filtered": {"threshold": 2.5, "n": 60}}, "assemble-5efafd4ae2f426c3"),
    "counter_examples": (
        {"counter_examples": {"share": 0.1, "n": 60, "source": "counter.tsv"}},
        "assemble-825f6d3f51377f66",
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
        "assemble-ea80fe7abb7a52ef",
    ),
    "coverage": ({"coverage": {"share": 0.9, "n": 60}}, "assemble_covering-b8c4c2a6d62d0d97"),
    "a whole file": ({"file": "own.tsv"}, "assemble-aa5423abde48e321"),
    "a file with a size": ({"file": {"source": "own.tsv", "n": 60}}, "assemble-2311d8bd26adc451"),
}


def planned(arm: Any, **changes: Any) -> Study:
    """A study of one arm besides the start itself, that has whatever an arm may need."""
    whole = study(replicates=1, arms=[{"kind": "none"}], claims=[]).model_dump()
    return Study.model_validate({**whole, "labeller": {"original": 300}, "arms": [arm], **changes})


def drawn(of: Study) -> list[str]:
    """What identifies the rows of each arm, but for the keys of what a model made: those change with it."""
    models = [model for model in plan(of).models if model.arm.kind != "none"]
    rows = [model.predictions.classifier.data for model in models]
    assert all(isinstance(one, Assemble) for one in rows)
    return [_identified(one) for one in rows if one is not None]


def _identified(step: Step) -> str:
    inputs = {
        name: key if key.startswith("read_") else key.partition("-")[0]
        for name, key in step.identity["inputs"].items()
    }
    text = json.dumps({**step.identity, "inputs": inputs}, sort_keys=True)
    return f"{step.stage}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@pytest.mark.parametrize("name", KEYS)
def test_an_arm_is_drawn_by_the_step_that_always_drew_it(name: str) -> None:
    arm, key = KEYS[name]
    assert drawn(planned(arm)) == [key]


def test_samples_and_redraws_keep_their_keys() -> None:
    arm = {"original": {"n": 60, "samples": 2}}
    assert drawn(planned(arm, noise=["draw"])) == [
        "assemble-f4f914dd8a8d41e8",
        "assemble-e42f7ab167f1aef7",
        "redraw-d8cd4ff0326db6c5",
    ]


def test_with_an_exact_labeller_no_classifier_labels() -> None:
    found = planned({"relabelled": 60}, task="microworld", blindspots=["microworld"], labeller="exact")
    assert drawn(found) == [
        "assemble-4ac78f25928501a0",
    ]
