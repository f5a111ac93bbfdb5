"""`scotoma.score`: whatever form predictions have, the score is that of the file."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from datasets import ClassLabel, Dataset
from transformers.trainer_utils import PredictionOutput

import scotoma
from prediction_files import rows, write
from scotoma.blindspots import HANS
from scotoma.comparisons import score_file

ROWS = rows(4, right=0.7)
CLASSES = ["entailment", "neutral", "contradiction"]
TEST = ROWS.select("id", "gold", "heuristic", "subcase", "template")
ANSWERS = ROWS["predicted"].to_list()
SHARES = ROWS.select(f"p_{name}" for name in CLASSES)


def cells(found: scotoma.ScoreResult) -> list[dict[str, Any]]:
    return found.cells.drop("log_odds", "accuracy_sum", "log_odds_note", "margin", "margin_note").to_dicts()


@pytest.fixture(scope="module")
def of_file(tmp_path_factory: pytest.TempPathFactory) -> scotoma.ScoreResult:
    path = write(ROWS, tmp_path_factory.mktemp("score") / "seed0.csv")
    found = scotoma.score(path, blindspot="hans")
    assert found.record() == score_file(path, blindspot=HANS).record()
    return found


@pytest.mark.parametrize(
    "given",
    [
        ROWS,
        ROWS.lazy(),
        ROWS.to_pandas(),
        ROWS.to_arrow(),
        ROWS.to_dict(as_series=False),
        ROWS.to_dicts(),
        ROWS.drop("predicted"),
        Dataset.from_polars(ROWS),
        Dataset.from_polars(ROWS).with_format("torch"),
        {**ROWS.to_dict(), **{name: torch.tensor(SHARES[name].to_numpy()) for name in SHARES.columns}},
    ],
    ids=[
        "polars",
        "lazy",
        "pandas",
        "arrow",
        "columns",
        "records",
        "no answers",
        "datasets",
        "torch format",
        "tensors",
    ],
)
def test_a_frame_of_any_kind_scores_as_its_file(given: object, of_file: scotoma.ScoreResult) -> None:
    found = scotoma.score(given, blindspot="hans")
    for name, frame in found.tables.items():
        assert frame.to_dicts() == of_file.tables[name].to_dicts()
    assert found.n == of_file.n


@pytest.mark.parametrize(
    "given",
    [
        ANSWERS,
        tuple(ANSWERS),
        np.array(ANSWERS),
        pl.Series(ANSWERS),
        pd.Series(ANSWERS, index=range(7, 7 + len(ANSWERS))),
        pd.Series(ANSWERS, dtype="category"),
        ROWS.select("predicted"),
        [CLASSES.index(label) for label in ANSWERS],
        torch.tensor([CLASSES.index(label) for label in ANSWERS]),
        [torch.tensor(CLASSES.index(label)) for label in ANSWERS],
        np.array([CLASSES.index(label) for label in ANSWERS], dtype=float),
        ROWS.select("id", "predicted").reverse(),
        ROWS.select("predicted", pairID="id").sample(fraction=1, shuffle=True, seed=1).to_pandas(),
        ROWS.select("predicted").with_row_index(),
    ],
    ids=[
        "list",
        "tuple",
        "array",
        "polars",
        "pandas",
        "categories",
        "frame",
        "codes",
        "tensor",
        "tensors",
        "codes as floats",
        "ids in another order",
        "ids of another name",
        "numbers of rows",
    ],
)
@pytest.mark.parametrize("gold", [TEST, TEST.to_pandas()], ids=["polars", "pandas"])
def test_labels_beside_a_frame_of_the_test_set_score_as_the_file(
    given: object, gold: object, of_file: scotoma.ScoreResult
) -> None:
    found = scotoma.score(given, gold=gold, classes=CLASSES, blindspot="hans")
    assert cells(found) == cells(of_file)


@pytest.mark.parametrize(
    "given",
    [
        SHARES.to_numpy(),
        SHARES.to_numpy().tolist(),
        SHARES,
        torch.tensor(SHARES.to_numpy(), requires_grad=True),
        list(torch.tensor(SHARES.to_numpy())),
    ],
    ids=["array", "lists", "frame", "gradient", "rows"],
)
def test_probabilities_give_the_answers_and_the_margin(given: Any, of_file: scotoma.ScoreResult) -> None:
    if isinstance(given, pl.DataFrame):
        given = given.with_columns(predicted=pl.Series(ANSWERS))
    found = scotoma.score(given, gold=TEST, classes=CLASSES, blindspot="hans")
    assert found.cells.to_dicts() == of_file.cells.to_dicts()


@pytest.mark.parametrize("kind", [np.array, pl.Series, pd.Series, list])
def test_codes_beside_a_missing_answer_keep_their_labels(kind: Any) -> None:
    codes = kind([float("nan"), *(float(CLASSES.index(label)) for label in ANSWERS[1:])])
    words = [None, *ANSWERS[1:]]
    found = scotoma.score(codes, gold=TEST, classes=CLASSES, blindspot="hans", partial=True)
    of_words = scotoma.score(words, gold=TEST, blindspot="hans", partial=True)
    assert found.cells.to_dicts() == of_words.cells.to_dicts()
    assert found.n == len(ANSWERS) - 1


GOLDS = ["entailment", "non-entailment"]


@pytest.mark.parametrize("shares", [[0.5, 0.5], [0.0, 0.0], [[0.9, 0.1], [0.5, 0.5]]])
def test_two_labels_as_probable_in_an_array_are_no_answer_but_where_they_count_as_one(shares: Any) -> None:
    """As in a file; the first of the classes was taken."""
    table = np.broadcast_to(np.array(shares), (2, 2))
    with pytest.raises(scotoma.ScotomaError, match="are equally probable, and no column says which"):
        scotoma.score(table, gold=GOLDS, classes=GOLDS, blindspot="hans")
    found = scotoma.score(np.array([[0.2, 0.4, 0.4]] * 2), gold=GOLDS, classes=CLASSES, blindspot="hans")
    assert found.cells["accuracy"].to_list() == [0, 1]


@pytest.mark.parametrize("classes", [["entailment"], ["entailment", "entailment"]])
def test_the_probabilities_of_one_label_are_no_answers(classes: list[str]) -> None:
    """The one label was every row's answer."""
    shares = np.array([[0.1], [0.8]]).repeat(len(classes), axis=1)
    with pytest.raises(scotoma.ScotomaError, match=r"the classes are 'entailment'.* once and two or more"):
        scotoma.score(shares, gold=GOLDS, classes=classes, blindspot="hans")


