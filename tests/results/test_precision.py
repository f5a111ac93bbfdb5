"""What a plan says of one more replicate and one more sample."""

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from fake_study import make, plan, study
from scotoma.results import pilot, pilot_measures
from scotoma.results.precision import precision
from scotoma.store.store import MANIFEST, Store

if TYPE_CHECKING:
    from scotoma.experiment import Plan

ARMS = ({"original": {"n": 1500, "samples": 2}}, {"synthetic": {"n": 1500, "samples": 2}}, {"biased": 1500})


def said(store: Store, **changes: Any) -> list[str]:
    planned = cast("Plan", plan(study(**{"arms": ARMS, **changes})))
    sampled = pilot_measures(planned, store)
    return precision(planned, store, pilot(planned, store, sampled), sampled)


def take(store: Store, planned: Any, seconds: float, of_samples: float) -> None:
    """Has every prediction of a second sample, and everything else, take so long."""
    second = {model.predictions.key for model in planned.models if model.sample == 2}
    for step in planned.steps:
        path = store.folder(step) / MANIFEST
        took = of_samples if step.key in second else seconds
        path.write_text(json.dumps({**json.loads(path.read_text()), "seconds": took}))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return make(plan(study(arms=ARMS)), tmp_path / "store")


def test_costs_are_those_of_the_steps_that_ran(store: Store) -> None:
    take(store, plan(study(arms=ARMS)), 60, 240)
    first, *claims = said(store)
    # A replicate: what was written, what the screen kept of it, six trainings, four models' answers and those
    # of two on second samples.
    assert "estimated from the samples of 5 replicates: one more replicate takes about 20 min 0 s" in first
    # Two trainings and two models' answers in each of five replicates.
    assert (
        "one more sample of original-1500, synthetic-1500, in each of 5 replicates, about 50 min 0 s."
        in first
    )
    assert len(claims) == 1
    assert "synthetic-1500 against original-1500, start 4000, accuracy on all/non-entailment" in claims[0]


def test_what_buys_more_is_a_matter_of_what_it_costs(store: Store) -> None:
    planned = plan(study(arms=ARMS))
    take(store, planned, 1, 1000)
    assert said(store)[1].endswith("for its time, a replicate buys more.")
    take(store, planned, 1000, 0.1)
    assert said(store)[1].endswith("for its time, a sample buys more.")


def test_without_recorded_times_what_each_buys_is_said_without_its_time(store: Store) -> None:
    with_times = said(store)[1]
    for step in plan(study(arms=ARMS)).steps:
        if step.stage == "train_classifier":
            shutil.rmtree(store.folder(step))
    first, claim = said(store)
    assert first.startswith("What a replicate or a sample more buys, roughly, estimated from")
    assert "How long they take is not known" in first
    assert with_times.startswith(claim.removesuffix("."))


def test_without_samples_or_without_two_replicates_nothing_is_said(store: Store, tmp_path: Path) -> None:
    assert said(store, arms=({"original": 1500}, {"synthetic": 1500})) == []
    assert said(store, replicates=1) == []
    assert said(Store(tmp_path / "empty")) == []
