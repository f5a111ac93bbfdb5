"""Repetitions of the original arm become a noise floor, and never a reference."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest

from fake_study import make, plan, study
from scotoma.results import Results, results
from scotoma.statistics.noise import noise_floor
from scotoma.study.settings.pieces import Repetition

if TYPE_CHECKING:
    from scotoma.experiment import Plan

CELL = {"test": "hans", "cell": "all/non-entailment", "measure": "accuracy"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    repeated = study().model_copy(update={"noise": (Repetition(kind="order"), Repetition(kind="draw"))})
    planned = plan(repeated)
    return results(cast("Plan", planned), make(planned, tmp_path_factory.mktemp("store")))


def _values(table: pl.DataFrame, arm: str) -> list[float]:
    at = [pl.col(name) == value for name, value in CELL.items()]
    return table.filter(pl.col("arm") == arm, *at).sort("replicate")["value"].to_list()


def test_the_noise_floor_is_that_of_the_differences_by_replicate(found: Results) -> None:
    once, again = (_values(found.measures, arm) for arm in ("original-1500", "original-1500~order"))
    assert len(once) == len(again) == 5
    expected = noise_floor([a - o for a, o in zip(again, once, strict=True)], level=0.95)
    row = found.noise.filter(
        pl.col("repetition") == "order", *(pl.col(name) == value for name, value in CELL.items())
    )
    assert row["sd"].to_list() == [expected.sd]
    assert row["pairs"].to_list() == [5]


def test_repetitions_are_in_no_contrast(found: Results, tmp_path: Path) -> None:
    plain = plan(study())
    without = results(cast("Plan", plain), make(plain, tmp_path))
    assert found.contrasts.equals(without.contrasts)
    assert without.noise.is_empty()


def test_the_noise_floor_stands_beside_the_verdict(found: Results) -> None:
    (judgement,) = found.judgements
    assert "Noise floor: " in judgement.note
    assert "with another order (5 pairs)" in judgement.note
    assert "with another draw of the originals (5 pairs)" in judgement.note


def test_repetitions_are_in_the_measures_under_a_name_of_their_own(found: Results) -> None:
    assert {"original-1500~order", "original-1500~draw"} <= set(found.measures["arm"])