@pytest.mark.parametrize("kind", [list, lambda words: np.array(words, dtype=object)], ids=["list", "array"])
def test_nan_among_words_is_a_missing_answer(kind: Any) -> None:
    words = kind([float("nan"), "neutral", "entailment"])
    found = scotoma.score(words, gold=[*GOLDS, "entailment"], blindspot="hans", partial=True)
    assert found.n == 2


def test_records_beside_gold_labels_are_a_frame(of_file: scotoma.ScoreResult) -> None:
    answers = ROWS.select("id", "predicted", *SHARES.columns).reverse().to_dicts()
    found = scotoma.score(answers, gold=TEST, blindspot="hans")
    assert found.cells.to_dicts() == of_file.cells.to_dicts()
    assert scotoma.compare(answers, answers, gold=TEST, blindspot="hans").found.replicates == (
        "before, after",
    )


def test_rows_of_the_test_set_without_a_prediction_are_told_by_id() -> None:
    answers = ROWS.select("id", "predicted")[1:]
    with pytest.raises(scotoma.ScotomaError, match="1 row of `gold` without a prediction, such as 'row0'"):
        scotoma.score(answers, gold=TEST, blindspot="hans")


def test_gold_labels_alone_make_rows_of_no_heuristic() -> None:
    found = scotoma.score(ANSWERS, gold=ROWS["gold"].to_list(), blindspot="hans")
    right = (ROWS["gold"] == "entailment") == (ROWS["predicted"] == "entailment")
    assert found.heuristics["accuracy"].to_list() == [pytest.approx(right.mean())]
    assert "name no heuristic" in found.notes[0]


