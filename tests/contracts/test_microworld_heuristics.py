"""Each of the three heuristics of HANS as the one that the micro-world's biased arms obey."""

from pathlib import Path

import pytest
import yaml

from scotoma.basics.records import read_table
from scotoma.experiment import plan
from scotoma.stages.assemble import Assemble
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Runtime
from scotoma.study.file import load_study
from scotoma.worlds.microworld import is_constituent, is_subsequence, overlaps, parse
from three_arms import THREE_ARMS

#: By another way than the predicates': of the micro-world's own text and trees.
HOLDS = {
    "overlap_word": overlaps,
    "subsequence": is_subsequence,
    "constituent": lambda premise, hypothesis: is_constituent(parse(premise), parse(hypothesis)),
}


@pytest.mark.parametrize("predicate", HOLDS)
def test_the_biased_arm_of_a_study_obeys_it(tmp_path: Path, predicate: str) -> None:
    content = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    content["data"]["train"] = {"microworld": {"part": "train", "n": 900, "dial": 0.5}}
    content.update(
        heuristic={"predicate": predicate, "label": "entailment"},
        starts=[30],
        arms=[{"original_biased": 15}, {"biased": 15}],
        claims=[],
        replicates=1,
    )
    path = tmp_path / "study.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf8")
    planned = plan(load_study(str(path)))
    (biased,) = (s for s in planned.steps if isinstance(s, Assemble) and s.drawn == "original_biased-15")
    assert any(isinstance(s, Assemble) and s.drawn == "biased-15" for s in planned.steps)
    folders = {step.key: tmp_path / step.key for step in (biased.corpus, biased)}
    for step in (biased.corpus, biased):
        assert isinstance(step, ReadExamples | Assemble)
        folders[step.key].mkdir()
        step.run(out=folders[step.key], inputs=lambda needed: folders[needed.key], runtime=Runtime())
    rows = read_table(folders[biased.key] / "examples.parquet").to_dicts()
    assert len(rows) == 15
    for row in rows:
        assert HOLDS[predicate](row["premise"], row["hypothesis"]) == (row["label"] == "entailment")
