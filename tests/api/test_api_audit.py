"""`scotoma.audit`: whatever form the rows have, the audit is that of the file."""

import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from datasets import ClassLabel, Dataset

import scotoma
from scotoma.audits import audit_file, record
from scotoma.basics.records import export_table, to_table
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import FIELDS, blindspot_set, draw_pairs

ROWS = to_table(draw_pairs(240, 0.9, 1, "train"), FIELDS)
REFERENCE = to_table(draw_pairs(240, 0.1, 2, "train"), FIELDS)
TEST = to_table(blindspot_set(4, 3), FIELDS)
LEAKING = pl.concat([TEST, ROWS.head(5).select(TEST.columns)])


@pytest.fixture(scope="module")
def of_files(tmp_path_factory: pytest.TempPathFactory) -> scotoma.AuditResult:
    folder = tmp_path_factory.mktemp("audit")
    places = {"mine": ROWS, "reference": REFERENCE, "test": LEAKING}
    for name, table in places.items():
        export_table(table, folder / f"{name}.jsonl")
    paths = {name: folder / f"{name}.jsonl" for name in places}
    found = scotoma.audit(
        paths["mine"], task="microworld", reference=paths["reference"], tests=[paths["test"]]
    )
    core = audit_file(paths["mine"], task=MICROWORLD, reference=paths["reference"], tests=[paths["test"]])
    assert found.record() == record(core)
    return found


@pytest.mark.parametrize(
    ("rows", "reference", "tests"),
    [
        (ROWS, REFERENCE, LEAKING),
        (ROWS.to_pandas(), REFERENCE.to_pandas(), [LEAKING.to_pandas()]),
        (ROWS.to_dicts(), REFERENCE.to_arrow(), {"test": LEAKING}),
        (ROWS.to_dict(as_series=False), REFERENCE.lazy(), {"test": LEAKING.drop("label")}),
    ],
    ids=["polars", "pandas", "records", "columns"],
)
def test_rows_of_any_kind_are_audited_as_their_file(
    rows: Any, reference: Any, tests: Any, of_files: scotoma.AuditResult
) -> None:
    found = scotoma.audit(rows, task="microworld", reference=reference, tests=tests)
    for name, frame in found.tables.items():
        if name != "copies":
            assert frame.to_dicts() == of_files.tables[name].to_dicts()
    assert found.summary[0] == of_files.summary[0]
    kept = ["exact", "near", "complete"]
    assert found.copies.select(kept).to_dicts() == of_files.copies.select(kept).to_dicts()
    assert found.copies["exact"][1] == 5


def test_test_sets_keep_their_names_and_records_or_columns_are_one_test_set(tmp_path: Path) -> None:
    path = tmp_path / "test.jsonl"
    export_table(LEAKING, path)
    named = scotoma.audit(ROWS, task="microworld", tests={"first": path, "again": path, "mine": ROWS})
    assert named.copies["of"].to_list() == ["data", "first", "again", "mine"]
    assert named.copies["exact"].to_list()[1:] == [5, 5, ROWS.height]
    columns = LEAKING.to_dict(as_series=False)
    for tests in (LEAKING.to_dicts(), columns, LEAKING.to_dict(as_series=True), [columns]):
        found = scotoma.audit(ROWS, task="microworld", tests=tests)
        assert found.copies["exact"].to_list()[1:] == [5]


@pytest.mark.parametrize(
    ("tests", "told"),
    [
        ({"mine": [], "other": TEST}, r"there are no rows \(mine\)"),
        ({"mine": [], "other": TEST.to_dicts()}, r"there are no rows \(mine\)"),
        ({"mine": []}, r"there are no rows \(mine\)"),
        ({"mine": [], "other": []}, r"there are no rows \(mine\)"),
        ({"premise": [], "hypothesis": []}, r"there are no rows \(test\)"),
        ({"mine": [{"text": "one"}]}, r"no column for premise, hypothesis; the file has 'text' \(mine\)"),
    ],
)
def test_a_test_set_at_fault_is_called_by_its_name_and_what_it_has(tests: dict[str, Any], told: str) -> None:
    with pytest.raises(scotoma.ScotomaError, match=told):
        scotoma.audit(ROWS, task="microworld", tests=tests)


@pytest.mark.parametrize("tests", [5, iter(TEST.to_dicts())])
def test_what_is_neither_rows_nor_several_sets_of_them_is_refused(tests: Any) -> None:
    with pytest.raises(scotoma.ScotomaError, match=r"is not a table of rows \(test\)"):
        scotoma.audit(ROWS, task="microworld", tests=tests)


def test_its_frames_hold_what_the_record_holds(of_files: scotoma.AuditResult) -> None:
    told = of_files.record()
    assert of_files.associations.height == len(told["associations"])
    row = of_files.associations.filter(predicate="overlap_word", label="entailment").to_dicts()[0]
    assert row["amplification"] > 1
    assert row["counts_holds_label"] == row["n"]
    assert of_files.labels["share"].sum() == pytest.approx(1)
    assert of_files.baselines["reference_accuracy"].null_count() == 0
    assert set(of_files.copies["of"][[0, 2]]) == {"data", "reference"}
    assert of_files.to_pandas()["diversity"].shape[0] == 2


