"""Scores and comparisons as JSON hold to their schemas; docs/predictions.md names columns and measures."""

from pathlib import Path

import jsonschema
import polars as pl
import pytest

from prediction_files import replicates, rows, write
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files, score_file
from scotoma.comparisons.files.raw import ALIASES, COLUMNS
from scotoma.measures import CLAIMABLE
from shipped_schemas import check, shipped

DOCS = Path(__file__).parents[2] / "docs"


def test_every_column_and_measure_is_documented() -> None:
    page = (DOCS / "predictions.md").read_text(encoding="utf8")
    names = {*COLUMNS, *CLAIMABLE, *(name for names in ALIASES.values() for name in names)}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Three replicates on each side, the second of them with two rows that were not answered after."""
    before, after = replicates(tmp_path / "a", [0.8] * 3), replicates(tmp_path / "b", [0.5] * 3, start=9)
    silent = pl.read_parquet(after / "r1.parquet").with_row_index()
    answer = pl.when(pl.col("index") > 1).then("predicted").alias("predicted")
    write(silent.with_columns(answer).drop("index"), after / "r1.parquet")
    return before, after


def test_a_score_holds_to_its_schema_with_and_without_probabilities_tags_and_answers(
    tmp_path: Path, folders: tuple[Path, Path]
) -> None:
    bare = write(rows().select("id", "gold", "predicted"), tmp_path / "bare.csv")
    scores = [
        score_file(folders[0] / "r0.parquet", blindspot=HANS),
        score_file(folders[1] / "r1.parquet", blindspot=HANS, partial=True),
        score_file(bare, blindspot=HANS),
    ]
    for score in scores:
        check(score.record(), "score")
    assert scores[1].record()["unanswered"]
    assert (len(scores[0].subcases), len(scores[2].subcases)) == (30, 0)
    assert scores[2].cells[0].log_odds is None


def test_a_comparison_holds_to_its_schema_of_one_pair_of_several_and_with_rows_unanswered(
    folders: tuple[Path, Path],
) -> None:
    before, after = folders
    found = [
        compare_files(before / "r0.parquet", after / "r0.parquet", blindspot=HANS),
        compare_files(before, after, blindspot=HANS, partial=True, cells=["all/entailment", "all"]),
        compare_files(before, after, blindspot=HANS, partial=True, measure="d_prime"),
        compare_files(before, after, blindspot=HANS, partial=True, measure="criterion"),
    ]
    for comparison in found:
        check(comparison.record(), "compare")
    pair, several, *_ = [comparison.record() for comparison in found]
    assert pair["claims"][0]["mcnemar"]
    assert several["unanswered"][0]["replicate"] == "r1"
    assert several["claims"][1]["if_wrong"]
    assert found[2].record()["claims"][0]["rates"]


@pytest.mark.parametrize(
    ("name", "where", "key", "value"),
    [
        ("score", "cells", "subcase", ""),
        ("score", "heuristics", "auc", "high"),
        ("score", "subcases", "n", None),
        ("compare", "claims", "verdict", "NO EFFECT"),
        ("compare", "flips", "lost_ids", [1]),
        ("compare", "data", "sha256", ""),
    ],
)
def test_what_they_never_say_is_refused(
    folders: tuple[Path, Path], name: str, where: str, key: str, value: object
) -> None:
    before, after = (folder / "r0.parquet" for folder in folders)
    record = (
        score_file(before, blindspot=HANS).record()
        if name == "score"
        else compare_files(before, after, blindspot=HANS).record()
    )
    record[where][0][key] = value
    with pytest.raises(jsonschema.ValidationError, match=r".+"):
        jsonschema.validate(record, shipped(name))
