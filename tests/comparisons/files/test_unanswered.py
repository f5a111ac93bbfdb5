"""Rows without an answer: one rule for every format, left out only when that is said, counted by cell."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from prediction_files import lines, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files, read_predictions, render_comparison, render_score, score_file

SILENT = [
    "",
    "-",
    " ",
    "nan",
    "None",
    "[invalid]",
    "-1",
    "?",
    "...",
    "neutral, entailment",
    "entailment or neutral",
]


def answered(words: Sequence[object], path: Path) -> Path:
    """Rows that are entailed and rows that are not, in turn, with these answers."""
    golds = ("entailment", "non-entailment")
    made = [
        {"id": f"r{n}", "gold": golds[n % 2], "predicted": word, "heuristic": "subsequence"}
        for n, word in enumerate(words)
    ]
    return lines(made, path)


def shown(parts: list[Any]) -> str:
    return " ".join(str(part) for part in parts)


@pytest.mark.parametrize("word", [*SILENT, None, float("nan"), [], ["neutral", "entailment"]])
def test_every_form_of_no_answer_is_refused_and_left_out_when_that_is_said(
    tmp_path: Path, word: object
) -> None:
    path = answered(["entailment", word, "entailment", "neutral"], tmp_path / "a.jsonl")
    with pytest.raises(
        ScotomaError, match=r"^1 of 4 rows has no answer: line 2 \(.*\) \(.*a\.jsonl\)\. .*--partial"
    ):
        read_predictions(path, HANS)
    found = read_predictions(path, HANS, partial=True)
    assert found.table["id"].to_list() == ["r0", "r2", "r3"]
    assert found.unanswered.select("id", "gold", "heuristic").rows() == [
        ("r1", "non-entailment", "subsequence")
    ]


@pytest.mark.parametrize("word", ["entails", "A, B", "0", "I cannot say.", "entailment, perhaps"])
def test_a_wrong_word_is_an_error_whatever_is_said(tmp_path: Path, word: str) -> None:
    path = answered(["entailment", word], tmp_path / "a.jsonl")
    with pytest.raises(ScotomaError, match=r"predicted label .* is not known \(.*a\.jsonl:2\)"):
        read_predictions(path, HANS, partial=True)


def test_a_word_that_the_user_gave_a_meaning_is_an_answer(tmp_path: Path) -> None:
    path = answered(["-1", "none", "A, B"], tmp_path / "a.jsonl")
    words = {"-1": "neutral", "None": "entailment", "A": "entailment", "B": "neutral"}
    found = read_predictions(path, HANS, labels=words, partial=True)
    assert found.table["predicted"].to_list() == ["neutral", "entailment"]
    assert found.unanswered["id"].to_list() == ["r2"]


@pytest.mark.parametrize("ending", ["jsonl", "csv", "parquet"])
def test_a_refusal_is_no_answer_where_the_user_says_so(tmp_path: Path, ending: str) -> None:
    refusal = "I'm sorry, I can't help with that."
    path = answered(["entailment", refusal, "entailment", "neutral"], tmp_path / "a.jsonl")
    if ending != "jsonl":
        path = write(pl.read_ndjson(path), tmp_path / f"a.{ending}")
    with pytest.raises(ScotomaError, match=r"is not known .* If it is no answer, write '-' for LABEL"):
        read_predictions(path, HANS, partial=True)
    with pytest.raises(ScotomaError, match=r"1 of 4 rows has no answer: .*--partial"):
        read_predictions(path, HANS, labels={refusal: "-"})
    found = read_predictions(path, HANS, labels={refusal: "-"}, partial=True)
    assert found.unanswered["id"].to_list() == ["r1"]
    # A word in use for a label is none either, but in the gold labels it is what it was.
    none = read_predictions(path, HANS, labels={refusal: "-", "entailment": "-"}, partial=True)
    assert none.table["id"].to_list() == ["r3"]
    with pytest.raises(ScotomaError, match="'-' is not a label"):
        read_predictions(path, HANS, gold_labels={"x": "-"})


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ({"label": "neutral", "score": 0.9}, "predicted=COLUMN.label"),
        ([{"label": "neutral", "score": 0.9}], r"predicted=COLUMN\[0\].label"),
        ({"role": "assistant", "content": "neutral"}, "predicted=COLUMN.content"),
        ({"choices": [{"message": {"content": "neutral"}}]}, r"COLUMN.choices\[0\].message.content"),
    ],
)
def test_an_answer_inside_an_object_is_told_with_its_place(
    tmp_path: Path, answer: object, place: str
) -> None:
    path = answered([answer, answer], tmp_path / "a.jsonl")
    with pytest.raises(ScotomaError, match=f"Say where in it the label is .*{place}"):
        read_predictions(path, HANS)


@pytest.mark.parametrize("name", ["a.csv", "a.parquet", "a.jsonl"])
def test_unanswered_rows_are_counted_by_cell_and_may_lack_probabilities(tmp_path: Path, name: str) -> None:
    table = rows().with_columns(
        pl.when(pl.col("id").is_in(["row0", "row1", "row45"]))
        .then(None)
        .otherwise(pl.col(column))
        .alias(column)
        for column in ("predicted", "p_entailment")
    )
    found = score_file(write(table, tmp_path / name), blindspot=HANS, partial=True)
    record = found.record()
    assert record["n"] == 117
    assert record["unanswered"] == [
        {"heuristic": "all", "label": "non-entailment", "n": 3},
        {"heuristic": "lexical_overlap", "label": "non-entailment", "n": 2},
        {"heuristic": "subsequence", "label": "non-entailment", "n": 1},
    ]
    (cell,) = (one for one in found.cells if (one.heuristic, one.label) == ("all", "non-entailment"))
    assert (cell.n, cell.unanswered) == (57, 3)
    assert cell.accuracy is not None
    assert cell.accuracy_if_wrong == pytest.approx(cell.accuracy * 57 / 60)
    assert "3 of 120 rows have no answer and are left out: all/non-entailment 3," in found.notes[-1]
    subcases = {(one.subcase, one.unanswered) for one in found.subcases if one.unanswered}
    assert subcases == {("ln_subject/object_swap", 2), ("sn_PP_on_subject", 1)}
    assert any("if wrong" in str(getattr(part, "columns", "")) for part in render_score(found))


def test_a_file_without_any_answer_is_refused_in_any_case(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="2 of 2 rows have no answer"):
        read_predictions(answered(["", "-"], tmp_path / "a.jsonl"), HANS, partial=True)


def test_both_sides_are_compared_on_the_rows_that_both_answered(tmp_path: Path) -> None:
    right, wrong = "neutral", "entailment"
    # The odd rows are not entailed: r1, r3, r5, r7.
    before = [right, right, right, None, right, right, right, wrong]
    after = [None, wrong, right, right, right, None, right, wrong]
    for side, words in (("before", before), ("after", after)):
        (tmp_path / side).mkdir()
        for number in range(3):
            answered(words, tmp_path / side / f"r{number}.jsonl")
    sides = tmp_path / "before", tmp_path / "after"
    with pytest.raises(ScotomaError, match=r"1 of 8 rows has no answer: line 4 \(null\)"):
        compare_files(*sides, blindspot=HANS)
    found = compare_files(*sides, blindspot=HANS, partial=True)
    (finding,) = found.findings
    # Both answered r1 and r7.
    assert (finding.before, finding.after) == ((0.5,) * 3, (0.0,) * 3)
    assert finding.if_wrong == (0.5, 0.25)
    assert (
        "If rows without an answer count as wrong, accuracy moved from .500 to .250, by -.250."
        in finding.note
    )
    record = json.loads(json.dumps(found.record()))
    assert record["unanswered"][0] == {
        "replicate": "r0",
        "compared": 5,
        "before": {"non-entailment": 1},
        "after": {"entailment": 1, "non-entailment": 1},
    }
    assert record["claims"][0]["if_wrong"] == {"before": 0.5, "after": 0.25}
    assert found.notes[0].startswith(
        "Rows that a side did not answer are left out. r0: 1 non-entailment before, 1 entailment, 1 "
        "non-entailment after, 5 rows compared; r1:"
    )
    assert "NO VERDICT" in shown(render_comparison(found))


def test_a_row_that_one_file_lacks_counts_as_unanswered_when_that_is_said(tmp_path: Path) -> None:
    whole = answered(["neutral"] * 6, tmp_path / "a.jsonl")
    part = answered(["neutral"] * 4, tmp_path / "b.jsonl")
    with pytest.raises(ScotomaError, match=r"2 rows are not in .*b\.jsonl: r4, r5"):
        compare_files(whole, part, blindspot=HANS)
    found = compare_files(whole, part, blindspot=HANS, partial=True)
    assert found.unanswered[0]["after"] == {"entailment": 1, "non-entailment": 1}
    assert found.findings[0].if_wrong == pytest.approx((1, 2 / 3))
    (finding,) = compare_files(whole, part, blindspot=HANS, cells=["all/entailment"], partial=True).findings
    assert finding.if_wrong == pytest.approx((0, 0))
    none_left_out = answered(["neutral"] * 5, tmp_path / "c.jsonl")
    (finding,) = compare_files(
        whole, none_left_out, blindspot=HANS, cells=["all/entailment"], partial=True
    ).findings
    assert finding.if_wrong is None


def test_sides_that_answered_everything_have_no_bound(tmp_path: Path) -> None:
    path = answered(["neutral"] * 4, tmp_path / "a.jsonl")
    found = compare_files(path, path, blindspot=HANS, partial=True)
    assert (found.unanswered, found.findings[0].if_wrong) == ((), None)


def test_sides_that_share_no_answered_row_are_refused(tmp_path: Path) -> None:
    one = answered(["neutral", "neutral", None, None], tmp_path / "a.jsonl")
    other = answered([None, None, "neutral", "neutral"], tmp_path / "b.jsonl")
    with pytest.raises(ScotomaError, match="no row is answered on both sides"):
        compare_files(one, other, blindspot=HANS, partial=True)


def test_gold_of_an_unanswered_row_must_agree_as_well(tmp_path: Path) -> None:
    one = answered(["neutral", "neutral", None], tmp_path / "a.jsonl")
    made = [json.loads(line) for line in one.read_text().splitlines()]
    made[2]["gold"] = "non-entailment"
    other = lines(made, tmp_path / "b.jsonl")
    with pytest.raises(ScotomaError, match="the gold of 1 row differs between the two sides: r2"):
        compare_files(one, other, blindspot=HANS, partial=True)
