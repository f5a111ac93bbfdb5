"""Parquet, Arrow and saved folders say themselves what their integer labels mean."""

import decimal
import json
import uuid

import datasets
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.stages.read_examples import ReadExamples
from scotoma.study.settings.sources import Source
from scotoma.tasks.reading.class_names import decoders, features_of
from scotoma.tasks.reading.examples import read_examples, read_hub
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import faults_of, read_records
from scotoma.tasks.reading.sources import RowSource

NAMES = ["contradiction", "entailment", "neutral"]
ROWS = {
    "premise": ["A man sleeps."] * 4,
    "hypothesis": ["A man rests.", "A man runs.", "A man dreams.", "He naps."],
    "label": [1, 0, 2, -1],
}
TRUE = ["entailment", "contradiction", "neutral"]


def saved(**more):
    features = datasets.Features(
        premise=datasets.Value("string"),
        hypothesis=datasets.Value("string"),
        label=datasets.ClassLabel(names=NAMES),
        **more,
    )
    return datasets.Dataset.from_dict(ROWS, features=features)


def as_parquet(dataset, folder):
    dataset.to_parquet(str(folder / "rows.parquet"))
    return folder / "rows.parquet"


def as_arrow(dataset, folder):
    dataset.save_to_disk(str(folder / "saved"))
    (path,) = (folder / "saved").glob("*.arrow")
    return path


