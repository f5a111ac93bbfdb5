"""What is wrong with a file is said at once: what, where, and what to do."""

import math
from pathlib import Path

import polars as pl
import pytest

from prediction_files import lines, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import read_predictions


def change(**columns: object) -> pl.DataFrame:
    """The rows with other values in the third."""
    table = rows()
    return table.with_columns(
        pl.when(pl.int_range(pl.len()) == 2).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in columns.items()
    )


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (change(id="row1"), r"id 'row1' is that of line 3 \(.*a.csv:4\)"),
        (change(id=""), "id is ''"),
        (
            change(predicted="entailmant"),
            "predicted label 'entailmant' is not known.*Did you mean 'entailment'",
        ),
        (change(predicted="0"), "predicted label '0' is not known.*--labels '0=LABEL"),
        (change(predicted=None), r"1 of 120 rows has no answer: line 4 \(''\) \(.*a.csv\)\..*--partial"),
        (
            change(gold="neutral"),
            "gold label is 'neutral', one of three labels, but the blind spot has two.*two gold labels",
        ),
        (change(gold="2"), "gold label '2' is not known"),
        (change(gold=None), "no gold label for id 'row2'"),
        (change(heuristic="subsequnce"), "heuristic 'subsequnce' is not known.*Did you mean 'subsequence'"),
        (change(p_neutral=0.9), "probabilities sum to"),
        (change(p_neutral=math.nan), "not a number: .*p_neutral.*has diverged"),
        (change(p_neutral="0,5"), "not a number: .*p_neutral '0,5'.*with a point"),
        (change(p_neutral="50 %"), "not a number: .*p_neutral '50 %'.*with a point"),
        (change(p_neutral=None), "not a number"),
        (change(p_entailment=-3.2), "not a probability: .*Give probabilities"),
        (rows().drop("predicted", "p_neutral"), "no column for predicted"),
        (rows().drop("id"), "no column for id"),
        (rows().drop("gold"), "no gold label for id 'row0'.*published ids of HANS"),
        (rows().drop("p_neutral"), "but no p_neutral"),
        (
            rows().rename({"p_neutral": "p_neutrl"}),
            "p_neutrl: not a label of 'hans'.*Did you mean 'p_neutral'",
        ),
        (rows().rename({"gold": "label"}).with_columns(gold_label=pl.lit("-")), "may both be the gold"),
        (rows().clear(), "no rows of predictions"),
    ],
)
def test_a_row_or_column_that_cannot_be_is_refused(tmp_path: Path, table: pl.DataFrame, message: str) -> None:
    with pytest.raises(ScotomaError, match=message):
        read_predictions(write(table, tmp_path / "a.csv"), HANS)


def test_the_first_faults_are_named_and_all_are_counted(tmp_path: Path) -> None:
    path = write(rows().with_columns(predicted=pl.format("maybe {}", "id")), tmp_path / "a.csv")
    message = r"120 faults: line 2: predicted label 'maybe .*line 6: .*; and 115 more \(.*a.csv:2\)"
    with pytest.raises(ScotomaError, match=message):
        read_predictions(path, HANS)


@pytest.mark.parametrize(("column", "what"), [("predicted", "predicted label"), ("gold", "gold label")])
def test_words_that_recur_and_mean_no_label_are_counted_and_not_told_by_row(
    tmp_path: Path, column: str, what: str
) -> None:
    words = pl.Series(["no", "maybe", "maybe", "perhaps"] * 30)
    path = write(rows().with_columns(words.alias(column)), tmp_path / "a.csv")
    message = (
        rf"^the file has {what}s that are not known: 'no' in 30 rows, 'maybe' in 60 rows, 'perhaps' in 30 "
        "rows "
        r"\(.*a.csv:2\)"
    )
    with pytest.raises(ScotomaError, match=message):
        read_predictions(path, HANS)


def test_missing_published_rows_are_named(tmp_path: Path) -> None:
    text = "pairID,gold_label\n" + "".join(f"ex{n},entailment\n" for n in range(3, 30_000))
    (tmp_path / "preds.txt").write_text(text)
    message = r"29,997 of the 30,000 published rows are there; missing are ex0, ex1, ex2 .*--partial"
    with pytest.raises(ScotomaError, match=message):
        read_predictions(tmp_path / "preds.txt", HANS)


def test_a_published_row_that_stands_twice_does_not_make_up_for_one_that_is_missing(tmp_path: Path) -> None:
    names = [*(f"EX{n}" for n in range(29_999)), "ex0"]
    text = "pairID,gold_label\n" + "".join(f"{name},entailment\n" for name in names)
    (tmp_path / "preds.txt").write_text(text)
    with pytest.raises(ScotomaError, match=r"29,999 of the 30,000 published rows .* missing are ex29999 "):
        read_predictions(tmp_path / "preds.txt", HANS)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", b"", "/a.csv' is empty"),
        ("a.csv", b"id,gold,predicted\n", "no rows of predictions"),
        ("a.parquet", b"id,gold,predicted\n", "/a.parquet' is damaged"),
        ("a.eval", b"id,gold,predicted\n", "cannot be read as an inspect_ai log"),
        ("a.doc", b"id", "format of '.*/a.doc' is not known"),
        ("a.csv", b"id,gold,predicted\nx,entailment\n", "2 columns where the header has 3"),
        ("a.csv", b"id,gold,predicted\n\xff,entailment,neutral\n", "not UTF-8"),
        ("a.jsonl", b"{]\n", "not JSON"),
        ("a.json", b"[1]\n", "a JSON list where an object is needed"),
        ("a.txt", b"ex1 entailment\n", "no rows of predictions"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ScotomaError, match=message):
        read_predictions(tmp_path / name, HANS)


def test_no_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match=r"there is no file '.*/a.csv'"):
        read_predictions(tmp_path / "a.csv", HANS)
    (tmp_path / "b.csv").mkdir()
    with pytest.raises(ScotomaError, match="is a folder"):
        read_predictions(tmp_path / "b.csv", HANS)


def test_a_column_or_a_label_that_nobody_reads_is_refused(tmp_path: Path) -> None:
    path = write(rows(), tmp_path / "a.csv")
    with pytest.raises(
        ScotomaError, match=r"'predictd' is not a column that is read.*Did you mean 'predicted'"
    ):
        read_predictions(path, HANS, columns={"predictd": "x"})
    with pytest.raises(ScotomaError, match="the file has no 'x' for predicted"):
        read_predictions(path, HANS, columns={"predicted": "x"})
    with pytest.raises(ScotomaError, match="'entails' is not a label of blind spot 'hans'"):
        read_predictions(path, HANS, labels={"Yes": "entails"})


@pytest.mark.parametrize("column", ["id", "subcase", "premise"])
def test_half_a_character_is_refused(tmp_path: Path, column: str) -> None:
    row = {"id": "a", "gold": "entailment", "predicted": "neutral", column: "a\ud800"}
    with pytest.raises(ScotomaError, match=f"{column} holds an unpaired surrogate"):
        read_predictions(lines([row], tmp_path / "a.jsonl"), HANS)


def test_a_row_that_lacks_a_column_is_refused(tmp_path: Path) -> None:
    row = {"id": "a", "gold": "entailment", "predicted": "neutral"}
    path = lines([row, {"id": "b", "gold": "entailment"}], tmp_path / "a.jsonl")
    with pytest.raises(ScotomaError, match=r"no 'predicted' \(.*a.jsonl:2\)"):
        read_predictions(path, HANS)
