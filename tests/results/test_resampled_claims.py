"""What a claim beyond the task loses, with the rows of the blind spot and of the task resampled too."""

from typing import Any

import numpy as np
import polars as pl
import pytest

import fake_study
from fake_study import found_in, make, plan, study
from scotoma.basics.randomness import stream
from scotoma.measures import Tags
from scotoma.results import Results
from scotoma.study.study import Study

CLAIM = {"blindspot": "hans", "contrast": "synthetic - original", "margin": 0.25, "alpha": 0.05}


@pytest.fixture(autouse=True)
def rows_that_are_answered_alike_in_every_replicate(monkeypatch: pytest.MonkeyPatch) -> None:
    """So other rows would give another answer; nine in ten are, and none has a pattern to be drawn by."""
    usual = fake_study._block

    def block(rng: np.random.Generator, test: str, gold: str, *about: Any) -> pl.DataFrame:
        of_all, own = (usual(one, test, gold, *about) for one in (stream(0, test, gold), rng))
        rows = pl.concat([of_all.head(9 * own.height // 10), own.tail(-(9 * own.height // 10))])
        return rows.with_columns(pl.lit("").alias("subcase"), pl.lit("").alias("template"))

    monkeypatch.setattr(fake_study, "_block", block)


def found(one: Study, tmp_path: Any) -> Results:
    planned = plan(one)
    return found_in(planned, make(planned, tmp_path / "store"))


@pytest.mark.parametrize("measure", ["d_prime", "accuracy"])
def test_a_claim_beyond_the_task_has_an_interval_with_the_rows_of_both_resampled(
    measure: str, tmp_path: Any
) -> None:
    about = {**CLAIM, "cell": "all", "measure": measure}
    results = found(study(claims=[about, {**about, "beyond": "matched"}]), tmp_path)
    alone, beyond = results.judgements
    assert alone.resampled is not None
    assert beyond.resampled is not None
    assert beyond.resampled.low is not None
    assert beyond.resampled.high is not None
    assert beyond.resampled.low < beyond.interval.mean < beyond.resampled.high
    assert (beyond.resampled.low, beyond.resampled.high) != (alone.resampled.low, alone.resampled.high)
    assert "(Multi-Bootstrap over replicates and rows):" in alone.sentence
    assert "(Multi-Bootstrap over replicates, rows and rows of matched):" in beyond.sentence


def test_the_tasks_rows_are_read_in_the_labels_of_a_blind_spot_with_another_target(tmp_path: Any) -> None:
    about = {**CLAIM, "cell": "all", "measure": "hit_rate", "beyond": "matched"}
    usual = study(claims=[about])
    (spot,) = usual.blindspots
    other = spot.model_copy(update={"target": "non-entailment"})
    results = found(usual.model_copy(update={"blindspots": (other,)}), tmp_path)
    (one,) = results.judgements
    assert one.resampled is not None
    assert one.resampled.low is not None
    assert one.resampled.high is not None
    assert (one.resampled.low + one.resampled.high) / 2 == pytest.approx(one.interval.mean, abs=0.02)
    assert Tags.of("as:hans").name in results.contrasts["cell"].to_list()
