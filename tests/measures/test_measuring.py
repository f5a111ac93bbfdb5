"""Measures by test set and cell, from predictions."""

import lzma
import math
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy.stats import norm

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.measures import MEANINGS, MEASURES, higher_is_better, measured_in
from scotoma.measures.cells import blindspot_cells
from scotoma.measures.measuring import SCHEMA, measure
from scotoma.measures.tags import ON_BOTH_SIDES
from scotoma.tasks import MNLI

SHARED = Path(__file__).parents[3] / "shared" / "data" / "hans"

ROWS = [
    # test, gold, predicted, probabilities of entailment, neutral, contradiction, heuristic, subcase, template
    ("matched", "entailment", "entailment", (0.8, 0.1, 0.1), "", "", ""),
    ("matched", "neutral", "contradiction", (0.1, 0.2, 0.7), "", "", ""),
    ("matched", "contradiction", "entailment", (0.4, 0.3, 0.3), "", "", ""),
    ("hans", "entailment", "entailment", (0.9, 0.05, 0.05), "lexical_overlap", "le_conjunction", "temp1"),
    ("hans", "non-entailment", "entailment", (0.4, 0.35, 0.25), "lexical_overlap", "ln_passive", "temp2"),
    ("hans", "non-entailment", "neutral", (0.2, 0.6, 0.2), "subsequence", "sn_PP/object", "temp3"),
]


def predictions() -> pl.DataFrame:
    """Six rows whose measures are easy to say by hand."""
    names = ("test", "gold", "predicted", "p", "heuristic", "subcase", "template")
    table = pl.DataFrame([dict(zip(names, row, strict=True)) for row in ROWS])
    columns = {f"p_{label}": [row[3][i] for row in ROWS] for i, label in enumerate(MNLI.labels)}
    return table.drop("p").with_columns(
        pl.format("row{}", pl.int_range(pl.len())).alias("id"),
        *(pl.Series(name, values) for name, values in columns.items()),
    )


def value(table: pl.DataFrame, test: str, cell: str, name: str) -> float | None:
    """The one value of a measure in a cell."""
    found = table.filter(pl.col("test") == test, pl.col("cell") == cell, pl.col("measure") == name)
    assert found.height == 1, (test, cell, name, found)
    number: float | None = found["value"][0]
    return number


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    return measure(predictions(), MNLI, [HANS])


def test_the_table_is_tidy_and_every_measure_has_a_meaning(table: pl.DataFrame) -> None:
    assert dict(table.schema) == SCHEMA
    assert not table.select("test", "cell", "measure").is_duplicated().any()
    by_tag = {"overlap_effect", "shortcut_effect"}  # need rows whose texts somebody looked at
    assert set(table["measure"]) == set(MEANINGS) - by_tag


def test_cells_that_do_not_depend_on_rows_are_those_that_rows_make() -> None:
    sides = [(heuristic, label) for heuristic in HANS.heuristics for label in HANS.labels]
    rows = pl.DataFrame(sides, schema=["heuristic", "gold"], orient="row")
    rows = rows.with_columns(subcase=pl.lit(""), template=pl.lit(""))
    assert {cell.name: cell.measures for cell in blindspot_cells(rows, HANS)} == measured_in(HANS)


def test_general_accuracy_counts_every_label_and_two_way_only_the_target(table: pl.DataFrame) -> None:
    assert value(table, "matched", "all", "accuracy") == 1 / 3
    assert value(table, "matched", "all", "accuracy_2way") == 2 / 3
    assert value(table, "matched", "all", "accuracy_2way_sum") == 1
    assert value(table, "matched", "all", "auc") == 1
    assert value(table, "matched", "all/entailment", "log_odds") == pytest.approx(math.log(4))
    assert value(table, "matched", "all/contradiction", "log_odds") == pytest.approx(math.log(4 / 6))


def _by_overlap(tags: dict[str, str]) -> pl.DataFrame:
    """Eight rows of one general test set; tags by id."""
    shares = {"a": 0.9, "b": 0.8, "c": 0.3, "d": 0.4, "e": 0.6, "f": 0.2, "g": 0.1, "h": 0.1}
    gold = dict.fromkeys("abcd", "entailment") | dict.fromkeys("efgh", "neutral")
    return pl.DataFrame(
        {
            "test": "matched",
            "id": list(shares),
            "gold": list(gold.values()),
            "predicted": ["entailment" if share > 0.5 else "neutral" for share in shares.values()],
            "p_entailment": list(shares.values()),
            "p_neutral": [1 - share for share in shares.values()],
            "p_contradiction": [0.0] * len(shares),
            "heuristic": [tags.get(id, "") for id in shares],
            "subcase": "",
            "template": "",
        }
    )


