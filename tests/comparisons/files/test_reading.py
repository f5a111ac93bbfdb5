"""Files of predictions, from every format to one table."""

import gzip
from pathlib import Path

import polars as pl
import pytest

from prediction_files import lines, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS, MICROWORLD, PAWS
from scotoma.comparisons import read_predictions
from scotoma.worlds.hans import SUBCASES


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl", "a.parquet"])
def test_every_table_format_gives_the_same_rows(tmp_path: Path, name: str) -> None:
    table = rows()
    found = read_predictions(write(table, tmp_path / name), HANS)
    assert found.table["id"].to_list() == table["id"].to_list()
    assert found.table.select("gold", "predicted", "heuristic", "subcase", "template").equals(
        table.select("gold", "predicted", "heuristic", "subcase", "template")
    )
    assert found.table["p_neutral"].to_list() == pytest.approx(table["p_neutral"].to_list())
    assert found.notes == ()


def test_a_packed_file_is_unpacked(tmp_path: Path) -> None:
    plain = write(rows(), tmp_path / "a.csv")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert read_predictions(tmp_path / "b.csv.gz", HANS).table.equals(read_predictions(plain, HANS).table)


def test_other_names_of_columns_are_known_or_told(tmp_path: Path) -> None:
    theirs = {"id": "pairID", "gold": "gold_label", "predicted": "answer", "p_entailment": "yes"}
    path = write(rows().rename(theirs), tmp_path / "a.csv")
    found = read_predictions(path, HANS, columns={"predicted": "answer", "p_entailment": "yes"})
    assert found.table.equals(read_predictions(write(rows(), tmp_path / "b.csv"), HANS).table)


def test_the_nameless_column_that_pandas_writes_for_an_index_can_be_the_id(tmp_path: Path) -> None:
    path = write(rows().rename({"id": ""}), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match="the column without a name, as pandas writes an index, with id="):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, columns={"id": ""}).table
    assert found["id"].to_list() == rows()["id"].to_list()


def test_other_words_for_labels_are_told_and_spelling_is_forgiven(tmp_path: Path) -> None:
    words = ["Yes", "no", "ENTAILMENT", "Non_Entailment."]
    made = [
        {"id": n, "gold": gold, "predicted": word}
        for n, (word, gold) in enumerate(zip(words, [0, "1", "entailment", "non entailment"], strict=True))
    ]
    path = lines(made, tmp_path / "a.jsonl")
    found = read_predictions(path, HANS, labels={"yes": "entailment", "No": "contradiction"}).table
    assert found["predicted"].to_list() == ["entailment", "contradiction", "entailment", "non-entailment"]
    assert found["gold"].to_list() == ["entailment", "non-entailment"] * 2


def test_gold_codes_are_those_of_the_blind_spots_own_data(tmp_path: Path) -> None:
    words = {0: "not_duplicate", 1: "duplicate"}
    made = [{"id": code, "label": code, "predicted": word} for code, word in words.items()]
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), PAWS).table
    assert found["gold"].to_list() == found["predicted"].to_list() == list(words.values())


def coded(words: dict[str, str]) -> list[dict[str, object]]:
    """Rows whose gold label and answer are integers; nothing else says what the gold labels are."""
    return [{"id": n, "gold": n % 2, "predicted": code} for n, code in enumerate(words)]


@pytest.mark.parametrize(
    "words",
    [
        {"0": "non-entailment", "1": "entailment"},
        {"2": "entailment", "1": "neutral", "0": "contradiction"},
    ],
)
def test_gold_codes_that_labels_gives_the_other_meaning_are_refused_until_they_are_said(
    tmp_path: Path, words: dict[str, str]
) -> None:
    path = lines(coded(words), tmp_path / "a.jsonl")
    with pytest.raises(
        ScotomaError, match=r"which of them applies to the gold labels is unclear.*--gold-labels 0="
    ):
        read_predictions(path, HANS, labels=words)
    for gold in ({"0": "entailment", "1": "non-entailment"}, {"0": "non-entailment", "1": "entailment"}):
        found = read_predictions(path, HANS, labels=words, gold_labels=gold)
        assert found.table["predicted"].to_list() == list(words.values())
        assert found.table["gold"].to_list() == [gold[str(n % 2)] for n in range(len(words))]


