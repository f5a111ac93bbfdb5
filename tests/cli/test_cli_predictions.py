"""`scotoma score` and `scotoma compare` from the command line: exit codes, messages, JSON keys."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from command_line import scotoma
from prediction_files import replicates
from shared_data import shared_file


def table(path: Path, *, right: list[bool]) -> None:
    """Rows of one cell in three heuristics, right or wrong as told."""
    path.parent.mkdir(exist_ok=True)
    lines = ["id,gold,predicted,heuristic,subcase"]
    for n, is_right in enumerate(right):
        heuristic = ("lexical_overlap", "subsequence", "constituent")[n % 3]
        answer = "neutral" if is_right else "entailment"
        lines.append(f"row{n},non-entailment,{answer},{heuristic},{heuristic}-{n % 2}")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        table(tmp_path / "before" / f"r{number}.csv", right=[n % 10 < 8 for n in range(60 + number)])
        table(
            tmp_path / "after" / f"r{number}.csv", right=[n % 10 < 2 + number % 2 for n in range(60 + number)]
        )
    return tmp_path


def test_score_prints_one_json_object_with_the_keys_that_others_rely_on(folder: Path) -> None:
    told = scotoma("score", "before/r0.csv", "--blindspot", "hans", "--json", cwd=folder)
    assert (told.returncode, told.stderr) == (0, "")
    record = json.loads(told.stdout)
    assert (record["blindspot"], record["n"]) == ("hans", 60)
    cells = {(cell["heuristic"], cell["label"]): cell for cell in record["cells"]}
    assert set(cells) == {
        (name, "non-entailment") for name in ("all", "lexical_overlap", "subsequence", "constituent")
    }
    assert cells["all", "non-entailment"]["accuracy"] == 0.8
    assert {"subcase", "label", "n", "accuracy"} <= record["subcases"][0].keys()


def test_compare_prints_one_json_object_with_the_keys_that_others_rely_on(folder: Path) -> None:
    told = scotoma("compare", "before", "after", "--blindspot", "hans", "--json", cwd=folder)
    assert (told.returncode, told.stderr) == (0, "")
    record = json.loads(told.stdout)
    assert record["replicates"] == 3
    (claim,) = record["claims"]
    due = {"cell", "measure", "estimate", "low", "high", "level", "margin", "p_adjusted", "verdict"}
    assert due <= claim.keys()
    named = (claim["cell"], claim["measure"], claim["margin"], claim["alpha"], claim["verdict"])
    assert named == ("all/non-entailment", "accuracy", 0.05, 0.05, "WORSE")
    assert record["flips"][0].keys() >= {"replicate", "cell", "lost_ids", "negative_flip_rate", "churn"}


def test_claims_are_declared_by_options(folder: Path) -> None:
    cells = ["--cell", "subsequence/non-entailment", "--cell", "constituent/non-entailment"]
    options = [*cells, "--margin", ".1", "--alpha", ".01", "--seed", "3", "--json"]
    told = scotoma("compare", "before", "after", "--blindspot", "hans", *options, cwd=folder)
    claims = json.loads(told.stdout)["claims"]
    assert [claim["cell"] for claim in claims] == ["subsequence/non-entailment", "constituent/non-entailment"]
    assert {(claim["margin"], claim["alpha"]) for claim in claims} == {(0.1, 0.01)}


def test_a_measures_former_name_is_told_on_stderr_and_leaves_json_as_it_is(tmp_path: Path) -> None:
    for name, right in (("before", [0.8, 0.82, 0.79]), ("after", [0.5, 0.53, 0.47])):
        replicates(tmp_path / name, right)
    compare = ("compare", "before", "after", "--blindspot", "hans", "--json", "--measure")
    now = scotoma(*compare, "log_odds", cwd=tmp_path)
    # A process of its own: in that of the tests a warning is an error.
    command = [sys.executable, "-m", "scotoma", *compare, "margin"]
    former = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf8", check=True)
    assert (now.returncode, now.stderr) == (0, "")
    assert former.stdout == now.stdout
    assert json.loads(now.stdout)["claims"][0]["measure"] == "log_odds"
    assert former.stderr == (
        "note: the measure `margin` is now called `log_odds`, and from version 0.4 on the old name is "
        "not accepted; a claim's `margin` keeps its name\n"
    )


def test_without_json_there_are_sentences_and_tables(folder: Path) -> None:
    assert "Wilson" in scotoma("score", "before/r0.csv", "--blindspot", "hans", cwd=folder).stdout
    shown = scotoma("compare", "before/r0.csv", "after/r0.csv", "--blindspot", "hans", cwd=folder).stdout
    assert shown.startswith("NO VERDICT: accuracy on hans all/non-entailment moved from .800 to .200")
    assert "McNemar" in shown


def test_columns_and_labels_are_told_by_options(folder: Path) -> None:
    text = (folder / "before/r0.csv").read_text().replace("neutral", "No").replace("predicted", "answer")
    (folder / "mine.csv").write_text(text)
    options = ["--columns", "predicted=answer", "--labels", "No=neutral", "--json"]
    told = scotoma("score", "mine.csv", "--blindspot", "hans", *options, cwd=folder)
    assert json.loads(told.stdout)["cells"][0]["accuracy"] == 0.8


def test_gold_labels_scorers_and_unanswered_rows_are_told_by_options(tmp_path: Path) -> None:
    gold = {"gold": [0, 1, 0, 1], "predicted": ["entailment", "neutral", "", "neutral"], "id": [1, 2, 3, 4]}
    (tmp_path / "a.csv").write_text(
        "\n".join(
            ["gold,predicted,id", *(",".join(map(str, row)) for row in zip(*gold.values(), strict=True))]
        )
    )
    turned = ["--gold-labels", "0=non-entailment,1=entailment"]
    told = scotoma("score", "a.csv", "--blindspot", "hans", *turned, "--partial", "--json", cwd=tmp_path)
    record = json.loads(told.stdout)
    assert {cell["label"]: cell["accuracy"] for cell in record["cells"]} == {
        "entailment": 0,
        "non-entailment": 0,
    }
    assert record["unanswered"] == [{"heuristic": "all", "label": "non-entailment", "n": 1}]
    options = ["--partial", "--margin", ".2", "--json"]
    told = scotoma("compare", "a.csv", "a.csv", "--blindspot", "hans", *turned, *options, cwd=tmp_path)
    assert json.loads(told.stdout)["unanswered"][0]["before"] == {"non-entailment": 1}
    for option in ("--scorer", "--filter"):
        told = scotoma("score", "a.csv", "--blindspot", "hans", option, "x", cwd=tmp_path)
        assert (told.returncode, told.stdout) == (2, "")
        assert f"{option} x applies only to" in told.stderr


def test_a_studys_blind_spot_is_named_by_its_study(folder: Path) -> None:
    told = scotoma("score", "before/r0.csv", "--blindspot", "quickstart:microworld", "--json", cwd=folder)
    assert json.loads(told.stdout)["blindspot"] == "microworld"


def test_a_real_berts_predictions_score_as_published(tmp_path: Path) -> None:
    file = str(shared_file("hans/bert_preds.txt"))
    record = json.loads(scotoma("score", file, "--blindspot", "hans", "--json", cwd=tmp_path).stdout)
    found = {(cell["heuristic"], cell["label"]): cell["accuracy"] for cell in record["cells"]}
    assert found["lexical_overlap", "non-entailment"] == 0.1640
    assert found["constituent", "entailment"] == 0.9844


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("score", "no.csv", "--blindspot", "hans"), "there is no file 'no.csv'"),
        (("score", "before/r0.csv", "--blindspot", "hanz"), "Did you mean 'hans'"),
        (("score", "before/r0.csv", "--blindspot", "quickstart:hans"), "blind spot 'hans' is not known"),
        (("score", "before/r0.csv", "--blindspot", "hans", "--gold-labels", "0"), "is not a list of labels"),
        (("score", "before/r0.csv"), "Missing option '--blindspot'"),
        (("score", "before/r0.csv", "--blindspot", "hans", "--columns", "id"), "is not a list of columns"),
        (("score", "before/r0.csv", "--blindspot", "hans", "--labels", "Yes"), "is not a list of labels"),
        (
            ("score", "before/r0.csv", "--blindspot", "hans", "--labels", "Yes=entailment,Yes=neutral"),
            "Yes is given twice",
        ),
        (
            ("score", "before/r0.csv", "--blindspot", "hans", "--labels", "Yes, it does=entailment"),
            "put a pair that contains a comma in double quotes",
        ),
        (("score", "before", "--blindspot", "hans"), "is a folder"),
        (("compare", "before", "after/r0.csv", "--blindspot", "hans"), "is a folder and"),
        (
            ("compare", "before/r0.csv", "after/r1.csv", "--blindspot", "hans"),
            "1 row is not in before/r0.csv: row60",
        ),
        (("compare", "before", "after", "--blindspot", "hans", "--cell", "al"), "Did you mean 'all'"),
        (
            ("compare", "before", "after", "--blindspot", "hans", "--measure", "acuracy"),
            "Did you mean 'accuracy'",
        ),
        (
            ("compare", "before", "after", "--blindspot", "hans", "--margin", "-1"),
            "the margin must be above 0",
        ),
    ],
)
def test_a_mistake_gets_a_message_and_exit_2(folder: Path, arguments: tuple[str, ...], message: str) -> None:
    result = scotoma(*arguments, cwd=folder)
    assert result.returncode == 2
    assert result.stdout == ""
    assert message in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
