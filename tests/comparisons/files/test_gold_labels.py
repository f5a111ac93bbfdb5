"""What gold labels mean: told apart from predictions, and never against what is known."""

import json
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, DatasetDict, Features, Value

from prediction_files import lines, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS, PAWS
from scotoma.comparisons import compare_files, read_predictions, score_file
from scotoma.worlds.hans import SUBCASES, generate

CODES = {"0": "contradiction", "1": "entailment", "2": "neutral"}
TURNED = {"0": "non-entailment", "1": "entailment"}


def published(path: Path, *, gold_of_entailment: int) -> Path:
    """Two rows of every published subcase, answered with 1 (entailment), and coded gold labels."""
    ids = [n for n in range(30_000) if n % 1000 < 2]
    gold = [
        gold_of_entailment if SUBCASES[n // 1000].label == "entailment" else 1 - gold_of_entailment
        for n in ids
    ]
    return write(pl.DataFrame({"pairID": [f"ex{n}" for n in ids], "label": gold, "prediction": 1}), path)


def named(names: list[str], column: str, path: Path) -> Path:
    """A Parquet file whose integer column has class names in its schema."""
    labels = [0, 1, 0, 1]
    words = ["duplicate", "not_duplicate", "not_duplicate", "not_duplicate"]
    other = "predicted" if column == "gold" else "gold"
    table = pa.table({"id": ["a", "b", "c", "d"], column: labels, other: words})
    features = {column: {"names": names, "_type": "ClassLabel"}}
    metadata = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    return path


def test_gold_codes_that_contradict_published_ids_are_refused_with_what_fixes_them(tmp_path: Path) -> None:
    path = published(tmp_path / "a.csv", gold_of_entailment=1)
    with pytest.raises(
        ScotomaError,
        match=r"gold label of 60 of 60 rows is not that of their published id, so labels are coded the other "
        r"way round: ex0 is .*Give --gold-labels 0=non-entailment,1=entailment\.$",
    ):
        read_predictions(path, HANS, labels=CODES)
    found = score_file(path, blindspot=HANS, labels=CODES, gold_labels=TURNED)
    by_label = {cell.label: cell.accuracy for cell in found.cells[:2]}
    assert by_label == {"entailment": 1, "non-entailment": 0}
    assert len(found.cells) == 8
    assert found.notes[0] == (
        "Gold labels: 0 is read as non-entailment (30), 1 is read as entailment (30), as --gold-labels says."
    )


def test_what_is_said_of_gold_is_held_against_what_is_known(tmp_path: Path) -> None:
    path = published(tmp_path / "a.csv", gold_of_entailment=0)
    assert score_file(path, blindspot=HANS, labels=CODES).cells[0].accuracy == 1
    with pytest.raises(ScotomaError, match=r"Give --gold-labels 0=entailment,1=non-entailment\.$"):
        read_predictions(path, HANS, labels=CODES, gold_labels=TURNED)


def test_gold_words_that_contradict_their_subcases_are_refused(tmp_path: Path) -> None:
    other = {"entailment": "non-entailment", "non-entailment": "entailment"}
    path = write(rows().with_columns(pl.col("gold").replace(other)), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match=r"gold label of 120 of 120 rows is not that of their subcase, so"):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, gold_labels=other)
    assert found.table["gold"].to_list() == rows()["gold"].to_list()


def test_a_heuristic_that_contradicts_its_subcase_is_refused(tmp_path: Path) -> None:
    path = write(rows().with_columns(heuristic=pl.lit("subsequence")), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match=r"heuristic of 80 of 120 rows is not that of their subcase"):
        read_predictions(path, HANS)


def test_rows_generated_anew_with_ids_of_their_own_are_read(tmp_path: Path) -> None:
    made = [
        {"id": f"reex{n}", "gold": row.label, "predicted": "neutral", "subcase": row.subcase}
        for n, row in enumerate(generate(2, 0))
    ]
    assert read_predictions(lines(made, tmp_path / "a.jsonl"), HANS).table.height == 60


def test_gold_labels_of_the_task_count_as_what_they_are_merged_into(tmp_path: Path) -> None:
    made = [{"id": n, "gold": n % 3, "predicted": "neutral"} for n in range(6)]
    path = lines(made, tmp_path / "a.jsonl")
    with pytest.raises(
        ScotomaError, match=r"gold labels that are not known: 2 in 2 rows.*--gold-labels '2=LABEL'"
    ):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, gold_labels=CODES).table
    assert found["gold"].to_list() == ["non-entailment", "entailment", "non-entailment"] * 2