def test_gold_codes_that_labels_gives_the_same_meaning_are_read_and_it_is_said(tmp_path: Path) -> None:
    words = {"0": "entailment", "1": "neutral", "2": "contradiction"}
    found = read_predictions(lines(coded(words), tmp_path / "a.jsonl"), HANS, labels=words)
    assert found.table["gold"].to_list() == ["entailment", "non-entailment", "entailment"]
    assert found.notes[0] == (
        "Gold labels: 0 is read as entailment (2), 1 is read as non-entailment (1), "
        "in the order of the labels of hans. If these are other codes, give --gold-labels."
    )
    assert found.notes[1].startswith("Predictions: 0 is read as entailment (1), 1 is read as")


def test_probabilities_of_the_blind_spots_two_labels_are_read(tmp_path: Path) -> None:
    table = rows().drop("p_contradiction").rename({"p_neutral": "p_non-entailment"})
    path = write(
        table.with_columns((1 - pl.col("p_entailment")).alias("p_non-entailment")), tmp_path / "a.csv"
    )
    assert "p_non-entailment" in read_predictions(path, HANS).table.columns


def test_official_hans_predictions_need_only_ids_and_labels(tmp_path: Path) -> None:
    text = "pairID,gold_label\n" + "".join(f"ex{n},neutral\n" for n in range(30_000))
    (tmp_path / "preds.txt").write_text(text)
    found = read_predictions(tmp_path / "preds.txt", HANS)
    assert found.form == "HANS text"
    assert found.table.height == 30_000
    assert found.table["subcase"].unique(maintain_order=True).to_list() == [case.name for case in SUBCASES]
    assert found.table["gold"][0] == "non-entailment"
    assert found.table["predicted"].unique().to_list() == ["neutral"]


def test_part_of_the_published_set_is_taken_only_when_that_is_said(tmp_path: Path) -> None:
    path = write(pl.DataFrame({"id": ["ex0", "ex5000"], "predicted": ["neutral"] * 2}), tmp_path / "a.csv")
    found = read_predictions(path, HANS, partial=True)
    assert found.table["gold"].to_list() == ["non-entailment", "entailment"]
    assert "The file has 2 of the 30,000 published rows." in found.notes


@pytest.mark.parametrize("gold", [["", "-"], ["non-entailment", ""]])
def test_gold_that_is_left_blank_comes_from_the_ids_as_if_there_were_no_column(
    tmp_path: Path, gold: list[str]
) -> None:
    ids = {"id": ["ex0", "ex5000"], "predicted": ["neutral"] * 2}
    path = write(pl.DataFrame(ids | {"gold": gold}), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match=r"2 of the 30,000 published rows are there"):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, partial=True)
    assert found.table["gold"].to_list() == ["non-entailment", "entailment"]
    assert "Gold labels, heuristics and subcases are those of the published ids." in found.notes


def test_a_files_own_gold_that_contradicts_a_published_id_is_refused(tmp_path: Path) -> None:
    table = pl.DataFrame({"id": ["ex0"], "gold": ["entailment"], "predicted": ["neutral"]})
    with pytest.raises(ScotomaError, match="ex0 is non-entailment, and the file says 'entailment'"):
        read_predictions(write(table, tmp_path / "a.csv"), HANS)


def test_published_ids_with_their_own_gold_bring_heuristic_and_subcase(tmp_path: Path) -> None:
    table = pl.DataFrame(
        {"id": ["ex0", "ex25000"], "gold": ["non-entailment", "entailment"], "predicted": ["neutral"] * 2}
    )
    found = read_predictions(write(table, tmp_path / "a.csv"), HANS)
    assert found.table["heuristic"].to_list() == ["lexical_overlap", "constituent"]
    assert found.notes == ("Heuristics and subcases are those of the published ids.",)


def test_our_own_names_of_columns_come_before_others_and_other_columns_are_passed_over(
    tmp_path: Path,
) -> None:
    table = rows().with_columns(label=pl.lit("x"), sentence1=pl.lit("y"), p_max=pl.lit(2.0))
    found = read_predictions(write(table, tmp_path / "a.csv"), HANS).table
    assert found["gold"].to_list() == table["gold"].to_list()
    assert "p_max" not in found.columns


def test_of_a_studys_predictions_only_the_blind_spots_rows_are_read(tmp_path: Path) -> None:
    general = rows(1).with_columns(
        id=pl.format("general{}", "id"), gold=pl.lit("neutral"), test=pl.lit("dev")
    )
    both = pl.concat([general, rows().with_columns(test=pl.lit("hans"))])
    found = read_predictions(write(both, tmp_path / "a.parquet"), HANS).table
    assert found["id"].to_list() == rows()["id"].to_list()


