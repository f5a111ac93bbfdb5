"""One model's score, cell by cell."""

import json
from pathlib import Path

import polars as pl
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from prediction_files import rows, write
from scotoma.blindspots import HANS
from scotoma.comparisons import Score, score_file
from scotoma.measures import OVER_LABELS
from scotoma.measures.measuring import measure
from scotoma.tasks import MNLI
from shared_data import shared_file


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Score:
    return score_file(write(rows(20), tmp_path_factory.mktemp("files") / "a.csv"), blindspot=HANS)


def test_a_real_berts_predictions_score_as_published() -> None:
    found = score_file(shared_file("hans/bert_preds.txt"), blindspot=HANS)
    assert found.n == 30_000
    accuracy = {(cell.heuristic, cell.label): cell.accuracy for cell in found.cells}
    published = {
        "lexical_overlap": (0.9464, 0.1640),
        "subsequence": (0.9932, 0.0386),
        "constituent": (0.9844, 0.1612),
    }
    for heuristic, (entailed, not_entailed) in published.items():
        assert accuracy[heuristic, "entailment"] == entailed
        assert accuracy[heuristic, "non-entailment"] == not_entailed
    assert len(found.subcases) == 30
    assert all(subcase.n == 1000 for subcase in found.subcases)


def test_cells_are_heuristics_by_label_and_all_over_them(found: Score) -> None:
    names = ["all", *HANS.heuristics]
    assert [(cell.heuristic, cell.label) for cell in found.cells] == [
        (name, label) for name in names for label in HANS.labels
    ]
    assert [both.heuristic for both in found.heuristics] == names
    assert [cell.n for cell in found.cells] == [300, 300] + [100] * 6


def test_every_number_is_that_of_the_measures_a_report_uses(found: Score) -> None:
    told = found.predictions.table
    table = measure(told, MNLI, [HANS])
    value = {(cell, name): number for cell, name, number in table.select("cell", "measure", "value").rows()}
    for cell in found.cells:
        for name in ("accuracy", "accuracy_sum", "log_odds"):
            assert getattr(cell, name) == value[f"{cell.heuristic}/{cell.label}", name]
    for both in found.heuristics:
        for name in (
            *("accuracy", "hit_rate", "false_alarm_rate", "d_prime", "criterion", "auc"),
            *OVER_LABELS,
        ):
            assert getattr(both, name) == value[both.heuristic, name] is not None
    for subcase in found.subcases:
        assert subcase.accuracy == value[f"subcase:{subcase.subcase}", "accuracy"]


def test_the_interval_is_wilsons(found: Score) -> None:
    cell = found.cells[1]
    assert cell.accuracy is not None
    low, high = proportion_confint(round(cell.accuracy * cell.n), cell.n, method="wilson")
    assert (cell.low, cell.high) == pytest.approx((low, high))


def test_a_model_that_always_says_entailment_tells_nothing_apart(tmp_path: Path) -> None:
    always = rows().drop("p_entailment", "p_neutral", "p_contradiction")
    path = write(always.with_columns(predicted=pl.lit("entailment")), tmp_path / "a.csv")
    both = score_file(path, blindspot=HANS).heuristics[0]
    assert (both.hit_rate, both.false_alarm_rate) == (1, 1)
    assert both.d_prime == 0
    assert both.criterion == pytest.approx(-norm.ppf(60.5 / 61))
    assert (both.auc, both.auc_reason) == (None, "the predictions have no probabilities")


def test_subcases_stand_in_the_order_of_heuristics_and_labels(found: Score) -> None:
    places = [(list(HANS.heuristics).index(s.heuristic), HANS.labels.index(s.label)) for s in found.subcases]
    assert places == sorted(places)
    assert len(places) == 30


def test_a_subcase_of_two_heuristics_is_scored_in_each(tmp_path: Path) -> None:
    table = rows().with_columns(subcase=pl.lit("passive"))
    found = score_file(write(table, tmp_path / "a.csv"), blindspot=HANS)
    told = [(one.heuristic, one.label, one.subcase, one.n, one.accuracy) for one in found.subcases]
    whole = [(one.heuristic, one.label, "passive", one.n, one.accuracy) for one in found.cells[2:]]
    assert told == whole
    assert len(told) == 6


def test_the_order_of_rows_changes_nothing(tmp_path: Path) -> None:
    table = rows(20)
    shuffled = table.sample(fraction=1, shuffle=True, seed=1)
    one = score_file(write(table, tmp_path / "a.csv"), blindspot=HANS)
    other = score_file(write(shuffled, tmp_path / "b.csv"), blindspot=HANS)
    assert (one.cells, one.heuristics, one.subcases) == (other.cells, other.heuristics, other.subcases)


def test_the_record_has_the_keys_that_others_rely_on_and_no_nan(found: Score) -> None:
    record = json.loads(json.dumps(found.record(), allow_nan=False))
    assert record["blindspot"] == "hans"
    assert record["n"] == 600
    first = record["cells"][0]
    assert first["log_odds"] is not None
    assert (first["margin"], first["margin_note"]) == (first["log_odds"], first["log_odds_note"])
    assert first.keys() >= {"heuristic", "label", "n", "accuracy", "low", "high", "log_odds"}
    assert record["subcases"][0].keys() >= {"subcase", "label", "n", "accuracy"}
    assert record["heuristics"][0].keys() >= {"heuristic", "hit_rate", "d_prime", "criterion", "auc"}
    assert {cell["label"] for cell in record["cells"]} == {"entailment", "non-entailment"}


def test_rows_without_a_heuristic_count_under_all(tmp_path: Path) -> None:
    path = write(rows().drop("heuristic", "subcase", "template"), tmp_path / "a.csv")
    found = score_file(path, blindspot=HANS)
    assert [(cell.heuristic, cell.n) for cell in found.cells] == [("all", 60), ("all", 60)]
    assert found.subcases == ()
    assert found.predictions.notes == ("120 of 120 rows name no heuristic: they count under all only.",)


def test_the_worst_group_is_named_and_a_number_that_is_not_defined_has_its_reason(tmp_path: Path) -> None:
    one_side = rows(5).filter(pl.col("gold") == "entailment").drop("p_entailment", "p_neutral")
    both = score_file(write(one_side.drop("p_contradiction"), tmp_path / "a.csv"), blindspot=HANS).heuristics[
        0
    ]
    right = (one_side["predicted"] == "entailment").to_numpy()
    shares = {name: right[(one_side["heuristic"] == name).to_numpy()].mean() for name in HANS.heuristics}
    worst = min(shares, key=shares.__getitem__)
    assert both.worst_group_accuracy == shares[worst]
    assert both.worst_group_note == f"the worst of 3 groups is {worst}/entailment, 25 rows"
    assert (both.macro_f1, both.macro_f1_reason) == (None, "no rows of label non-entailment")
    assert both.calibration_error is None
    assert both.calibration_reason == "the predictions have no probabilities"
