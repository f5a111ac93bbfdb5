"""What a report says of how data were read."""

from pathlib import Path

import yaml

from scotoma.experiment import Plan, plan
from scotoma.report.methods import methods
from scotoma.results.results import results
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.file import load_study
from small_study import STUDY


def planned(folder: Path) -> Plan:
    rows = [f"He saw {i} men .\tHe saw {i} people .\t{i % 3}" for i in range(90)]
    rows += [rows[0], "He ran .\tHe slept .\t-1"]
    text = "\n".join(["premise\thypothesis\tlabel", *rows]) + "\n"
    (folder / "train.tsv").write_text(text, encoding="utf8")
    study = yaml.safe_load(STUDY)
    study["data"]["train"] = "train.tsv"
    study |= {"arms": [{"original": 3}], "claims": [], "starts": [30]}
    (folder / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    return plan(load_study(str(folder / "mine.yaml")))


def test_own_data_are_said_to_be_read_as_they_were_and_those_of_grammars_are_not(tmp_path: Path) -> None:
    found, store = planned(tmp_path), Store(tmp_path / "store")
    assert results(found, store).sources == ()
    for step in (step for step in found.steps if step.stage == "read_examples"):
        store.make(step, Runtime())
    (said,) = results(found, store).sources
    assert said.startswith(
        "train.tsv: 89 rows; left out: 1 (no gold label), 2 (every copy of a repeated pair). Labels are "
        "integers, read in the order of the task's labels: 0 as entailment (31)"
    )
    assert dict(methods(results(found, store)))["Data"] == said
    assert results(found, store).record()["sources"] == [said]