def test_the_overlap_effect_is_the_margin_with_full_overlap_less_that_without() -> None:
    tags = {"a": "full_overlap", "b": "full_overlap", "d": "low_overlap", "e": "full_overlap"}
    found = measure(_by_overlap(tags), MNLI, [HANS])

    def logit(p: float) -> float:
        return math.log(p / (1 - p))

    effect = (logit(0.9) + logit(0.8)) / 2 - (logit(0.3) + logit(0.4)) / 2
    assert value(found, "matched", "all/entailment", "overlap_effect") == pytest.approx(effect)
    neutral = logit(0.6) - (logit(0.2) + 2 * logit(0.1)) / 3
    assert value(found, "matched", "all/neutral", "overlap_effect") == pytest.approx(neutral)


def test_of_a_studys_own_predicate_the_same_is_the_shortcut_effect() -> None:
    by_overlap = measure(_by_overlap(dict.fromkeys("abe", "full_overlap")), MNLI, [HANS])
    by_own = measure(_by_overlap(dict.fromkeys("abe", "shortcut")), MNLI, [HANS])
    for cell in ("all/entailment", "all/neutral"):
        effect = value(by_own, "matched", cell, "shortcut_effect")
        assert effect == value(by_overlap, "matched", cell, "overlap_effect") is not None
    assert "overlap_effect" not in by_own["measure"]
    assert "shortcut/entailment" in by_own["cell"]
    assert higher_is_better("shortcut_effect", "all/entailment", "entailment") is False


def test_the_reverse_bias_shows_as_accuracy_on_entailed_rows_with_low_overlap() -> None:
    found = measure(_by_overlap({"c": "low_overlap", "d": "low_overlap", "a": "low_overlap"}), MNLI, [HANS])
    assert value(found, "matched", "low_overlap/entailment", "accuracy") == 1 / 3


def test_without_a_row_of_full_overlap_there_is_no_effect_and_a_reason() -> None:
    found = measure(_by_overlap({"c": "low_overlap"}), MNLI, [HANS])
    (row,) = found.filter(
        pl.col("measure") == "overlap_effect", pl.col("cell") == "all/entailment"
    ).to_dicts()
    assert row["value"] is None
    assert row["reason"] == "no rows have full overlap"


def test_blind_spot_predictions_are_merged_after_the_argmax_or_before(table: pl.DataFrame) -> None:
    assert value(table, "hans", "lexical_overlap/non-entailment", "accuracy") == 0
    assert value(table, "hans", "lexical_overlap/non-entailment", "accuracy_sum") == 1
    assert value(table, "hans", "all", "accuracy") == 2 / 3
    assert value(table, "hans", "subcase:sn_PP/object", "accuracy") == 1
    assert value(table, "hans", "template:temp2/non-entailment", "log_odds") == pytest.approx(math.log(4 / 6))


def test_auc_of_a_heuristic_with_one_label_is_none_with_the_reason(table: pl.DataFrame) -> None:
    assert value(table, "hans", "lexical_overlap", "auc") == 1
    assert value(table, "hans", "subsequence", "auc") is None
    reasons = table.filter(pl.col("cell") == "subsequence", pl.col("measure") == "auc")["reason"]
    assert reasons.to_list() == ["no positive rows to compare with"]


def test_auc_ranks_rows_that_are_surer_than_the_margins_floor() -> None:
    surer = (
        predictions()
        .filter(pl.col("test") == "hans")
        .with_columns(
            p_entailment=pl.lit(1.0), p_neutral=pl.Series([1e-15, 1e-14, 1e-13]), p_contradiction=pl.lit(0.0)
        )
    )
    found = measure(surer, MNLI, [HANS])
    assert value(found, "hans", "all", "auc") == 1
    remarks = found.filter(pl.col("cell") == "all/entailment", pl.col("measure") == "log_odds")["reason"]
    assert remarks.to_list() == ["1 of 1 rows at the floor of 1e-12"]


def test_the_order_of_rows_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    many = pl.concat([predictions()] * 40).with_columns(
        pl.Series(f"p_{label}", rng.gamma(1, size=240)) for label in MNLI.labels
    )
    shuffled = many.sample(fraction=1, shuffle=True, seed=5)
    assert not shuffled.equals(many)
    assert measure(shuffled, MNLI, [HANS]).equals(measure(many, MNLI, [HANS]))


