"""Claims are on record before the first result, and changes after it are kept for good."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest
from fake_study import Plan as FakePlan
from fake_study import make, plan, study

from scotoma.errors import ScotomaError
from scotoma.report.declaration import Declaration, declare
from scotoma.store import Store
from scotoma.study import Study

if TYPE_CHECKING:
    from scotoma.experiment import Plan


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def declared(planned: FakePlan, store: Store) -> Declaration:
    return declare(cast("Plan", planned), store)


def narrowed(found: Study) -> Study:
    """The same study with the margin of its first claim halved."""
    first, *others = found.claims
    return found.model_copy(
        update={"claims": (first.model_copy(update={"margin": first.margin / 2}), *others)}
    )


def test_claims_recorded_before_the_first_result_stand(store: Store) -> None:
    planned = plan(study())
    before = declared(planned, store)
    make(planned, store.root)
    after = declared(planned, store)
    assert before == after
    assert after.exploratory == after.peeked == ""


def test_claims_first_seen_beside_results_are_exploratory(store: Store) -> None:
    planned = plan(study())
    make(planned, store.root)
    assert declared(planned, store).exploratory.startswith("they were first recorded when 15 arms")


def test_claims_may_change_as_long_as_there_are_no_results(store: Store) -> None:
    declared(plan(study()), store)
    changed = plan(narrowed(study()))
    declared(changed, store)
    make(changed, store.root)
    assert declared(changed, store).exploratory == ""


def test_a_claim_changed_beside_results_is_exploratory_and_changing_it_back_does_not_help(
    store: Store,
) -> None:
    planned = plan(study())
    declared(planned, store)
    make(planned, store.root)
    changed = declared(plan(narrowed(study())), store)
    back = declared(planned, store)
    assert changed.exploratory == back.exploratory == "they were changed when 15 arms had been evaluated"
    assert changed.sha256 != back.sha256


def test_another_name_for_the_study_hides_nothing(store: Store) -> None:
    planned = plan(study())
    declared(planned, store)
    make(planned, store.root)
    renamed = narrowed(study()).model_copy(update={"name": "another"})
    assert declared(plan(renamed), store).exploratory.startswith("they were changed")


def test_replicates_added_beside_results_are_mentioned(store: Store) -> None:
    few = plan(study().model_copy(update={"replicates": 3}))
    declared(few, store)
    make(few, store.root)
    more = declared(plan(study()), store)
    assert more.exploratory == ""
    assert more.peeked.startswith("Replicates were raised from 3 to 5 once results existed")


def test_replicates_left_out_beside_results_are_mentioned_until_they_are_back(store: Store) -> None:
    planned = plan(study())
    declared(planned, store)
    make(planned, store.root)
    fewer = declared(plan(study().model_copy(update={"replicates": 3})), store)
    assert fewer.peeked.startswith("Replicates were lowered from 5 to 3 once results existed")
    assert declared(planned, store).peeked == ""


def test_a_damaged_record_is_an_error_that_names_its_file(store: Store) -> None:
    declared(plan(study()), store)
    (record,) = (store.root / "claims").iterdir()
    record.write_text("")
    with pytest.raises(ScotomaError, match=f"damaged.*{record.name}"):
        declared(plan(study()), store)


def test_a_store_that_cannot_be_written_makes_claims_exploratory(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "claims").write_text("in the way")
    found = declared(plan(study()), Store(tmp_path / "store"))
    assert found.exploratory.startswith("the store cannot be written")


def test_looking_without_recording_writes_nothing(store: Store) -> None:
    found = declare(cast("Plan", plan(study())), store, on_record=False)
    assert found.exploratory == ""
    assert not store.root.exists()
