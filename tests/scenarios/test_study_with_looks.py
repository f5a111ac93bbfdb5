"""A study that plans several looks, run by the command line."""

import json
from pathlib import Path

import pytest
import yaml

from small_study import STUDY, prepare, run

LOOKS = {
    "replicates": {"looks": [3, 4]},
    "starts": [0],
    "arms": [{"original": 15}, {"original_biased": 15}],
    "claims": [
        {
            "blindspot": "microworld",
            "cell": "all",
            "measure": "d_prime",
            "contrast": "original_biased - original",
            "margin": 0.001,
            "alpha": 0.01,
        }
    ],
}


@pytest.mark.slow
def test_a_run_goes_from_look_to_look_until_its_claims_are_decided(tmp_path: Path) -> None:
    prepare(tmp_path, yaml.safe_dump({**yaml.safe_load(STUDY), **LOOKS}))
    _, said = run(tmp_path)
    assert "Look at 3 replicates: 0 of 1 verdict decided. Continuing to 4." in said
    record = json.loads((tmp_path / "reports" / "small" / "results.json").read_text())
    assert {model["replicate"] for model in record["models"]} == {0, 1, 2, 3}
    assert record["claims"]["peeked"] == ""
    (verdict,) = record["verdicts"]
    assert verdict["look"] == 4
    assert "looks planned at 3, 4" in verdict["sentence"]
    _, again = run(tmp_path, "--replicates", "3")
    assert "0 steps ran" in again
