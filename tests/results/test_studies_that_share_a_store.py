"""Studies planned for real and made up to be done: what they share, what they try, whose seeds are older."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from scotoma.experiment import Plan, plan
from scotoma.results import declare, older_seeds_note
from scotoma.results.declaration import Declaration
from scotoma.results.gaps import gaps
from scotoma.results.reader import Reader
from scotoma.results.tries import tries_of
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.study import Study


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@cache
def quickstart(seed: int = 0, seeding: str = "hashed", name: str = "quickstart") -> Study:
    return load_study("quickstart").model_copy(update={"seed": seed, "seeding": seeding, "name": name})


def changed(change: Callable[[dict[str, Any]], object]) -> Study:
    content = quickstart(name="changed").model_dump()
    change(content)
    return Study.model_validate(content)


def run(study: Study, store: Store) -> Declaration:
    """As after a run that has left a manifest for each step, which is all that a declaration asks for."""
    planned = plan(study)
    declare(planned, store)
    done(planned, store)
    return declare(planned, store)


def done(planned: Plan, store: Store) -> None:
    for step in planned.steps:
        store.folder(step).mkdir(parents=True, exist_ok=True)
        (store.folder(step) / "manifest.json").write_text("{}")


def trained(study: Study) -> set[str]:
    return {step.key for step in plan(study).steps if step.stage.startswith("train_")}


def test_summed_seeds_that_follow_one_another_share_models_and_it_is_said(store: Store) -> None:
    first, second = (quickstart(seed, "summed", f"seed {seed}") for seed in (0, 1))
    run(first, store)
    found = run(second, store)
    every, common = trained(second), trained(first) & trained(second)
    assert 0 < len(common) < len(every)
    assert found.shared == (
        f"{len(common)} of this study's {len(every)} trained models are also those of study seed 0 (on "
        "record in this store): its verdicts are not independent of these."
    )
    assert found.record()["shares"] == [{"study": "seed 0", "models": len(common)}]
    assert found.shared in found.remarks


def test_hashed_seeds_share_nothing_and_replicate(store: Store) -> None:
    run(quickstart(0), store)
    found = run(quickstart(1), store)
    assert found.shared == ""
    assert [one.sentence for one in found.tries] == ["Also run with seed 0: a replication, not another try."]


def test_every_process_knows_a_setting_by_the_same_hash() -> None:
    program = (
        "from scotoma.experiment import plan; from scotoma.study.file import load_study; "
        "from scotoma.results.tries import tries_of; "
        "print([one.place for one in tries_of(plan(load_study('quickstart')))])"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in "123"
    }
    assert said == {f"{[one.place for one in tries_of(plan(quickstart()))]}\n"}


def test_models_of_a_study_that_has_no_results_yet_are_not_spoken_of(store: Store) -> None:
    declare(plan(quickstart(0, "summed", "first")), store)
    assert run(quickstart(1, "summed", "second"), store).shared == ""


def test_an_arm_and_replicates_added_are_the_same_experiment(store: Store) -> None:
    run(quickstart(), store)
    more = changed(lambda s: s.update(arms=[*s["arms"], {"original": 900}], replicates=5))
    found = run(more, store)
    assert found.shared == ""
    assert found.tries == ()


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["recipe"].update(epochs=9),
        lambda s: s["generator"]["sampling"].update(top_p=0.5),
        lambda s: s["generator"]["recipe"].update(epochs=9),
        lambda s: s["screening"].update(copies="drop" if s["screening"]["copies"] == "keep" else "keep"),
        lambda s: s.update(starts=[500]),
        lambda s: s["task"].update(classifier_prompt="{premise} / {hypothesis} :"),
        lambda s: s.update(seed=5, recipe={**s["recipe"], "epochs": 9}),
    ],
)
def test_whatever_is_changed_of_how_models_are_made_is_another_setting(
    store: Store, change: Callable[[dict[str, Any]], object]
) -> None:
    run(quickstart(), store)
    found = run(changed(change), store)
    (told,) = found.tries
    assert told.sentence.startswith("The second ")
    assert told.before > 0
    assert found.n_tried == len(quickstart().claims)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: s["data"]["train"]["microworld"].update(dial=0.123),
        lambda s: s["model"].update(name="bundled:another", sha256="0" * 64),
    ],
)
def test_other_data_or_another_base_is_another_question(
    store: Store, change: Callable[[dict[str, Any]], object]
) -> None:
    run(quickstart(), store)
    assert run(changed(change), store).tries == ()


def test_a_store_of_summed_seeds_is_told_apart_with_what_reads_it(store: Store) -> None:
    done(plan(quickstart(0, "summed")), store)
    said = older_seeds_note(plan(quickstart()), store)
    assert "drawn by summed seeds" in said
    assert "`seeding: summed`" in said
    assert older_seeds_note(plan(quickstart(0, "summed")), store) == ""
    assert older_seeds_note(plan(quickstart(5)), store) == ""


def test_a_report_says_so_in_place_of_the_models_of_other_studies(store: Store) -> None:
    done(plan(quickstart(0, "summed")), store)
    planned = plan(quickstart())
    assert gaps(planned, Reader(store.root)) == (older_seeds_note(planned, store),)


def test_a_replication_of_summed_seeds_is_told_by_them(store: Store) -> None:
    run(quickstart(0, "summed", "first"), store)
    (told,) = run(quickstart(), store).tries
    assert told.seeds == ("summed seed 0 (study first)",)


def test_of_older_seeds_nothing_is_said_beside_results_of_the_study_s_own(store: Store) -> None:
    done(plan(quickstart(0, "summed")), store)
    done(plan(quickstart()), store)
    assert older_seeds_note(plan(quickstart()), store) == ""


def test_an_empty_store_has_no_older_seeds(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = plan(quickstart())
    monkeypatch.setattr("scotoma.experiment.plan", None)  # planning once more would be for nothing
    assert older_seeds_note(planned, store) == ""


def test_a_question_put_to_several_bases_is_as_many_questions() -> None:
    def to_both(content: dict[str, Any]) -> None:
        base = content.pop("model")
        content["models"] = {"small": base, "large": {**base, "name": "other", "sha256": "0" * 64}}

    alone, both = (tries_of(plan(study)) for study in (quickstart(), changed(to_both)))
    questions = {one.question for one in alone}
    assert len(questions) == len(quickstart().claims)
    assert len({one.question for one in both}) == 2 * len(questions)
    assert questions < {one.question for one in both}