def test_functions_are_predicates_and_so_is_what_the_command_takes() -> None:
    def odd(premise: str, hypothesis: str) -> bool:
        return len(premise + hypothesis) % 2 == 1

    found = scotoma.audit(ROWS, task="microworld", predicates={"odd": odd, "denial": "words:not,nobody"})
    assert {"odd", "denial"} <= set(found.shortcuts["predicate"])
    same = scotoma.audit(ROWS, task="microworld", predicates=["denial=words:not,nobody"])
    denial = pl.col("predicate") == "denial"
    left_out = ("p_holm",)  # over all predicates
    assert (
        found.associations.filter(denial).drop(left_out).to_dicts()
        == same.associations.filter(denial).drop(left_out).to_dicts()
    )


def test_columns_and_labels_may_have_other_names() -> None:
    theirs = ROWS.select(
        a="premise",
        b="hypothesis",
        y=pl.col("label").replace_strict({"entailment": 1, "neutral": 0, "contradiction": 2}),
    )
    meaning = {1: "entailment", 0: "neutral", 2: "contradiction"}
    columns = {"premise": "a", "hypothesis": "b", "label": "y"}
    found = scotoma.audit(theirs, task="microworld", columns=columns, labels=meaning)
    assert found.labels["n"].to_list() == scotoma.audit(ROWS, task="microworld").labels["n"].to_list()


def test_integers_that_a_table_names_are_read_by_these_names(of_files: scotoma.AuditResult) -> None:
    names = ["contradiction", "entailment", "neutral"]
    codes = ROWS.with_columns(label=pl.col("label").replace_strict(names, range(3)))
    named = Dataset.from_polars(codes).cast_column("label", ClassLabel(names=names))
    for rows in (named, named.with_format("arrow")[:]):
        found = scotoma.audit(rows, task="microworld", reference=REFERENCE, tests=LEAKING)
        assert found.associations.to_dicts() == of_files.associations.to_dicts()


def test_a_study_gives_its_task_and_its_predicates() -> None:
    texts = pl.DataFrame(
        {"text": ["Anna is happy .", "Ben is sad .", "Anna is glad .", "Ben is glad ."] * 5}
    ).with_columns(
        label=pl.when(pl.col("text").str.contains("happy|glad"))
        .then(pl.lit("happy"))
        .otherwise(pl.lit("sad"))
    )
    found = scotoma.audit(texts, task="sentiment")
    assert found.found.fields == ("text",)
    assert found.shortcuts.height >= 1


@pytest.mark.parametrize(
    ("rows", "options", "message"),
    [
        (ROWS, {"task": "mnly"}, r"task 'mnly' is not known.*\(task\). .*Did you mean 'mnli'"),
        (ROWS.drop("label"), {}, r"label.*\(data\)"),
        (ROWS.with_columns(premise=pl.lit(None, pl.String)), {}, r"premise is null, not text.*data, row 1"),
        (7, {}, r"int is not a table of rows \(data\)"),
        (ROWS, {"tests": b"rows.csv"}, r"bytes is not a table of rows \(test\)"),
        (ROWS, {"reference": {"premise": ["a"], "hypothesis": ["b", "c"]}}, r"polars frame.*\(reference\)"),
        (ROWS, {"other_labels": "nothing"}, "no column 'nothing'"),
        (ROWS, {"device": "cpu"}, r"a device is given, but no model to run on it \(device\). Add model."),
        (
            ROWS,
            {"model_labels": ["entailment"]},
            r"the labels of a model are given, but no model \(model_labels\)",
        ),
        (ROWS, {"predicates": {"odd": lambda one: True}}, "predicate 'odd' raised TypeError"),
        (ROWS, {"predicates": {"odd": "wurds:a"}}, "kind 'wurds' of a predicate"),
        ("no.jsonl", {}, "no.jsonl"),
    ],
)
def test_what_cannot_be_audited_is_refused_in_the_words_of_python(
    rows: Any, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(scotoma.ScotomaError, match=message) as told:
        scotoma.audit(rows, **{"task": "microworld", **options})
    assert not re.search(r"--[a-z]", str(told.value))


def test_it_shows_itself_in_a_line_in_full_and_in_a_notebook(of_files: scotoma.AuditResult) -> None:
    assert repr(of_files).startswith("<AuditResult 240 rows: Yes.")
    assert "Label balance" in str(of_files)
    shown = of_files._repr_html_()
    assert "<td" in shown
    assert "reference_odds_ratio" in shown


def test_text_of_the_data_is_shown_and_not_obeyed() -> None:
    found = scotoma.audit(ROWS, task="microworld", tests={"<script>alert(1)</script>\x1b[2J": TEST})
    assert "<script>" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()
    assert "\x1b" not in str(found) + found._repr_html_()


def test_pandas_columns_of_several_kinds_are_refused_with_what_to_do(tmp_path: Path) -> None:
    import pandas as pd

    mixed = pd.DataFrame({"premise": ["a", 1.5], "hypothesis": ["b", "c"], "label": [0, "entailment"]})
    with pytest.raises(scotoma.ScotomaError, match=r"polars frame: .*\(data\)\. Give every column"):
        scotoma.audit(mixed, task="mnli")
