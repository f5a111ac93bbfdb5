"""A known null on real data: 100 BERT models of one recipe, which differ by their seed alone.

Nothing differs between two groups of them, so a test at 5 % should call about 5 % different.
"""

import csv

import numpy as np
import pytest
from scipy import stats

from scotoma.basics.randomness import stream
from scotoma.statistics.intervals import t_interval
from shared_data import shared_file

#: Column and rows it was scored on. McCoy, Min and Linzen 2020 used all of the matched dev set.
CELLS = {
    "MNLI dev acc.": 9815,
    "Overall accuracy": 30_000,
    "Lexical (entailed)": 5000,
    "Subseq (entailed)": 5000,
    "Constituent (entailed)": 5000,
    "Lexical (nonent)": 5000,
    "Subseq (nonent)": 5000,
    "Constituent (nonent)": 5000,
}
BLIND_SPOT = ("Overall accuracy", "Lexical (nonent)", "Subseq (nonent)", "Constituent (nonent)")
N_PAIRINGS = 200


def accuracies(column: str) -> np.ndarray:
    path = shared_file("hans/berts_of_a_feather_accuracies_by_run.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["Run"].startswith("Run ")]
    assert len(rows) == 100  # the file ends with rows of summary
    return np.array([float(row[column]) for row in rows])


def is_called_different(differences: list[float]) -> bool:
    """The two-sided paired t test at 5 %: whether the 95 % interval leaves 0 out."""
    found = t_interval(differences, level=0.95)
    return found.low is not None and found.high is not None and not found.low <= 0 <= found.high


def rate_of_item_level_z(values: np.ndarray, n_rows: int) -> float:
    """Share of all pairs of runs that the z test of two shares calls different at 5 %."""
    one, other = (values[places] for places in np.triu_indices(values.size, 1))
    pooled = (one + other) / 2
    z = (one - other) / np.sqrt(2 * pooled * (1 - pooled) / n_rows)
    return float(np.mean(np.abs(z) > stats.norm.ppf(0.975)))


@pytest.mark.parametrize("k", [3, 5, 10])
@pytest.mark.parametrize("column", CELLS)
def test_a_paired_t_test_over_replicates_is_wrong_as_often_as_it_says(column: str, k: int) -> None:
    values = accuracies(column)
    called = []
    for pairing in range(N_PAIRINGS):
        one, other = stream(0, "pairing", pairing).permutation(values).reshape(2, 50)
        studies = (one - other)[: 50 // k * k].reshape(-1, k)
        called += [is_called_different(study.tolist()) for study in studies]
    assert len(called) == N_PAIRINGS * (50 // k)
    assert 0.03 <= np.mean(called) <= 0.07


@pytest.mark.parametrize("column", BLIND_SPOT)
def test_an_item_level_test_calls_most_equal_recipes_different_on_the_blind_spot(column: str) -> None:
    assert 0.8 <= rate_of_item_level_z(accuracies(column), CELLS[column]) <= 0.94


def test_on_the_general_task_the_item_level_test_is_not_misled() -> None:
    assert rate_of_item_level_z(accuracies("MNLI dev acc."), CELLS["MNLI dev acc."]) < 0.05
