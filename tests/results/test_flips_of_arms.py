"""Every answer an arm lost or gained is counted, and named by its id."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import polars as pl
import pytest

from fake_study import make, plan, predictions, study
from scotoma.results import Results, results

if TYPE_CHECKING:
    from scotoma.experiment import Plan


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(study())
    return results(cast("Plan", planned), make(planned, tmp_path_factory.mktemp("store")))


def _right(arm: str, replicate: int) -> set[str]:
    """Ids of the rows of the non-entailed side that an arm gets right, from its predictions."""
    table = predictions(replicate, arm, 60, "ln_subject/object_swap").filter(
        pl.col("test") == "hans", pl.col("gold") == "non-entailment"
    )
    return set(table.filter(pl.col("predicted") != "entailment")["id"])


def test_counts_and_ids_are_those_of_the_predictions(found: Results) -> None:
    before, after = _right("original", 2), _right("synthetic", 2)
    at = (
        (pl.col("replicate") == 2)
        & (pl.col("arm") == "synthetic-1500")
        & (pl.col("reference") == "original-1500")
    )
    (row,) = found.flips.filter(at, pl.col("cell") == "all/non-entailment").to_dicts()
    assert (row["kept"], row["lost"], row["gained"], row["missed"]) == (
        len(before & after),
        len(before - after),
        len(after - before),
        180 - len(before | after),
    )
    assert row["negative_flip_rate"] == len(before - after) / 180
    rows = found.flipped.filter(at, pl.col("id").str.contains("non-entailment"))
    assert set(rows.filter(pl.col("turned") == "lost")["id"]) == before - after
    assert set(rows.filter(pl.col("turned") == "gained")["id"]) == after - before


def test_every_arm_is_held_against_its_start_and_against_as_many_originals(found: Results) -> None:
    assert set(found.flips.select("arm", "reference").unique().iter_rows()) == {
        ("original-1500", "start"),
        ("synthetic-1500", "start"),
        ("synthetic-1500", "original-1500"),
        ("biased-1500", "start"),
        ("biased-1500", "original-1500"),
    }


def test_a_model_that_is_missing_leaves_its_replicate_out(tmp_path: Path) -> None:
    planned = plan(study())
    store = make(planned, tmp_path)
    gone = next(model for model in planned.models if (model.replicate, model.arm.kind) == (1, "original"))
    store.discard(gone.predictions)
    found = results(cast("Plan", planned), store)
    against_original = found.flips.filter(pl.col("reference") == "original-1500")
    assert set(against_original["replicate"]) == {0, 2, 3, 4}
