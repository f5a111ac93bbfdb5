"""Blind spots of one task whose shortcuts lead to different labels, on rows that are easy to count."""

import math

import polars as pl
import pytest
from scipy.stats import norm

from scotoma.blindspots import HANS, BlindSpot
from scotoma.measures import cell_on_the_task
from scotoma.measures.measuring import measure
from scotoma.tasks import MNLI

#: Test, gold, predicted, and the probabilities of entailment, neutral and contradiction.
ROWS = [
    ("matched", "entailment", "entailment", 0.8, 0.1, 0.1),
    ("matched", "entailment", "contradiction", 0.1, 0.3, 0.6),
    ("matched", "neutral", "neutral", 0.1, 0.7, 0.2),
    ("matched", "neutral", "neutral", 0.2, 0.5, 0.3),
    ("matched", "contradiction", "contradiction", 0.1, 0.1, 0.8),
    ("matched", "contradiction", "contradiction", 0.2, 0.3, 0.5),
    ("matched", "contradiction", "neutral", 0.3, 0.4, 0.3),
    ("denied", "contradiction", "contradiction", 0.1, 0.1, 0.8),
    ("denied", "rest", "contradiction", 0.2, 0.2, 0.6),
    ("denied", "rest", "contradiction", 0.3, 0.3, 0.4),
    ("denied", "rest", "entailment", 0.6, 0.1, 0.3),
    ("alike", "together", "neutral", 0.2, 0.5, 0.3),
    ("alike", "contradiction", "entailment", 0.5, 0.3, 0.2),
    ("alike", "contradiction", "contradiction", 0.3, 0.3, 0.4),
]


def spot(name: str, target: str, counts_as: str) -> BlindSpot:
    return BlindSpot.model_validate(
        {
            "name": name,
            "title": name,
            "heuristics": {name: "Some words lead to a label."},
            "label_map": dict(zip(MNLI.labels, counts_as.split(), strict=True)),
            "target": target,
            "source": {"file": "rows.tsv"},
        }
    )


DENIED = spot("denied", "contradiction", "rest rest contradiction")
ALIKE = spot("alike", "together", "together together contradiction")


@pytest.fixture(scope="module")
def table() -> pl.DataFrame:
    columns = ("test", "gold", "predicted", *(f"p_{label}" for label in MNLI.labels))
    rows = pl.DataFrame(ROWS, schema=columns, orient="row").with_columns(
        pl.format("row{}", pl.int_range(pl.len())).alias("id"),
        pl.when(pl.col("test") == "matched").then(pl.lit("")).otherwise("test").alias("heuristic"),
        subcase=pl.lit(""),
        template=pl.lit(""),
    )
    return measure(rows, MNLI, [HANS, DENIED, ALIKE])


def value(table: pl.DataFrame, test: str, cell: str, name: str) -> float:
    found = table.filter(pl.col("test") == test, pl.col("cell") == cell, pl.col("measure") == name)
    (number,) = found["value"]
    return float(number)


def z(right: int, n: int) -> float:
    """With the log-linear correction."""
    return float(norm.ppf((right + 0.5) / (n + 1)))


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def test_each_blind_spot_is_measured_at_its_own_target(table: pl.DataFrame) -> None:
    assert value(table, "denied", "all/contradiction", "accuracy") == 1
    assert value(table, "denied", "denied/rest", "accuracy") == pytest.approx(1 / 3)
    assert value(table, "denied", "all", "d_prime") == pytest.approx(z(1, 1) - z(2, 3))
    lean = (logit(0.6) + logit(0.4) + logit(0.3)) / 3
    assert value(table, "denied", "all/rest", "log_odds") == pytest.approx(lean)


def test_a_shortcut_that_leads_to_either_of_two_labels_has_the_probability_of_both(
    table: pl.DataFrame,
) -> None:
    assert value(table, "alike", "all/together", "accuracy") == 1
    assert value(table, "alike", "all/together", "log_odds") == pytest.approx(logit(0.7))
    assert value(table, "alike", "all/contradiction", "accuracy") == 0.5
    assert value(table, "alike", "all/contradiction", "log_odds") == pytest.approx(
        (logit(0.8) + logit(0.6)) / 2
    )
    # Of .6 for the two together it is wrong, though contradiction alone is likeliest.
    assert value(table, "alike", "all/contradiction", "accuracy_sum") == 0
    assert value(table, "alike", "all", "d_prime") == pytest.approx(z(1, 1) - z(1, 2))


def test_the_general_test_set_is_measured_at_the_tasks_target_and_at_that_of_each_blind_spot(
    table: pl.DataFrame,
) -> None:
    expected = {
        "all": (1 / 2, 0 / 5, z(1, 2) - z(0, 5), 6 / 10),
        "as:denied": (2 / 3, 1 / 4, z(2, 3) - z(1, 4), 9.5 / 12),
        "as:alike": (3 / 4, 1 / 3, z(3, 4) - z(1, 3), 9.5 / 12),
    }
    for cell, numbers in expected.items():
        for name, number in zip(("hit_rate", "false_alarm_rate", "d_prime", "auc"), numbers, strict=True):
            assert value(table, "matched", cell, name) == pytest.approx(number), (cell, name)
    of_all_labels = table.filter(pl.col("test") == "matched", pl.col("measure") == "accuracy")
    assert not [cell for cell in of_all_labels["cell"] if cell.startswith("as:")]
    assert value(table, "matched", "all", "accuracy") == pytest.approx(5 / 7)


def test_a_measure_of_the_target_is_held_against_the_same_target_on_the_task() -> None:
    assert cell_on_the_task("d_prime", DENIED, MNLI) == "as:denied"
    assert cell_on_the_task("auc", ALIKE, MNLI) == "as:alike"
    assert cell_on_the_task("accuracy", DENIED, MNLI) == "all"
    assert cell_on_the_task("d_prime", HANS, MNLI) == "all"
    renamed = spot("renamed", "yes", "yes no no")
    assert cell_on_the_task("d_prime", renamed, MNLI) == "all"