def test_gold_codes_of_one_kind_are_not_certain(tmp_path: Path) -> None:
    made = [{"id": n, "gold": 1, "predicted": "neutral"} for n in range(3)]
    path = lines(made, tmp_path / "a.jsonl")
    with pytest.raises(
        ScotomaError,
        match=r"every gold label is the integer 1; read in the order of the labels of hans, no row would "
        r"be entailment.*"
        r"Give their meaning with --gold-labels 1=LABEL\.$",
    ):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, gold_labels={"1": "entailment"}).table
    assert set(found["gold"]) == {"entailment"}
    known = [{**row, "subcase": "ln_passive"} for row in made]
    assert set(read_predictions(lines(known, tmp_path / "b.jsonl"), HANS).table["gold"]) == {"non-entailment"}


@pytest.mark.parametrize("column", ["gold", "predicted"])
def test_class_names_in_the_schema_are_what_codes_mean(tmp_path: Path, column: str) -> None:
    path = named(["duplicate", "not_duplicate"], column, tmp_path / "a.parquet")
    found = read_predictions(path, PAWS)
    assert found.table[column].to_list() == ["duplicate", "not_duplicate"] * 2
    of = {"gold": "Gold labels", "predicted": "Predictions"}[column]
    assert f"{of}: 0 is duplicate, 1 is not_duplicate, as the file's schema says." in found.notes


def test_a_saved_data_set_is_read_with_its_class_names(tmp_path: Path) -> None:
    classes = ClassLabel(names=["duplicate", "not_duplicate"])
    features = Features({"id": Value("string"), "gold": classes, "predicted": Value("string")})
    rows = {"id": ["a", "b"], "gold": [0, 1], "predicted": ["duplicate", "duplicate"]}
    for side in ("before", "after"):
        for name in ("r0", "r1"):
            Dataset.from_dict(rows, features=features).save_to_disk(str(tmp_path / side / name))
    one = tmp_path / "before" / "r0"
    assert read_predictions(one, PAWS).table["gold"].to_list() == ["duplicate", "not_duplicate"]
    assert compare_files(one, tmp_path / "after" / "r0", blindspot=PAWS).replicates == ("r0",)
    assert compare_files(tmp_path / "before", tmp_path / "after", blindspot=PAWS).replicates == ("r0", "r1")
    DatasetDict({"dev": Dataset.from_dict(rows, features=features)}).save_to_disk(str(tmp_path / "both"))
    assert read_predictions(f"hub:{tmp_path / 'both'}:dev", PAWS).table.height == 2


def test_an_option_that_contradicts_the_schema_is_refused(tmp_path: Path) -> None:
    turned = {"0": "not_duplicate", "1": "duplicate"}
    path = named(["duplicate", "not_duplicate"], "gold", tmp_path / "a.parquet")
    with pytest.raises(
        ScotomaError, match=r"--gold-labels says that \d is .*, but the file's own schema says"
    ):
        read_predictions(path, PAWS, gold_labels=turned)
    assert read_predictions(path, PAWS, labels=turned).table["gold"][0] == "duplicate"
    path = named(["duplicate", "not_duplicate"], "predicted", tmp_path / "b.parquet")
    with pytest.raises(ScotomaError, match=r"--labels says that \d is .*, but the file's own schema says"):
        read_predictions(path, PAWS, labels=turned)


def test_class_names_that_are_no_labels_are_told_by_word_or_code(tmp_path: Path) -> None:
    path = named(["LABEL_0", "LABEL_1"], "gold", tmp_path / "a.parquet")
    with pytest.raises(
        ScotomaError,
        match=r"gold labels that are not known: 'LABEL_0' in 2 rows, .*'LABEL_0=LABEL,LABEL_1=LABEL'",
    ):
        read_predictions(path, PAWS)
    for words in (
        {"0": "duplicate", "1": "not_duplicate"},
        {"LABEL_0": "duplicate", "label-1": "not_duplicate"},
    ):
        found = read_predictions(path, PAWS, gold_labels=words).table
        assert found["gold"].to_list() == ["duplicate", "not_duplicate"] * 2


def test_more_digits_than_an_integer_has_are_a_word(tmp_path: Path) -> None:
    word = "1" * 5000
    made = [{"id": n, "gold": gold, "predicted": word} for n, gold in enumerate(HANS.labels)]
    path = lines(made, tmp_path / "a.jsonl")
    found = read_predictions(path, HANS, labels={word: "entailment"})
    assert found.table["predicted"].to_list() == ["entailment"] * 2
    assert not any("is read as" in note for note in found.notes)


def test_a_remedy_can_be_followed(tmp_path: Path) -> None:
    made = [{"id": 0, "gold": "entailment", "predicted": "yes, x=1"}]
    path = lines(made, tmp_path / "a.jsonl")
    with pytest.raises(
        ScotomaError, match=r"say what it means with --labels, in double quotes if it has a comma"
    ):
        read_predictions(path, HANS)
    with pytest.raises(ScotomaError, match="'entails' is not a label of blind spot 'hans'") as error:
        read_predictions(path, HANS, gold_labels={"Yes": "entails"})
    assert error.value.where == "--gold-labels"
