"""Multi-Bootstrap intervals of what the blind spot loses beyond the task."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from scotoma.measures.cells import Cell
from scotoma.measures.rows import Rows
from scotoma.measures.tags import Tags
from scotoma.verdicts.pairs import Pair
from scotoma.verdicts.resampling import ResampledInterval, resample

LABELS = ("entailment", "non-entailment")
N_REPLICATES, N_ROWS = 8, 120

Answered = Sequence[NDArray[np.bool_]]


def answered(rng: np.random.Generator, hits: float, alarms: float) -> list[NDArray[np.bool_]]:
    """Whether each model says the target of each row; rows differ in how readily they are called so."""
    shifts = rng.normal(0, 0.04, N_REPLICATES)
    chances = np.repeat([hits, alarms], N_ROWS // 2) + rng.normal(0, 0.3, N_ROWS)
    return [rng.random(N_ROWS) < chances + shift for shift in shifts]


def pairs(before: Answered, after: Answered, test: str = "hans", subcases: int = 0) -> list[Pair]:
    """Two models' answers, by replicate; half of the rows are the target."""
    gold = np.repeat([0, 1], N_ROWS // 2)
    names = [f"{one}-{row % subcases}" if subcases else "" for row, one in enumerate(gold)]
    table = pl.DataFrame(
        {
            "id": [f"{test}-{row}" for row in range(N_ROWS)],
            "gold": [LABELS[one] for one in gold],
            "heuristic": ["overlap" if subcases else ""] * N_ROWS,
            "subcase": names,
            "template": [""] * N_ROWS,
        }
    )
    cells = {"all": Cell(Tags("all"), np.arange(N_ROWS), ())}
    rows = [[Rows(gold, (~said).astype(np.int64), LABELS, 0) for said in of] for of in (before, after)]
    return [
        Pair(str(name), table, cells, first, second)
        for name, (first, second) in enumerate(zip(*rows, strict=True))
    ]


def interval(of: Sequence[Pair], task: Sequence[Pair] = (), measure: str = "d_prime") -> ResampledInterval:
    return resample("all", measure, of, level=0.95, seed=3, task=task)


def ends(found: ResampledInterval) -> tuple[float, float]:
    assert found.low is not None
    assert found.high is not None
    return found.low, found.high


@pytest.fixture(name="before")
def before_fixture() -> Answered:
    return answered(np.random.default_rng(1), 0.85, 0.3)


@pytest.fixture(name="after")
def after_fixture() -> Answered:
    return answered(np.random.default_rng(2), 0.75, 0.45)


@pytest.mark.parametrize("measure", ["d_prime", "accuracy"])
def test_a_task_that_does_not_change_takes_nothing_off_and_adds_no_width(
    before: Answered, after: Answered, measure: str
) -> None:
    blindspot, task = pairs(before, after), pairs(before, before, "matched")
    alone, beyond = interval(blindspot, measure=measure), interval(blindspot, task, measure)
    assert ends(beyond) == pytest.approx(ends(alone), abs=0.03)


@pytest.mark.parametrize("measure", ["d_prime", "accuracy"])
def test_a_task_that_changes_moves_the_interval_by_its_mean_and_widens_it(
    before: Answered, after: Answered, measure: str
) -> None:
    blindspot, task = pairs(before, after), pairs(after, before, "matched")
    alone, of_task, beyond = (
        ends(interval(*of, measure=measure)) for of in ((blindspot,), (task,), (blindspot, task))
    )
    middles = [sum(one) / 2 for one in (alone, of_task, beyond)]
    widths = [high - low for low, high in (alone, of_task, beyond)]
    assert middles[2] == pytest.approx(middles[0] - middles[1], abs=0.1 * widths[2])
    assert max(widths[:2]) < widths[2] < sum(widths[:2]) * 1.1


def test_rows_of_the_task_are_drawn_apart_from_those_of_the_blind_spot_that_have_the_same_names(
    before: Answered, after: Answered
) -> None:
    blindspot, task = pairs(before, after), pairs(after, before, "matched")
    namesakes = [
        dataclasses.replace(pair, table=pair.table.with_columns(id=blindspot[0].table["id"])) for pair in task
    ]
    assert ends(interval(blindspot, namesakes)) == pytest.approx(ends(interval(blindspot, task)))


def test_what_is_drawn_is_named_after_the_blind_spot(before: Answered, after: Answered) -> None:
    blindspot = pairs(before, after, subcases=5)
    assert interval(blindspot, pairs(before, before, "matched")).clusters == "subcase"


def test_another_seed_draws_other_rows(before: Answered, after: Answered) -> None:
    blindspot, task = pairs(before, after), pairs(after, before, "matched")
    same, other = (resample("all", "d_prime", blindspot, level=0.95, seed=seed, task=task) for seed in (3, 4))
    assert same == interval(blindspot, task)
    assert ends(other) != ends(same)


def test_replicates_whose_task_had_other_rows_get_no_interval(before: Answered, after: Answered) -> None:
    blindspot, task = pairs(before, after), pairs(before, after, "matched")
    task[2] = dataclasses.replace(task[2], table=task[2].table.with_columns(id=pl.col("id") + "x"))
    assert interval(blindspot, task).reason == "the replicates were not tested on the same rows"


def test_log_odds_without_probabilities_are_not_resampled(before: Answered, after: Answered) -> None:
    assert (
        interval(pairs(before, after), measure="log_odds").reason == "the predictions have no probabilities"
    )