def test_without_probabilities_only_accuracy_has_a_value() -> None:
    plain = predictions().drop([f"p_{label}" for label in MNLI.labels])
    found = measure(plain, MNLI, [HANS])
    of_labels = {"accuracy", "accuracy_2way", "hit_rate", "false_alarm_rate", "d_prime", "criterion"}
    of_labels |= {"worst_group_accuracy", "macro_f1"}
    assert set(found.filter(pl.col("value").is_not_null())["measure"]) == of_labels
    from_probabilities = found.filter(~pl.col("measure").is_in(of_labels))
    assert from_probabilities["value"].is_null().all()
    assert set(from_probabilities["reason"]) == {"the predictions have no probabilities"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"predicted": pl.lit("entailmant")}, "predicted label that is not known.*Did you mean 'entailment'"),
        ({"predicted": pl.lit(None, pl.String)}, "predicted label that is not known"),
        ({"gold": pl.lit("-")}, "gold label that is not known; the first is '-' in row 'row0'"),
        ({"p_neutral": pl.lit(math.nan)}, "missing, negative or not finite; the first is 'row0'"),
        ({"p_neutral": pl.lit(None, pl.Float64)}, "missing, negative or not finite"),
        ({"p_neutral": pl.lit(-0.1)}, "missing, negative or not finite"),
    ],
)
def test_a_row_that_cannot_be_is_refused(change: dict[str, pl.Expr], message: str) -> None:
    with pytest.raises(ScotomaError, match=message):
        measure(predictions().with_columns(**change), MNLI, [HANS])


def test_probabilities_of_only_some_labels_are_refused() -> None:
    with pytest.raises(ScotomaError, match="predictions lack p_neutral"):
        measure(predictions().drop("p_neutral"), MNLI, [HANS])


def test_a_higher_margin_is_worse_where_the_target_is_wrong() -> None:
    assert higher_is_better("accuracy", "all/non-entailment", "entailment") is True
    assert higher_is_better("log_odds", "all/entailment", "entailment") is True
    assert higher_is_better("log_odds", "all/non-entailment", "entailment") is False
    assert higher_is_better("false_alarm_rate", "all", "entailment") is False
    assert higher_is_better("d_prime", "all", "entailment") is True
    assert higher_is_better("criterion", "all", "entailment") is None
    assert higher_is_better("log_odds", "subcase:ln_subject/object_swap", "entailment") is None


def test_hits_and_false_alarms_are_of_each_sides_rows_and_d_prime_is_corrected(table: pl.DataFrame) -> None:
    assert value(table, "hans", "all", "hit_rate") == 1
    assert value(table, "hans", "all", "false_alarm_rate") == 0.5
    # Log-linear: (1 + .5) / (1 + 1) and (1 + .5) / (2 + 1).
    assert value(table, "hans", "all", "d_prime") == pytest.approx(norm.ppf(0.75) - norm.ppf(0.5))
    assert value(table, "hans", "all", "criterion") == pytest.approx(-norm.ppf(0.75) / 2)
    assert value(table, "matched", "all", "false_alarm_rate") == 0.5
    n = table.filter(pl.col("test") == "hans", pl.col("cell") == "all").select("measure", "n").rows()
    assert {"hit_rate": 1, "false_alarm_rate": 2, "d_prime": 3}.items() <= dict(n).items()


def test_a_heuristic_with_one_label_has_one_rate_and_no_d_prime(table: pl.DataFrame) -> None:
    assert value(table, "hans", "subsequence", "false_alarm_rate") == 0
    for name in ("hit_rate", "d_prime", "criterion"):
        assert value(table, "hans", "subsequence", name) is None
        reasons = table.filter(pl.col("cell") == "subsequence", pl.col("measure") == name)["reason"]
        assert reasons.to_list() == ["no rows of the target kind"]


def test_probabilities_of_the_blind_spots_two_labels_do_as_well() -> None:
    two = (
        predictions()
        .filter(pl.col("test") == "hans")
        .with_columns((pl.col("p_neutral") + pl.col("p_contradiction")).alias("p_non-entailment"))
        .drop("p_neutral", "p_contradiction")
    )
    three = predictions().filter(pl.col("test") == "hans")
    assert measure(two, MNLI, [HANS]).equals(measure(three, MNLI, [HANS]))


