"""Studies that look at their results while replicates are still being added."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

import polars as pl

from fake_study import found_in, make, plan, predictions, study
from scotoma.basics.records import write_table
from scotoma.results import results
from scotoma.results.looks import are_decided, reached, said_at
from scotoma.results.results import pilot
from scotoma.store.steps import Runtime, Step
from scotoma.study.study import Study
from toy import Toy

if TYPE_CHECKING:
    from scotoma.experiment import Plan


def with_looks(*looks: int, margin: float = 0.05) -> Study:
    one = study(replicates=looks[-1])
    claims = tuple(claim.model_copy(update={"margin": margin}) for claim in one.claims)
    return one.model_copy(update={"looks": looks, "claims": claims})


def test_a_study_whose_claims_are_decided_at_a_look_ends_there(tmp_path: Path) -> None:
    planned = plan(with_looks(4, 5))
    store = make(planned, tmp_path / "store")
    found = results(cast("Plan", planned), store, on_record=False)
    assert [one.word for one in found.judgements] == ["WORSE"]
    assert {model.replicate for model in found.models} == {0, 1, 2, 3}
    assert found.missing == ()
    assert "Decided at 4 replicates; looks planned at 4, 5." in found.judgements[0].sentence
    assert found.record()["verdicts"][0]["look"] == 4


def test_a_study_that_is_not_decided_goes_on_to_its_last_look(tmp_path: Path) -> None:
    planned = plan(with_looks(3, 5, margin=0.3))
    store = make(planned, tmp_path / "store")
    found = results(cast("Plan", planned), store, on_record=False)
    assert [one.word for one in found.judgements] == ["INCONCLUSIVE"]
    assert {model.replicate for model in found.models} == {0, 1, 2, 3, 4}
    assert "Not decided at 5 replicates; looks planned at 3, 5. No look is left." in (
        found.judgements[0].sentence
    )


def test_before_a_look_is_reached_nothing_is_judged_and_what_is_missing_is_said(tmp_path: Path) -> None:
    planned = plan(with_looks(4, 5))
    store = make(plan(study(replicates=3)), tmp_path / "store")
    found = results(cast("Plan", planned), store, on_record=False)
    (judged,) = found.judgements
    assert judged.word == "NO VERDICT"
    assert "the first look is at 4 replicates, and there are 3" in judged.sentence
    assert {model.replicate for model in found.missing} == {3}


def test_what_is_said_between_two_looks(tmp_path: Path) -> None:
    planned = plan(with_looks(3, 5, margin=0.3))
    store = make(planned, tmp_path / "store")
    first = cast("Plan", planned).looks()[0]
    judged = pilot(first, store)
    assert not are_decided(judged)
    assert said_at(first, judged, 5) == "Look at 3 replicates: 0 of 1 verdict decided. Continuing to 5."
    whole = reached(cast("Plan", planned), store, lambda part: pilot(part, store))
    assert whole.study.replicates == 5


def test_a_rehearsal_with_one_replicate_is_judged_at_no_look(tmp_path: Path) -> None:
    planned = plan(with_looks(4, 5).model_copy(update={"replicates": 1}))
    found = found_in(planned, make(planned, tmp_path))
    assert {one.word for one in found.judgements} == {"NO VERDICT"}


class Pairs(Toy):
    """Stands for the stage that reads the general test set: every second pair has full word overlap."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Writes the texts of the rows that the predictions answer."""
        rows = predictions(0, "none", 60, "").filter(pl.col("test") == "matched").with_row_index("at")
        hypothesis = (
            pl.when(pl.col("at") % 2 == 0).then(pl.lit("It rains .")).otherwise(pl.lit("They slept ."))
        )
        named = rows.select("id", label="gold", premise=pl.lit("It rains ."), hypothesis=hypothesis)
        write_table(named, out / "examples.parquet")


def test_a_look_takes_the_groups_of_the_general_test_set_as_the_results_do(tmp_path: Path) -> None:
    claim = (
        study()
        .claims[0]
        .model_copy(
            update={"cell": "all", "measure": "worst_group_accuracy", "beyond": "matched", "margin": 1.0}
        )
    )
    texts = Pairs()
    planned = plan(study(claims=[claim.model_dump()]))
    planned = replace(planned, steps=(*planned.steps, texts), general_tests=(("matched", texts),))
    store = make(planned, tmp_path / "store")
    (found,) = results(cast("Plan", planned), store, on_record=False).judgements
    (looked,) = pilot(cast("Plan", planned), store)
    assert looked.evidence.differences == found.evidence.differences
    by_label = plan(study(claims=[claim.model_dump()]))
    (otherwise,) = pilot(cast("Plan", by_label), store)
    assert looked.evidence.differences != otherwise.evidence.differences
