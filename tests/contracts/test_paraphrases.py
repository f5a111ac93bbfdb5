"""QQP and PAWS by hub name: a folder saved from the hub stands for it, with its columns and codes."""

from pathlib import Path

import yaml

from known_data import save_paws, save_qqp
from scotoma.basics.records import read_table
from scotoma.experiment import plan
from scotoma.stages.read_examples import ReadExamples
from scotoma.stages.read_selected import ReadSelected
from scotoma.store.steps import Runtime, Step
from scotoma.study.file import load_study
from three_arms import THREE_ARMS


def study(folder: Path) -> Path:
    """QQP as the task, PAWS as its blind spot; everything else as the quickstart's, without a generator."""
    content = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
    save_qqp(folder / "qqp")
    save_paws(folder / "paws")
    content.update(
        task="qqp",
        blindspots=[{"name": "paws", "source": f"hub:{folder}/paws:test"}],
        data={
            "train": f"hub:{folder}/qqp:train",
            "tests": {"qqp": f"hub:{folder}/qqp:validation"},
            "repeated_pairs": "drop",
        },
        heuristic={"predicate": "overlap_word", "label": "duplicate"},
        starts=[6],
        arms=[{"original": 6}, {"original_biased": 2}],
        claims=[],
    )
    for unused in ("generator", "screening"):
        del content[unused]
    path = folder / "paraphrase.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf8")
    return path


def test_both_are_read_by_name_with_their_labels_the_right_way_round(tmp_path: Path) -> None:
    steps = plan(load_study(str(study(tmp_path)))).steps
    tables = {}
    for step in steps:
        if isinstance(step, ReadExamples):
            out = tmp_path / step.key
            out.mkdir()
            step.run(out=out, inputs=_none, runtime=Runtime())
            tables[step.source.hub] = (step, read_table(out / "examples.parquet"))
    questions = tables[f"{tmp_path}/qqp:train"][1]
    told_apart = {row["label"] for row in questions.to_dicts() if "forget" in row["sentence2"]}
    assert told_apart == {"not_duplicate"}
    assert questions["id"].to_list() == [str(n) for n in range(30)]
    step, swapped = tables[f"{tmp_path}/paws:test"]
    assert isinstance(step, ReadSelected)
    assert {row["label"] for row in swapped.to_dicts() if row["sentence2"].startswith("He went")} == {
        "duplicate"
    }
    assert swapped["label"].value_counts().sort("label")["count"].to_list() == [20, 20]
    assert set(swapped["heuristic"]) == {"word_overlap"}


def _none(step: Step) -> Path:
    raise AssertionError(f"{step.stage} is no input")
