from pathlib import Path

import pytest

from command_line import scotoma
from drafted import write_csv

ROWS = [(f"It was day {n} .", ("bad", "good")[n % 2]) for n in range(24)]


def test_init_says_what_it_found_and_what_is_still_open(tmp_path: Path) -> None:
    write_csv(tmp_path / "train.csv", ("review", "mood"), ROWS)
    made = scotoma("init", "mine", "--model", "bundled:microworld_base", "--train", "train.csv", cwd=tmp_path)
    assert made.returncode == 0
    assert "train.csv: text review; label (column mood): bad (12 rows), good (12 rows)." in made.stdout
    assert "task.target: the label that the shortcut leads to" in made.stdout
    assert "Then: scotoma plan mine.yaml" in made.stdout
    text = (tmp_path / "mine.yaml").read_text()
    assert "fields: [review]" in text
    asked = scotoma("plan", "mine.yaml", cwd=tmp_path)
    assert asked.returncode == 2
    assert asked.stderr.count("\n  line") == text.count("DECIDE") - 1  # one is in the heading


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--train", "gone.csv"], "gone.csv"),
        (["--train", "train.csv", "--columns", "label=stars"], "the file has no 'stars' for label"),
        (["--train", "train.csv", "--test", "other.csv"], "'so' is not known"),
        (["--train", "train.csv", "--like", "pocket"], "--like copies a study as it is"),
        (["--task", "mnly"], "Did you mean 'mnli'"),
        (["--train", "train.csv", "--blindspot", "hens"], "blind spot 'hens' is not known"),
        (["--train", "train.csv", "--blindspot", "hans"], "does not fit the task's labels"),
        (["--train", "train.csv", "--model", "./none"], "'./none' does not exist"),
        (["--model", "bundled:microworld_base"], "neither a task nor training data"),
        (["--lora", "--train", "train.csv", "--labels", "bad"], "is not a list of labels"),
    ],
)
def test_nothing_is_written_where_something_is_wrong(
    tmp_path: Path, options: list[str], message: str
) -> None:
    write_csv(tmp_path / "train.csv", ("review", "mood"), ROWS)
    write_csv(tmp_path / "other.csv", ("review", "mood"), [("Not so good .", "so")])
    refused = scotoma("init", "mine", *options, cwd=tmp_path)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert not (tmp_path / "mine.yaml").exists()


def test_a_file_that_is_there_is_kept_and_no_other_is_read(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("seed: 0\n")
    refused = scotoma("init", "mine", "--train", "gone.csv", cwd=tmp_path)
    assert refused.returncode == 2
    assert "mine.yaml exists already" in refused.stderr
    assert (tmp_path / "mine.yaml").read_text() == "seed: 0\n"


def test_ids_that_are_not_unique_can_be_left_aside(tmp_path: Path) -> None:
    write_csv(tmp_path / "train.csv", ("id", "review", "mood"), [("x", *row) for row in ROWS])
    options = ["--model", "bundled:microworld_base", "--train", "train.csv"]
    refused = scotoma("init", "mine", *options, cwd=tmp_path)
    assert "set columns id= to number" in refused.stderr
    assert scotoma("init", "mine", *options, "--columns", "id=", cwd=tmp_path).returncode == 0
    assert "id: ''" in (tmp_path / "mine.yaml").read_text()