def test_rows_that_all_name_other_test_sets_are_refused(tmp_path: Path) -> None:
    of_others = rows().with_columns(test=pl.lit("microworld"))
    message = r"no row has 'hans' for its test .*Known: microworld\. Name the blind spot of these rows"
    with pytest.raises(ScotomaError, match=message):
        read_predictions(write(of_others, tmp_path / "a.csv"), HANS)
    for empty in ("", None, 1, True):
        path = write(rows().with_columns(test=pl.lit(empty)), tmp_path / "b.parquet")
        assert read_predictions(path, HANS).table.height == 120


def test_a_predicted_label_that_is_not_the_most_probable_is_noted(tmp_path: Path) -> None:
    table = rows().with_columns(predicted=pl.lit("contradiction"))
    found = read_predictions(write(table, tmp_path / "a.csv"), HANS)
    (note,) = found.notes
    assert note.startswith("In 120 of 120 rows another label is more probable")


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet"])
def test_without_a_column_of_answers_the_most_probable_label_is_the_answer(tmp_path: Path, name: str) -> None:
    table = rows()
    assert table["predicted"].n_unique() == 2
    found = read_predictions(write(table.drop("predicted"), tmp_path / name), HANS)
    assert found.table["predicted"].to_list() == table["predicted"].to_list()
    (note,) = found.notes
    assert note == (
        "There is no column predicted: each answer is the most probable label by p_entailment, p_neutral, "
        "p_contradiction."
    )
    two = table.select("id", "gold", "p_entailment", (1 - pl.col("p_entailment")).alias("p_non-entailment"))
    merged = read_predictions(write(two, tmp_path / f"two-{name}"), HANS).table["predicted"]
    assert merged.to_list() == table["predicted"].replace("neutral", "non-entailment").to_list()


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_row_without_one_most_probable_label_is_refused_unless_the_labels_count_as_one(
    tmp_path: Path, name: str
) -> None:
    table = rows().drop("predicted", "p_entailment", "p_neutral", "p_contradiction")
    place = pl.int_range(pl.len())

    def with_third_row(entailment: float, neutral: float, contradiction: float) -> Path:
        values = {"p_entailment": entailment, "p_neutral": neutral, "p_contradiction": contradiction}
        usual = {"p_entailment": 0.7, "p_neutral": 0.2, "p_contradiction": 0.1}
        columns = [
            pl.when(place == 2).then(values[name]).otherwise(usual[name]).alias(name) for name in usual
        ]
        return write(table.with_columns(columns), tmp_path / name)

    line = 4 if name == "a.csv" else 3
    message = rf"entailment and neutral are equally probable, .*{name}:{line}\). Give a predicted column"
    with pytest.raises(ScotomaError, match=message):
        read_predictions(with_third_row(0.4, 0.4, 0.2), HANS)
    found = read_predictions(with_third_row(0.2, 0.4, 0.4), HANS).table["predicted"]
    assert found.to_list() == ["entailment"] * 2 + ["neutral"] + ["entailment"] * 117
    with pytest.raises(ScotomaError, match=rf"not a number: p_entailment .*{name}:{line}\)"):
        read_predictions(with_third_row(float("nan"), 0.4, 0.6), HANS)


def test_one_column_of_probabilities_gives_no_answers(tmp_path: Path) -> None:
    path = write(rows().drop("predicted", "p_neutral", "p_contradiction"), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match="no column for predicted"):
        read_predictions(path, HANS)


def test_another_blind_spot_knows_no_published_ids(tmp_path: Path) -> None:
    table = pl.DataFrame({"id": ["ex0"], "gold": ["non-entailment"], "predicted": ["neutral"]})
    found = read_predictions(write(table, tmp_path / "a.csv"), MICROWORLD)
    assert found.table["heuristic"].to_list() == [""]


def test_texts_are_kept_with_whatever_is_in_them(tmp_path: Path) -> None:
    text = 'A "quoted", [bold]text[/] ; \u2028 .'
    table = rows(1).with_columns(premise=pl.lit(text), hypothesis=pl.lit("b"))
    assert read_predictions(write(table, tmp_path / "a.csv"), HANS).table["premise"][0] == text


def test_whole_numbers_are_the_same_ids_in_every_type_and_keep_their_probabilities(tmp_path: Path) -> None:
    table = rows().with_columns(id=pl.int_range(pl.len()))
    write(table, tmp_path / "a.parquet")
    write(table.with_columns(pl.col("id").cast(pl.Float64)), tmp_path / "b.parquet")
    whole, floats = (read_predictions(tmp_path / name, HANS).table for name in ("a.parquet", "b.parquet"))
    assert floats.equals(whole)
    assert whole.height == table.height
