"""Two shortcuts in one study, one to entailment and one to contradiction, from its file to its report."""

import csv
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from scipy.stats import norm

from scotoma.stages.predict import PREDICTIONS
from small_study import STUDY, done

pytestmark = pytest.mark.long

PEOPLE = ("doctor", "lawyer", "judge", "actor", "student", "teacher")
DENIED = {
    "name": "denied",
    "title": "denied hypotheses",
    "heuristics": {"negation": "A hypothesis that denies contradicts."},
    "select": {"negation": "negation"},
    "label_map": {"entailment": "rest", "neutral": "rest", "contradiction": "contradiction"},
    "target": "contradiction",
    "source": "denied.tsv",
}
CLAIM = {"cell": "all", "measure": "d_prime", "contrast": "original_biased - original"}
CHANGES: dict[str, Any] = {
    "starts": [60],
    "arms": [{"original": 30}, {"original_biased": 30}],
    "heuristic": {"predicate": "negation", "label": "contradiction"},
    "claims": [
        {**CLAIM, "blindspot": name, "beyond": "general", "margin": 0.25, "alpha": 0.05}
        for name in ("microworld", "denied")
    ],
}


def denied_rows() -> list[tuple[str, str, str]]:
    rows = []
    for who, other in zip(PEOPLE, (*PEOPLE[1:], PEOPLE[0]), strict=True):
        denied = f"The {who} did not sleep ."
        rows.append((f"The {who} slept .", denied, "contradiction"))
        rows.append((denied, denied, "rest"))
        rows.append((f"The {other} slept .", denied, "rest"))
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the study, run to its end."""
    folder = tmp_path_factory.mktemp("two")
    study = yaml.safe_load(STUDY) | CHANGES
    for part in ("generator", "screening", "labeller"):
        del study[part]
    study["blindspots"].append(DENIED)
    (folder / "two.yaml").write_text(yaml.safe_dump(study, sort_keys=False))
    with (folder / "denied.tsv").open("w", newline="") as file:
        csv.writer(file, delimiter="\t").writerows([("premise", "hypothesis", "label"), *denied_rows()])
    done(folder, "run", "two.yaml")
    return folder


def d_prime(part: pl.DataFrame, target: str) -> float:
    """By counting the answers."""
    said, is_target = part["predicted"] == target, part["gold"] == target
    hits, alarms = (said & is_target).sum(), (said & ~is_target).sum()
    n_targets = int(is_target.sum())
    z = norm.ppf([(hits + 0.5) / (n_targets + 1), (alarms + 0.5) / (part.height - n_targets + 1)])
    return float(z[0] - z[1])


def predictions_of(folder: Path, arm: str) -> pl.DataFrame:
    record = json.loads((folder / "reports" / "two" / "results.json").read_text())
    (key,) = (model["key"] for model in record["models"] if model["arm"] == arm)
    return pl.read_parquet(folder / "store" / "done" / key / PREDICTIONS)


def test_what_each_shortcut_costs_beyond_the_task_is_of_its_own_label_on_both(folder: Path) -> None:
    record = json.loads((folder / "reports" / "two" / "results.json").read_text())
    before, after = (predictions_of(folder, arm) for arm in ("original-30", "original_biased-30"))
    expected = []
    for name, target in (("microworld", "entailment"), ("denied", "contradiction")):
        changes = [
            d_prime(after.filter(test=test), target) - d_prime(before.filter(test=test), target)
            for test in (name, "general")
        ]
        expected.append(changes[0] - changes[1])
    assert [one["differences"] for one in record["verdicts"]] == [[pytest.approx(one)] for one in expected]


def test_the_report_says_which_label_the_probabilities_of_turned_answers_are_of(folder: Path) -> None:
    page = (folder / "reports" / "two" / "index.html").read_text()
    assert "p(target) before" in page
    assert "The target is entailment (microworld), contradiction (denied)." in page


def test_answers_to_either_blind_spot_are_scored_with_its_labels(folder: Path) -> None:
    made = [
        {"id": n, "premise": premise, "hypothesis": hypothesis, "gold": gold, "predicted": answer}
        for n, ((premise, hypothesis, gold), answer) in enumerate(
            zip(denied_rows(), ("contradiction", "entailment", "contradiction") * 6, strict=True)
        )
    ]
    pl.DataFrame(made).write_csv(folder / "answers.csv")
    shown, _ = done(folder, "score", "answers.csv", "--blindspot", "two.yaml:denied", "--json")
    record = json.loads(shown)
    assert record["target"] == "contradiction"
    accuracy = {(cell["heuristic"], cell["label"]): cell["accuracy"] for cell in record["cells"]}
    assert accuracy["all", "contradiction"] == 1
    assert accuracy["negation", "rest"] == 0.5
    rates = {one["heuristic"]: (one["hit_rate"], one["false_alarm_rate"]) for one in record["heuristics"]}
    assert rates["all"] == rates["negation"] == (1, 0.5)


@pytest.mark.parametrize("harness", ["lm-eval", "inspect"])
def test_every_label_that_counts_as_the_gold_one_is_right_in_an_exported_task(
    folder: Path, harness: str
) -> None:
    done(folder, "export", harness, "--blindspot", "two.yaml:denied", "--out", harness)
    text = (folder / harness / "scotoma_denied.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    assert {(row["gold"], *row["right"]) for row in rows} == {("contradiction", 2), ("rest", 0, 1)}
    assert rows[0]["choices"] == ["entailment", "neutral", "contradiction"]