def test_the_worst_group_of_a_blind_spot_is_a_label_within_a_heuristic(table: pl.DataFrame) -> None:
    assert value(table, "hans", "all", "worst_group_accuracy") == 0
    (row,) = table.filter(
        pl.col("test") == "hans", pl.col("cell") == "all", pl.col("measure") == "worst_group_accuracy"
    ).to_dicts()
    assert row["n"] == 1
    assert row["reason"] == "the worst of 3 groups is lexical_overlap/non-entailment, 1 row"
    assert value(table, "hans", "subsequence", "worst_group_accuracy") == 1


def test_the_worst_group_of_a_general_test_set_is_a_label_within_a_tag() -> None:
    tags = {"a": "full_overlap", "b": "full_overlap", "c": "low_overlap", "e": "full_overlap"}
    found = measure(_by_overlap(tags), MNLI, [HANS])
    (row,) = found.filter(pl.col("measure") == "worst_group_accuracy").to_dicts()
    # c (low overlap, entailed), d (no tag, entailed) and e (full overlap, neutral) are wrong, each a group.
    assert row["value"] == 0
    assert row["reason"] == "the worst of 5 groups is entailment, 1 row"


def test_macro_f1_is_over_the_tasks_labels_or_the_blind_spots_two(table: pl.DataFrame) -> None:
    # matched: entailment TP 1, FP 1, FN 0; the others have no hit.
    assert value(table, "matched", "all", "macro_f1") == pytest.approx(2 / 3 / 3)
    # hans: entailment TP 1, FP 1; non-entailment TP 1, FN 1.
    assert value(table, "hans", "all", "macro_f1") == pytest.approx(2 / 3)
    assert value(table, "hans", "subsequence", "macro_f1") is None


def test_confidence_on_a_blind_spot_is_the_probability_of_the_merged_answer(table: pl.DataFrame) -> None:
    # Answers: entailment at .9, right; entailment at .4, wrong; non-entailment at .6 + .2, right.
    by_hand = (abs(1 - 0.9) + 0.4 + abs(1 - 0.8)) / 3
    assert value(table, "hans", "all", "calibration_error") == pytest.approx(by_hand)
    # matched: .8 right, .7 wrong, .4 wrong.
    assert value(table, "matched", "all", "calibration_error") == pytest.approx((0.2 + 0.7 + 0.4) / 3)


def test_a_better_calibrated_model_has_a_lower_error_and_the_other_two_are_better_higher() -> None:
    assert higher_is_better("calibration_error", "all", "entailment") is False
    assert higher_is_better("macro_f1", "all", "entailment") is True
    assert higher_is_better("worst_group_accuracy", "all", "entailment") is True


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not beside the repository")
def test_a_real_berts_predictions_score_as_published() -> None:
    gold = pl.read_csv(lzma.decompress((SHARED / "hans_gold_by_pairid.tsv.xz").read_bytes()), separator="\t")
    answers = pl.read_csv(SHARED / "bert_preds.txt").rename({"gold_label": "predicted"})
    joined = gold.join(answers, on="pairID", validate="1:1").rename({"pairID": "id", "gold_label": "gold"})
    assert joined.height == 30_000
    found = measure(joined.with_columns(test=pl.lit("hans"), template=pl.lit("")), MNLI, [HANS])
    published = {
        "lexical_overlap": (0.9464, 0.1640),
        "subsequence": (0.9932, 0.0386),
        "constituent": (0.9844, 0.1612),
    }
    for heuristic, (entailed, not_entailed) in published.items():
        assert value(found, "hans", f"{heuristic}/entailment", "accuracy") == entailed
        assert value(found, "hans", f"{heuristic}/non-entailment", "accuracy") == not_entailed
    assert found["cell"].str.starts_with("subcase:").sum() == 30 * 3


@pytest.mark.parametrize("name", ON_BOTH_SIDES)
@pytest.mark.parametrize(("lacking", "label"), [("other", "entailment"), ("target", "non-entailment")])
def test_a_measure_has_no_value_just_where_it_lacks_the_rows_that_it_is_said_to_need(
    name: str, lacking: str, label: str
) -> None:
    rows = predictions().filter(pl.col("test") == "hans", pl.col("gold") == label)
    found = value(measure(rows, MNLI, [HANS]), "hans", "all", name)
    assert (found is None) == (lacking in MEASURES[name].sides)
