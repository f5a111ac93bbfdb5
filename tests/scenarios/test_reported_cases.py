"""Small files that people of this field met, each with what is right: read as a user would, by the command
line.

They lie beside the repository, in shared/cases, and are skipped where they are absent. Each kind has tests on
inputs of its own elsewhere.
"""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from scotoma.basics.errors import ScotomaError
from scotoma.cli.app import app

CASES = Path(__file__).parents[3] / "shared" / "cases"

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason="shared/cases is not beside the repository")


def scotoma(*words: str) -> tuple[int, str, str]:
    """Exit code, what is printed, and the error message; in this process, as starting one takes seconds."""
    with contextlib.chdir(CASES):
        ended = CliRunner().invoke(app, list(words))
    if isinstance(ended.exception, ScotomaError):
        return 2, ended.stdout, f"error: {ended.exception}"
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return ended.exit_code, ended.stdout, ended.stderr


def told(*words: str) -> Any:
    """What a command prints as JSON."""
    code, printed, error = scotoma(*words, "--json")
    assert code == 0, error
    return json.loads(printed)


def refused(*words: str) -> str:
    """What a command that exits 2 says, and nothing is printed beside it."""
    code, printed, error = scotoma(*words)
    assert (code, printed) == (2, ""), printed
    return error


# Data, by `audit`.


def overlap(record: Any) -> tuple[int, int, float | None]:
    """Rows of entailment with every word in the premise, those of other labels, and the odds ratio."""
    (row,) = (
        row
        for row in record["associations"]
        if (row["predicate"], row["label"]) == ("overlap_word", "entailment")
    )
    ratio = row["odds_ratio"]
    return row["counts"]["holds_label"], row["counts"]["holds_other"], ratio and round(ratio)


NAMES = "c=contradiction,e=entailment,n=neutral"


@pytest.mark.parametrize(
    "words",
    [
        ["classlabel_order.parquet"],
        ["other_labels_classlabel.parquet"],
        ["anli_like.jsonl", "--columns", "premise=context", "--labels", NAMES],
        [
            "fever_like.jsonl",
            "--columns",
            "premise=context,hypothesis=query",
            "--labels",
            "SUPPORTS=entailment,REFUTES=contradiction,NOT ENOUGH INFO=neutral",
        ],
        [
            "sick_like.txt",
            "--columns",
            "premise=sentence_A,hypothesis=sentence_B,label=entailment_judgment",
        ],
        ["xnli_mt_like.tsv", "--columns", "hypothesis=hypo", "--labels", "contradictory=contradiction"],
        ["llm_words.jsonl"],
        ["float_codes.csv"],
        ["binary_codes.jsonl", "--labels", "1=entailment,0=neutral"],
        ["intended_and_gold.jsonl", "--columns", "label=gold"],
        ["array_oneline.json"],
        ["alpaca_array.json"],
    ],
    ids=lambda words: words[0],
)
def test_a_data_file_says_that_all_its_entailments_overlap(words: list[str]) -> None:
    assert overlap(told("audit", words[0], "--task", "mnli", *words[1:])) == (20, 0, 3321)


def test_two_labellers_of_the_same_names_agree() -> None:
    record = told("audit", "other_labels_classlabel.parquet", "--task", "mnli", "--other-labels", "second")
    assert record["agreement"]["share"]["value"] == 1
    assert record["agreement"]["kappa"] == 1


def test_integers_of_two_labels_are_no_integers_of_three() -> None:
    assert "their meaning is unclear" in refused("audit", "binary_codes.jsonl", "--task", "mnli")


def test_two_columns_of_labels_are_a_choice() -> None:
    said = refused("audit", "intended_and_gold.jsonl", "--task", "mnli")
    assert "columns 'label', 'gold' may both be the label" in said


def test_pairs_of_a_symmetric_task_are_their_mirrors() -> None:
    record = told("audit", "para_train.tsv", "--task", "qqp", "--test", "para_test_swapped.tsv")
    assert record["leaks"]["exact"] == 30
    record = told("audit", "para_train_both_orders.tsv", "--task", "qqp")
    assert record["duplicates"]["exact"] == 60


def test_vowel_signs_belong_to_their_words() -> None:
    record = told("audit", "hindi_vowels.jsonl", "--task", "mnli")
    assert overlap(record)[0] == 0


def test_a_text_without_spaces_is_said_to_be_one() -> None:
    code, printed, error = scotoma("audit", "chinese.jsonl", "--task", "mnli")
    assert "spaces" in printed + error
    assert code in (0, 2)


# Models.


def test_an_adapter_is_read_with_its_base_or_refused() -> None:
    words = ("audit", "lora_test.tsv", "--task", "microworld", "--model", "lora_adapter")
    code, printed, error = scotoma(*words, "--json")
    if code:
        assert "adapter" in error
    else:
        assert round(json.loads(printed)["agreement"]["share"]["value"], 3) == 0.917


def test_a_model_without_a_limit_of_length_labels_rows() -> None:
    words = ("audit", "lora_test.tsv", "--task", "microworld", "--model", "m_xlnet")
    code, _, error = scotoma(*words)
    assert code == 0 or (code == 2 and error.startswith("error: "))


