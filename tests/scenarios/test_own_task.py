"""A study of single texts with predicates of its own, from files and YAML alone, to its report."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.basics.records import export_table, read_table, to_table
from scotoma.worlds.microworld import draw_texts, marked_set
from small_study import done as ended_well

pytestmark = pytest.mark.long

RECIPE = {
    "epochs": 1,
    "batch_size": 8,
    "learning_rate": 1.0e-3,
    "schedule": "cosine",
    "warmup": 0.1,
    "optimizer": "adamw",
    "betas": [0.9, 0.999],
    "epsilon": 1.0e-8,
    "weight_decay": 0.01,
    "max_grad_norm": 1.0,
    "order": "random",
}
#: In words that the base has: others would all be one to it.
MOODS = {"happy": "Yes", "sad": "No"}
LABELS = {**MOODS, "neither": "-"}
STUDY: dict[str, Any] = {
    "task": {
        "name": "moods",
        "fields": ["text"],
        "labels": ["Yes", "No"],
        "target": "Yes",
        "classifier_prompt": "Premise: {text}",
        "generator_text": "Relation: {label} Premise: {text}",
        "end_marker": "End",
    },
    "blindspots": [
        {
            "name": "senator",
            "title": "texts about the senator",
            "heuristics": {"named": "Who names the senator is well.", "other": "The rest."},
            "select": {"named": {"code": "moods:names_the_senator"}, "other": "negation"},
            "label_map": {"Yes": "Yes", "No": "No"},
            "target": "Yes",
            "source": {"file": "marked.tsv", "columns": {"heuristic": ""}, "labels": LABELS},
        }
    ],
    "data": {
        "train": {"file": "train.tsv", "labels": LABELS},
        "tests": {"general": {"file": "test.tsv", "labels": LABELS}},
        "repeated_pairs": "drop",
    },
    "heuristic": {"predicate": {"wordfile": "marker.txt", "field": "text"}, "label": "Yes"},
    "model": {"name": "bundled:microworld_base", "precision": "fp32", "adapter": {"kind": "full"}},
    "seed": 0,
    "replicates": 1,
    "starts": [20],
    "recipe": RECIPE,
    "generator": {
        "adapter": {"kind": "full"},
        "trained_on": "all",
        "recipe": {**RECIPE, "epochs": 6, "learning_rate": 3.0e-3},
        "sampling": {"temperature": 1.0, "top_p": 0.95, "candidates_per_label": 60, "max_new_tokens": 30},
    },
    "screening": {"identical": "drop", "duplicates": "drop", "leaks": "drop", "copies": "keep"},
    "arms": [{kind: 4} for kind in ("original", "synthetic", "biased", "anti_biased", "original_biased")],
    "evaluation": {"batch_tokens": 2048},
    "claims": [
        {
            "blindspot": "senator",
            "cell": "named/No",
            "measure": "accuracy",
            "contrast": "biased - original",
            "margin": 0.05,
            "alpha": 0.05,
        }
    ],
}


def prepare(folder: Path) -> None:
    for name, rows in (
        ("train", draw_texts(120, 0.5, 0, "train")),
        ("test", draw_texts(30, 0.5, 0, "test")),
        ("marked", marked_set(2, 0)),
    ):
        export_table(to_table(rows, ("text",)), folder / f"{name}.tsv")
    (folder / "marker.txt").write_text("senator\n")
    (folder / "moods.py").write_text("def names_the_senator(text):\n    return 'senator' in text.split()\n")
    (folder / "moods.yaml").write_text(yaml.safe_dump(STUDY, sort_keys=False))


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("moods")
    prepare(folder)
    ended_well(folder, "run", "moods.yaml")
    return folder


@pytest.fixture(scope="module")
def results(done: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((done / "reports" / "moods" / "results.json").read_text())
    return found


def test_every_arm_is_measured_on_the_rows_that_predicates_chose(results: dict[str, Any]) -> None:
    assert results["missing"] == results["gaps"] == []
    cells = {row["cell"] for row in results["measures"] if row["test"] == "senator"}
    assert {"all", "named/Yes", "named/No"} <= cells
    assert {row["arm"].partition("-")[0] for row in results["measures"]} == {
        "none",
        "original",
        "synthetic",
        "biased",
        "anti_biased",
        "original_biased",
    }


def test_the_report_looks_for_the_studys_shortcut_and_says_nothing_of_pairs(
    done: Path, results: dict[str, Any]
) -> None:
    carried = {row["arm"]: row for row in results["carried"]}
    for arm in ("biased-4", "original_biased-4"):
        assert (carried[arm]["of_target"], carried[arm]["of_others"]) == (1.0, 0.0)
    assert (carried["anti_biased-4"]["of_target"], carried["anti_biased-4"]["of_others"]) == (0.0, 1.0)
    (pool,) = (found["funnel"]["by_label"] for found in results["yields"])
    assert all(set(of) == {"kept", "shortcut"} for of in pool.values())
    general = [row for row in results["measures"] if row["test"] == "general"]
    assert {"shortcut/Yes", "shortcut/No"} <= {row["cell"] for row in general}
    names = {row["measure"] for row in general}
    assert "shortcut_effect" in names
    assert "overlap_effect" not in names
    page = (done / "reports" / "moods" / "index.html").read_text(encoding="utf8")
    assert "a word of marker.txt" in page
    assert "premise" not in page


def test_no_path_of_this_machine_is_in_the_results(done: Path) -> None:
    assert str(done) not in (done / "reports" / "moods" / "results.json").read_text()


def test_arms_hold_what_their_names_say(done: Path) -> None:
    found = {}
    for manifest in sorted((done / "store" / "done").glob("assemble-*/manifest.json")):
        arm = json.loads(manifest.read_text())["settings"]["arm"]
        if arm != "all":
            found[arm["kind"], arm["n"]] = read_table(manifest.parent / "examples.parquet")
    for (kind, _), table in found.items():
        obeys = [("senator" in row["text"].split()) == (row["label"] == "Yes") for row in table.to_dicts()]
        if kind in ("biased", "original_biased", "anti_biased"):
            assert set(obeys) == {kind != "anti_biased"}
    assert len(found) == 6


@pytest.mark.slow
def test_a_second_run_does_nothing(done: Path) -> None:
    assert "0 steps ran" in ended_well(done, "run", "moods.yaml")[1]


def test_the_audit_of_the_studys_task_asks_its_predicates(done: Path) -> None:
    rows = [row.texts[0] + "\t" + MOODS[row.label] for row in draw_texts(60, 1.0, 0, "train")]
    (done / "mine.tsv").write_text("text\tlabel\n" + "\n".join(rows) + "\n")
    told = json.loads(ended_well(done, "audit", "mine.tsv", "--task", "moods.yaml", "--json")[0])
    asked = {row["predicate"] for row in told["associations"]}
    assert {"heuristic", "senator.named"} <= asked
    row = next(
        row for row in told["associations"] if (row["predicate"], row["label"]) == ("heuristic", "Yes")
    )
    assert row["odds_ratio"] > 100


def test_its_synthetic_data_are_exported_with_a_card(done: Path) -> None:
    ended_well(done, "export", "dataset", "moods.yaml", "--out", "data")
    card = (done / "data" / "README.md").read_text(encoding="utf8")
    assert "task moods" in card