TRAINERS = PredictionOutput(predictions=SHARES.to_numpy(), label_ids=np.zeros(120, int), metrics={})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"predictions": ANSWERS}, r"predictions without gold labels: list \(predictions\). Give `gold`"),
        (
            {"predictions": ANSWERS[1:], "gold": TEST},
            "119 predictions for 120 gold",
        ),
        ({"predictions": "seed0.csv", "gold": TEST}, "a file has its own gold labels"),
        (
            {"predictions": ROWS, "gold": TEST},
            "gold, heuristic, subcase, template: in the pred",
        ),
        ({"predictions": SHARES.to_numpy(), "gold": TEST}, "3 columns of probabilities, and no classes"),
        (
            {"predictions": SHARES.to_numpy(), "gold": TEST, "classes": CLASSES[:2]},
            "3 columns of probabilities, and 2 classes",
        ),
        ({"predictions": np.zeros((2, 2, 2)), "gold": TEST}, r"3 axes: ndarray of shape \(2, 2, 2\)"),
        (
            {"predictions": TRAINERS},
            r"PredictionOutput holds a Trainer's logits.*softmax\(output.predictions",
        ),
        ({"predictions": iter(ROWS.to_dicts())}, r"list_iterator is streamed.*Read it into a table"),
        ({"predictions": iter(ANSWERS), "gold": TEST}, "list_iterator is streamed"),
        ({"predictions": {"id": [1], "gold": ["a", "b"]}}, "cannot be converted to a polars frame"),
        ({"predictions": 7}, "predictions without gold labels: int"),
        (
            {"predictions": [0.25] * len(ANSWERS), "gold": TEST, "classes": CLASSES},
            "labels that are not known: '0.25' in 120 rows",
        ),
        (
            {"predictions": [3] * len(ANSWERS), "gold": TEST, "classes": CLASSES},
            "labels that are not known: '3' in 120 rows",
        ),
        ({"predictions": [0] * len(ANSWERS), "gold": TEST}, r"Or say what it means: labels=\{'0': 'LABEL'\}"),
        (
            {"predictions": ROWS, "blindspot": "hnas"},
            r"'hnas' is not known \(blindspot\). .*mean 'hans'",
        ),
        (
            {"predictions": ROWS, "scorer": "x"},
            "scorer x applies only to a log of inspect_ai.* Leave scorer out",
        ),
    ],
)
def test_what_cannot_be_scored_is_refused_in_the_words_of_python(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(scotoma.ScotomaError, match=message):
        scotoma.score(**{"blindspot": "hans", **options})


def test_what_a_trainer_returns_is_no_list_of_replicates() -> None:
    with pytest.raises(scotoma.ScotomaError, match=r"a Trainer's logits, labels and metrics \(before\)"):
        scotoma.compare(TRAINERS, TRAINERS, gold=TEST, blindspot="hans")


def test_a_column_may_have_the_name_of_what_a_trainer_returns(of_file: scotoma.ScoreResult) -> None:
    found = scotoma.score(ROWS.to_pandas().assign(label_ids=0), blindspot="hans")
    assert found.cells.to_dicts() == of_file.cells.to_dicts()


def test_a_fault_of_a_frame_is_told_with_its_row() -> None:
    wrong = ROWS.with_columns(
        predicted=pl.when(pl.int_range(pl.len()) == 6).then(pl.lit("maybe")).otherwise("predicted")
    )
    with pytest.raises(scotoma.ScotomaError, match=r"'maybe' is not known \(predictions, row 7\)"):
        scotoma.score(wrong, blindspot="hans")


def test_columns_of_pandas_whose_indexes_are_in_different_orders_are_not_paired_by_place() -> None:
    gold = pd.Series(["entailment", "entailment", "non-entailment"], index=[7, 8, 9])
    said = pd.Series(["entailment", "neutral", "neutral"], index=[7, 8, 9])
    shuffled = said.loc[[9, 7, 8]]
    with pytest.raises(scotoma.ScotomaError, match=r"the same index in different orders.*GOLD.index"):
        scotoma.score(shuffled, gold=gold, blindspot="hans")
    with pytest.raises(scotoma.ScotomaError, match=r"different orders.*\(before, replicate 1\)"):
        scotoma.compare([said, shuffled], [said, said], gold=gold, blindspot="hans")
    for right in (said, shuffled.loc[gold.index], said.to_numpy(), said.reset_index(drop=True)):
        cells = scotoma.score(right, gold=gold, blindspot="hans").cells
        assert cells["accuracy"].to_list() == [0.5, 1.0]


def test_ids_beside_gold_labels_without_any_are_kept(of_file: scotoma.ScoreResult) -> None:
    found = scotoma.score(ROWS.select("id", "predicted"), gold=TEST.drop("id"), blindspot="hans")
    assert cells(found) == cells(of_file)


def test_predictions_of_other_rows_than_the_gold_labels_are_refused() -> None:
    shifted = ROWS.select(pl.col("id") + "x", "predicted")
    with pytest.raises(scotoma.ScotomaError, match=r"have different ids: 'row0x' is not in `gold`"):
        scotoma.score(shifted, gold=TEST, blindspot="hans")
    twice = ROWS.select(pl.col("id").first(), "predicted")
    with pytest.raises(scotoma.ScotomaError, match="ids are repeated"):
        scotoma.score(twice, gold=TEST, blindspot="hans")


def test_probabilities_of_low_precision_are_read() -> None:
    given = torch.tensor(SHARES.to_numpy()).bfloat16()
    found = scotoma.score(given, gold=TEST, classes=CLASSES, blindspot="hans")
    exact = scotoma.score(SHARES.to_numpy(), gold=TEST, classes=CLASSES, blindspot="hans")
    assert found.heuristics["auc"].to_list() == pytest.approx(exact.heuristics["auc"].to_list(), abs=0.02)


def test_integers_that_a_table_names_are_read_by_these_names(of_file: scotoma.ScoreResult) -> None:
    names = ["contradiction", "neutral", "entailment"]
    codes = ROWS.with_columns(predicted=pl.col("predicted").replace_strict(names, range(3)))
    named = Dataset.from_polars(codes).cast_column("predicted", ClassLabel(names=names))
    for given in (named, named.with_format("arrow")[:], named.select(range(len(named) - 1, -1, -1))):
        found = scotoma.score(given, blindspot="hans")
        assert cells(found) == cells(of_file)
        assert "Predictions: 1 is neutral, 2 is entailment, as" in found.notes[0]
    answers = named.select_columns("predicted")
    assert cells(scotoma.score(answers, gold=TEST, blindspot="hans")) == cells(of_file)


def test_a_data_set_of_several_splits_is_refused_with_their_names() -> None:
    splits = {"validation": Dataset.from_polars(ROWS), "test": Dataset.from_polars(ROWS)}
    with pytest.raises(scotoma.ScotomaError, match=r"several tables: 'validation', 'test'.*\['validation'\]"):
        scotoma.score(splits, blindspot="hans")


def test_labels_of_several_kinds_are_refused_in_a_line() -> None:
    with pytest.raises(
        scotoma.ScotomaError, match=r"\Alist is not a list of labels: .*all of them integers\.\Z"
    ):
        scotoma.score(ANSWERS, gold=[-100, *["entailment"] * (len(ANSWERS) - 1)], blindspot="hans")


def test_codes_may_be_given_as_integers() -> None:
    codes = [CLASSES.index(label) for label in ANSWERS]
    found = scotoma.score(codes, gold=TEST, labels=dict(enumerate(CLASSES)), blindspot="hans")
    assert found.heuristics["accuracy"][0] == scotoma.score(ROWS, blindspot="hans").heuristics["accuracy"][0]
    assert "Predictions: 0 is read as entailment" in found.notes[0]
    assert "as labels says" in found.notes[0]


def test_it_shows_itself_in_a_line_in_full_and_in_a_notebook(of_file: scotoma.ScoreResult) -> None:
    assert repr(of_file).startswith("<ScoreResult hans, 120 rows: accuracy on entailment .")
    assert "Sensitivity (d'), AUC" in str(of_file)
    assert "\x1b" not in str(of_file)
    assert "<caption" in of_file._repr_html_()


def test_decimals_of_a_frame_are_numbers_as_those_of_a_file_are() -> None:
    table = rows(20, right=0.8, seed=0)
    shares = [name for name in table.columns if name.startswith("p_")]
    exact = table.with_columns(pl.col(shares).round(3)).with_columns(
        (1 - pl.sum_horizontal(shares[1:])).round(3).alias(shares[0])
    )
    decimals = exact.with_columns(pl.col(shares).cast(pl.Decimal(6, 3)))
    by_number = exact.with_columns(id=pl.int_range(pl.len()))
    numbers = decimals.with_columns(id=pl.int_range(pl.len()).cast(pl.Decimal(18, 0)))
    expected = scotoma.score(by_number, blindspot="hans").record()
    assert scotoma.score(numbers, blindspot="hans").record() == expected


def test_a_frame_can_be_had_of_pandas(of_file: scotoma.ScoreResult) -> None:
    frames = of_file.to_pandas()
    assert frames.keys() == of_file.tables.keys()
    assert isinstance(frames["cells"], pd.DataFrame)
    assert frames["cells"]["accuracy"].tolist() == of_file.cells["accuracy"].to_list()
    assert Path(of_file.found.predictions.source).name == "seed0.csv"
