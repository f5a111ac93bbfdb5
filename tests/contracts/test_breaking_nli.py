"""SNLI and Breaking NLI by the study file of the how-to, on the published files."""

from pathlib import Path

import pytest

from scotoma.experiment import Plan, plan
from scotoma.measures.cells import blindspot_cells
from scotoma.stages.assemble import Assemble
from scotoma.stages.check_splits import CheckSplits
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Runtime
from scotoma.study.file import load_study
from shared_data import shared_file

HOW_TO = Path(__file__).parents[2] / "docs" / "own-task.md"
DATA = ("snli_train_10k", "snli_test", "breaking_nli")


@pytest.fixture
def planned(tmp_path: Path) -> Plan:
    for name in DATA:
        (tmp_path / f"{name}.tsv.xz").symlink_to(shared_file(f"other_nli/{name}.tsv.xz"))
    _, _, rest = HOW_TO.read_text(encoding="utf8").partition('title="breaking_nli.yaml"\n')
    path = tmp_path / "breaking_nli.yaml"
    path.write_text(rest.partition("```")[0], encoding="utf8")
    return plan(load_study(str(path)))


def test_the_category_is_the_heuristic_and_three_labels_become_two(planned: Plan) -> None:
    (spot,) = planned.study.blindspots
    (step,) = {
        step.key: step
        for step in planned.steps
        if isinstance(step, ReadExamples) and step.labels == spot.labels
    }.values()
    table = step.read().table
    assert table.height == 8193
    assert set(table["heuristic"]) == set(spot.heuristics)
    counts = dict(table["label"].value_counts().iter_rows())
    assert counts == {"entailment": 982, "non-entailment": 7211}
    cells = {cell.name for cell in blindspot_cells(table.rename({"label": "gold"}), spot)}
    assert {"all/non-entailment", "synonyms/entailment", "antonyms/non-entailment"} <= cells


def test_arms_are_drawn_and_the_splits_are_apart(planned: Plan, tmp_path: Path) -> None:
    folders: dict[str, Path] = {}
    done = (ReadExamples, Assemble, CheckSplits)
    first = (planned.study.seed, planned.study.seed_of(0))
    for step in planned.steps:
        if isinstance(step, done) and getattr(step, "seed", 0) in first:
            folders[step.key] = tmp_path / step.key
            folders[step.key].mkdir()
            step.run(out=folders[step.key], inputs=lambda needed: folders[needed.key], runtime=Runtime())
    stages = [step.stage for step in planned.steps if step.key in folders]
    assert stages.count("assemble") == 3
    assert stages.count("check_splits") == 1
