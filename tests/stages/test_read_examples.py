import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import read_table
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.disk import sha256_of
from scotoma.store.steps import Runtime
from scotoma.study.settings.sources import Source

LABELS = ("entailment", "neutral", "contradiction")


def read(out: Path, source: Any, seed: int = 0, labels: tuple[str, ...] = LABELS) -> pl.DataFrame:
    step = ReadExamples(
        source=Source.model_validate(source),
        fields=("text",) if "sentiment" in source else ("premise", "hypothesis"),
        labels=labels,
        repeated_pairs="drop",
        seed=seed,
    )
    out.mkdir()
    step.run(out=out, inputs=lambda needed: out / needed.key, runtime=Runtime())
    return read_table(out / "examples.parquet")


def test_the_bundled_multinli_sample_is_read(tmp_path: Path) -> None:
    table = read(tmp_path / "out", "bundled:mnli/train_10k.tsv.xz")
    assert table.height == 9999
    assert set(table["label"]) == set(LABELS)
    assert json.loads((tmp_path / "out" / "reading.json").read_text()) == {"kept": 9999, "dropped": {}}


def test_a_limit_keeps_the_same_rows_for_the_same_seed_and_others_for_another(tmp_path: Path) -> None:
    source = {"bundled": "mnli/dev_matched.tsv.xz", "limit": 50}
    first, again, other = (
        read(tmp_path / name, source, seed) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first.height == 50
    assert first.equals(again)
    assert set(first["id"]) != set(other["id"])


def test_the_same_file_under_another_name_has_the_same_ids(tmp_path: Path) -> None:
    tables = []
    for name in ("a.tsv", "b.tsv"):
        path = tmp_path / name
        path.write_text("premise\thypothesis\tlabel\na\tb\tneutral\nc\td\tneutral\n")
        tables.append(read(tmp_path / f"{name} out", {"file": str(path), "sha256": sha256_of(path)}))
    assert tables[0].equals(tables[1])


def test_a_file_that_changed_since_the_study_was_planned_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.tsv"
    path.write_text("premise\thypothesis\tlabel\na\tb\tneutral\n")
    source = {"file": str(path), "sha256": sha256_of(path)}
    path.write_text("premise\thypothesis\tlabel\na\tc\tneutral\n")
    with pytest.raises(ScotomaError, match="has changed since the study was planned"):
        read(tmp_path / "out", source)


def test_a_repeated_pair_is_dropped_with_every_copy_and_counted(tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text(
        "premise\thypothesis\tlabel\na\tb\tneutral\na\tb\tneutral\nc\td\tneutral\n"
    )
    table = read(tmp_path / "out", str(tmp_path / "rows.tsv"))
    assert table["premise"].to_list() == ["c"]
    assert sum(json.loads((tmp_path / "out" / "reading.json").read_text())["dropped"].values()) == 2


@pytest.mark.parametrize(
    ("source", "n", "labels"),
    [
        ({"hans": {"n_per_subcase": 2}}, 60, ("entailment", "non-entailment")),
        ({"microworld": {"part": "train", "n": 30, "dial": 0.5}}, 30, LABELS),
        ({"microworld": {"part": "test", "n": 30, "dial": 0.5}}, 30, LABELS),
        ({"sentiment": {"part": "train", "n": 30, "dial": 0.5}}, 30, ("happy", "sad")),
        ({"sentiment": {"part": "blindspot", "n": 2}}, 24, ("happy", "sad")),
    ],
)
def test_grammars_write_rows_that_depend_on_the_seed(
    tmp_path: Path, source: dict[str, Any], n: int, labels: tuple[str, ...]
) -> None:
    first, again, other = (
        read(tmp_path / name, source, seed, labels) for name, seed in (("a", 0), ("b", 0), ("c", 1))
    )
    assert first.height == n
    assert set(first["label"]) == set(labels)
    assert first.equals(again)
    assert not first.equals(other)


def test_a_bad_file_leaves_no_table(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"premise": "a", "hypothesis": "b", "label": "neutral"}\n{broken\n')
    with pytest.raises(ScotomaError, match=r"rows\.jsonl:2"):
        read(tmp_path / "out", str(tmp_path / "rows.jsonl"))
    assert list((tmp_path / "out").iterdir()) == []


def test_labels_are_called_what_the_source_says_they_mean(tmp_path: Path) -> None:
    (tmp_path / "rows.tsv").write_text(
        "premise\thypothesis\tlabel\na\tb\t1\nc\td\t0\ne\tf\t2\n", encoding="utf8"
    )
    source = {"file": str(tmp_path / "rows.tsv"), "labels": {0: "Yes", "1": "No", 2: "-"}}
    table = read(tmp_path / "out", source, labels=("Yes", "No"))
    assert table["label"].to_list() == ["No", "Yes"]
    assert json.loads((tmp_path / "out" / "reading.json").read_text())["dropped"] == {"no gold label": 1}


def test_labels_of_a_grammars_rows_have_the_same_say(tmp_path: Path) -> None:
    draw = {"microworld": {"part": "test", "n": 9, "dial": 0.5}}
    plain = read(tmp_path / "plain", draw)
    meant = read(
        tmp_path / "meant",
        {**draw, "labels": {"entailment": "yes", "neutral": "-", "contradiction": "no"}},
        labels=("yes", "no"),
    )
    told = plain.filter(pl.col("label") != "neutral")
    assert meant.drop("label").equals(told.drop("label"))
    assert meant["label"].to_list() == ["yes" if one == "entailment" else "no" for one in told["label"]]


@pytest.mark.parametrize(
    "source",
    [
        {"file": "x.tsv", "sha256": "0"},
        {"bundled": "mnli/dev_matched.tsv.xz"},
        {"microworld": {"part": "train", "n": 30, "dial": 0.5}},
    ],
)
def test_what_came_to_sources_later_is_in_the_identity_only_where_it_is_given(source: Any) -> None:
    plain = Source.model_validate(source).model_dump(mode="json", context="identity")
    assert not {"sentiment", "labels"} & set(plain)
    given = Source.model_validate({**source, "labels": {"a": "b"}}).model_dump(
        mode="json", context="identity"
    )
    assert given == {**plain, "labels": {"a": "b"}}