def as_arrow_file(dataset, folder):
    table = pq.read_table(as_parquet(dataset, folder))
    with pa.OSFile(str(folder / "rows.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return folder / "rows.arrow"


def as_folder(dataset, folder):
    dataset.save_to_disk(str(folder / "saved"))
    return folder / "saved"


def as_folder_of_one_split(dataset, folder):
    datasets.DatasetDict(train=dataset).save_to_disk(str(folder / "splits"))
    return folder / "splits"


@pytest.mark.parametrize("write", [as_parquet, as_arrow, as_arrow_file, as_folder, as_folder_of_one_split])
def test_labels_are_read_by_the_names_that_the_file_carries(tmp_path, write) -> None:
    reading = read_examples(write(saved(), tmp_path))
    assert reading.table["label"].to_list() == TRUE
    assert reading.dropped == {"no gold label": 1}
    assert "named in the file's schema: 0 = contradiction, 1 = entailment, 2 = neutral" in reading.notes[0]


def test_the_same_bytes_are_read_the_same_as_a_file_and_as_a_data_set(tmp_path) -> None:
    path = as_parquet(saved(), tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.parquet").write_bytes(path.read_bytes())
    one, other = read_examples(path).table, read_hub(str(tmp_path / "data"), "train").table
    assert one.drop("id").equals(other.drop("id"))


@pytest.mark.parametrize("write", [as_parquet, as_folder])
def test_a_study_reads_them_too(tmp_path, write) -> None:
    source = Source(file=str(write(saved(), tmp_path)))
    fields, labels = ("premise", "hypothesis"), ("entailment", "neutral", "contradiction")
    step = ReadExamples(source=source, fields=fields, labels=labels, repeated_pairs="keep", seed=0)
    step.run(out=tmp_path, inputs=lambda step: tmp_path, runtime=None)  # type: ignore[arg-type]
    assert pl.read_parquet(tmp_path / "examples.parquet")["label"].to_list() == TRUE
    assert "schema" in json.loads((tmp_path / "reading.json").read_text())["notes"][0]


def test_labels_inside_lists_and_objects_are_named_too(tmp_path) -> None:
    label = datasets.ClassLabel(names=NAMES)
    features = datasets.Features(
        one={"gold": label, "text": datasets.Value("string")},
        many=datasets.List(label),
        turns=datasets.List({"said": label}),
    )
    rows = {
        "one": [{"gold": 2, "text": "a"}],
        "many": [[0, 1]],
        "turns": [[{"said": 1}]],
    }
    path = as_parquet(datasets.Dataset.from_dict(rows, features=features), tmp_path)
    ((_, record),) = read_records(path, faults_of(path))
    assert record == {
        "one": {"gold": "neutral", "text": "a"},
        "many": ["contradiction", "entailment"],
        "turns": [{"said": "entailment"}],
    }


def test_an_integer_without_a_name_is_refused_with_its_row(tmp_path) -> None:
    path = as_parquet(saved(), tmp_path)
    table = pq.read_table(path)
    broken = table.set_column(2, table.schema.field("label"), pa.array([1, 0, 2, 5], pa.int64()))
    pq.write_table(broken.replace_schema_metadata(table.schema.metadata), path)
    with pytest.raises(ScotomaError, match=r"label is 5, and the file's schema names classes 0 to 2.*row 4"):
        read_examples(path)


def test_a_column_that_was_written_as_words_stays_as_it_is(tmp_path) -> None:
    path = as_parquet(saved(), tmp_path)
    table = pq.read_table(path)
    words = pa.array(["neutral", "entailment", "contradiction", "-"])
    changed = table.set_column(2, "label", words).replace_schema_metadata(table.schema.metadata)
    pq.write_table(changed, path)
    assert read_examples(path).table["label"].to_list() == ["neutral", "entailment", "contradiction"]


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        {b"huggingface": b"{"},
        {b"huggingface": b"[]"},
        {b"huggingface": b'{"info": {"features": 3}}'},
    ],
)
def test_a_schema_that_says_nothing_of_features_has_none(metadata) -> None:
    assert features_of(metadata) == {}
    assert decoders(features_of(metadata)) == {}


def test_a_folder_of_several_splits_asks_for_one_and_takes_it_by_name(tmp_path) -> None:
    datasets.DatasetDict(train=saved(), test=saved()).save_to_disk(str(tmp_path / "splits"))
    with pytest.raises(ScotomaError, match=r"holds the splits train, test .*Name one of them: hub:.*:train"):
        read_examples(tmp_path / "splits")
    source = RowSource(f"hub:{tmp_path / 'splits'}:test")
    assert len(list(source.records(Faults("x")))) == 4


def test_a_damaged_saved_folder_is_refused_in_words(tmp_path) -> None:
    path = as_arrow(saved(), tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ScotomaError, match=r"cannot be read|damaged"):
        read_examples(tmp_path / "saved")
    with pytest.raises(ScotomaError, match="damaged or cut short"):
        read_examples(path)


def test_decimals_are_numbers(tmp_path) -> None:
    values = pa.array([decimal.Decimal("0.125"), None], pa.decimal128(6, 3))
    whole = pa.array([decimal.Decimal(7), decimal.Decimal(-1)], pa.decimal128(6, 0))
    pq.write_table(pa.table({"p": values, "n": whole}), tmp_path / "d.parquet")
    records = [
        record for _, record in read_records(tmp_path / "d.parquet", faults_of(tmp_path / "d.parquet"))
    ]
    assert records == [{"p": 0.125, "n": 7}, {"p": None, "n": -1}]
    assert [type(record["n"]) for record in records] == [int, int]


def test_uuids_and_whole_floats_are_ids(tmp_path) -> None:
    ids = [uuid.UUID(int=number) for number in range(4)]
    table = pa.table({**ROWS, "id": pa.array([one.bytes for one in ids], pa.uuid())}).drop_columns("label")
    table = table.append_column("label", pa.array([*TRUE, "neutral"]))
    pq.write_table(table, tmp_path / "a.parquet")
    assert read_examples(tmp_path / "a.parquet").table["id"].to_list() == [str(one) for one in ids]
    floats = table.set_column(table.column_names.index("id"), "id", pa.array([4.0, 5.0, 6.0, 7.0]))
    pq.write_table(floats, tmp_path / "b.parquet")
    assert read_examples(tmp_path / "b.parquet").table["id"].to_list() == ["4", "5", "6", "7"]


def test_files_of_one_folder_with_labels_in_different_orders_are_refused(tmp_path) -> None:
    (tmp_path / "data").mkdir()
    for number, names in enumerate((NAMES, NAMES[::-1])):
        features = saved().features.copy()
        features["label"] = datasets.ClassLabel(names=names)
        path = tmp_path / "data" / f"train-0000{number}-of-00002.parquet"
        datasets.Dataset.from_dict(ROWS, features=features).to_parquet(str(path))
    with pytest.raises(
        ScotomaError, match=r"train-00000-.* and train-00001-.* name their class labels differently"
    ):
        read_hub(str(tmp_path), "train")
    path.unlink()
    assert read_hub(str(tmp_path), "train").table["label"].to_list() == TRUE


def test_a_folder_that_was_not_saved_by_datasets_is_told_how_it_can_be_named(tmp_path) -> None:
    (tmp_path / "clone" / "data").mkdir(parents=True)
    with pytest.raises(
        ScotomaError, match=r"/clone' is a folder, but not one that save_to_disk wrote.*hub:.*clone:train"
    ):
        read_examples(tmp_path / "clone")