# Predictions, by `score` and `compare`.


def cells(record: Any) -> dict[tuple[str, str], tuple[int, float]]:
    return {
        (cell["heuristic"], cell["label"]): (cell["n"], round(cell["accuracy"], 4))
        for cell in record["cells"]
    }


def test_published_rows_coded_the_other_way_round_are_refused() -> None:
    words = ("score", "hans_trainer_ids.csv.xz", "--blindspot", "hans")
    meant = ("--labels", "0=contradiction,1=entailment,2=neutral")
    said = refused(*words, *meant)
    assert "30,000" in said
    assert "the other way round" in said
    told_right = told(*words, *meant, "--gold-labels", "0=non-entailment,1=entailment")
    found = cells(told_right)
    assert found[("all", "entailment")][1] == 0.9747
    assert found[("all", "non-entailment")][1] == 0.1213


def test_gold_labels_against_their_subcases_are_refused() -> None:
    said = refused("score", "gold_against_subcase.csv", "--blindspot", "hans")
    assert "60" in said
    assert "the other way round" in said


def test_silent_rows_are_paired_where_both_answered() -> None:
    words = ("compare", "inspect_silent/before", "inspect_silent/after", "--blindspot", "hans")
    assert "--partial" in refused(*words)
    (claim,) = told(*words, "--partial")["claims"]
    differences = [round(b - a, 4) for a, b in zip(claim["before"], claim["after"], strict=True)]
    assert differences == [-0.1786, -0.1786, -0.069]
    assert round(claim["estimate"], 4) == -0.142


def test_an_empty_prediction_is_left_out_and_counted() -> None:
    words = ("score", "empty_predicted.csv", "--blindspot", "hans")
    assert "--partial" in refused(*words)
    record = told(*words, "--partial")
    assert record["n"] == 58


@pytest.mark.parametrize("name", ["inspect_two_scorers.json"])
def test_a_scorer_whose_answers_are_labels_is_taken(name: str) -> None:
    assert told("score", name, "--blindspot", "hans")["n"] == 60


@pytest.mark.parametrize("name", ["inspect_multi_answer.json", "inspect_v1.json"])
def test_logs_of_other_kinds_are_read_or_end_in_a_sentence(name: str) -> None:
    code, _, error = scotoma("score", name, "--blindspot", "hans", "--partial")
    assert code == 0 or error.count("sample") < 10


def test_a_list_in_a_jsonl_is_read() -> None:
    code, _, error = scotoma("score", "lmeval_041_list.jsonl", "--blindspot", "hans")
    assert code == 0, error


# The second set.


def test_named_gold_of_paws_is_read_by_its_names() -> None:
    record = told("score", "second/paws_codes.parquet", "--blindspot", "paws")
    found = {
        label: accuracy for (heuristic, label), (_, accuracy) in cells(record).items() if heuristic == "all"
    }
    assert sorted(round(accuracy, 2) for accuracy in found.values()) == [0.75, 0.79]


@pytest.mark.parametrize("command", ["plan", "run"])
def test_quoted_test_rows_in_unquoted_training_data_are_found(command: str, tmp_path: Path) -> None:
    said = refused(command, "second/leak.yaml", "--store", str(tmp_path / "store"))
    assert "300" in said


def test_decimals_are_probabilities() -> None:
    assert told("score", "second/e_decimal.parquet", "--blindspot", "hans")["n"] > 0


def test_a_gold_label_that_is_unknown_is_no_missing_one() -> None:
    said = refused("score", "second/i4_numeric_list.eval", "--blindspot", "hans")
    assert "gold labels that are not known: '1'" in said
    assert "no gold label" not in said


def test_the_resampled_interval_of_three_replicates_is_not_narrower_or_is_not_given() -> None:
    (claim,) = told("compare", "second/mb/before", "second/mb/after", "--blindspot", "hans")["claims"]
    resampled = claim["multi_bootstrap"]
    if resampled["low"] is None:
        assert resampled["reason"]
    else:
        assert resampled["high"] - resampled["low"] >= claim["high"] - claim["low"]


@pytest.mark.slow
def test_a_start_trained_on_named_labels_learns_what_one_trained_on_words_does(tmp_path: Path) -> None:
    """Not the same to the digit: which rows of a file are drawn depends on its bytes."""
    found = []
    for name in ("a", "b"):
        words = ("run", f"study_classlabel/{name}.yaml", "--device", "cpu", "--store", str(tmp_path / name))
        code, _, error = scotoma(*words, "--out", str(tmp_path / f"report {name}"))
        assert code == 0, error
        results = json.loads((tmp_path / f"report {name}" / "results.json").read_text())
        (start,) = (
            row["value"]
            for row in results["measures"]
            if (row["test"], row["cell"], row["measure"], row["arm"])
            == ("general", "all", "accuracy", "none")
        )
        found.append(start)
    # Labels in another order gave .080 where words gave .860.
    assert min(found) > 0.8
