"""Claims are on record before the first result, and changes after it are kept for good."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

from fake_study import Plan as FakePlan
from fake_study import found_in, make, plan, printed, study
from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan as RealPlan
from scotoma.experiment import plan as real
from scotoma.results.declaration import Declaration, declare
from scotoma.results.shares import recorded_as
from scotoma.results.tried import TryCount
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.answers import Answers
from scotoma.study.study import Study
from three_arms import THREE_ARMS


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def declared(planned: FakePlan, store: Store) -> Declaration:
    return declare(cast("RealPlan", planned), store)


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


def test_a_study_is_on_record_under_its_name_with_every_model_it_ever_had(store: Store) -> None:
    entry = {"models": ["train_classifier-1"], "evaluates": ["predict-1"]}
    store.put_on_record("claims", "first", {"study": "mine", **entry})
    store.put_on_record("claims", "first", {"study": "mine", "models": ["train_classifier-2"]})
    store.put_on_record("claims", "of another seed", {"study": "mine", "evaluates": ["predict-3"]})
    store.put_on_record("claims", "third", {"study": "other", "evaluates": ["predict-4"]})
    store.put_on_record("claims", "of an old version", {"evaluated": 5})
    assert recorded_as("mine", store) == {
        "train_classifier-1",
        "predict-1",
        "train_classifier-2",
        "predict-3",
    }
    assert recorded_as("unknown", store) == set()
    declared(plan(study()), store)
    assert recorded_as(study().name, store)


def test_claims_first_seen_beside_results_are_exploratory(store: Store) -> None:
    planned = plan(study())
    make(planned, store.root)
    assert declared(planned, store).exploratory.startswith("they were first recorded when 5 differences that")


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
    seen = "they were changed when 5 differences that they concern could be seen"
    assert changed.exploratory == back.exploratory == seen
    assert changed.sha256 != back.sha256


class Evaluated(Store):
    """A store in which some models have been evaluated."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.keys: set[str] = set()

    def has(self, key: str) -> bool:
        return key in self.keys

    def evaluate(self, planned: RealPlan, *arms: str) -> None:
        self.keys |= {model.predictions.key for model in planned.models if model.arm.name in arms}


def real_plan(**changes: Any) -> RealPlan:
    """A study of four replicates whose originals are the same, whatever its generator does."""
    settings = load_study(str(THREE_ARMS))
    return real(Study.model_validate(settings.model_dump(mode="json") | changes))


def more_candidates() -> RealPlan:
    settings = load_study(str(THREE_ARMS)).model_dump(mode="json")
    settings["generator"]["sampling"]["candidates_per_label"] *= 2
    return real(Study.model_validate(settings))


def smaller() -> RealPlan:
    return real_plan(arms=[{"original": 1000}, {"original": 500}, {"synthetic": 500}, {"biased": 500}])


@pytest.mark.parametrize("remedied", [more_candidates, smaller])
def test_what_is_changed_before_a_difference_could_be_seen_leaves_the_claims_as_declared(
    tmp_path: Path, remedied: Callable[[], RealPlan]
) -> None:
    store, short = Evaluated(tmp_path), real_plan()
    declare(short, store)
    # As where the arms that are compared with the originals lacked rows.
    store.evaluate(short, "none", "original-1000")
    assert declare(short, store).exploratory == ""
    after = remedied()
    assert (declare(after, store).exploratory, declare(after, store).remarks) == ("", ())
    store.evaluate(after, *(model.arm.name for model in after.models))
    found = declare(after, store)
    assert (found.exploratory, found.remarks) == ("", ())


def test_replicates_may_change_before_a_difference_could_be_seen(tmp_path: Path) -> None:
    store, few = Evaluated(tmp_path), real_plan()
    declare(few, store)
    store.evaluate(few, "none", "original-1000")
    more = real_plan(replicates=7)
    assert declare(more, store).peeked == ""
    store.evaluate(more, *(model.arm.name for model in more.models))
    assert declare(more, store).peeked == ""
    assert declare(real_plan(replicates=9), store).peeked.startswith("Replicates were raised from 7 to 9")


@pytest.mark.parametrize("remedied", [more_candidates, smaller])
def test_what_is_changed_once_a_difference_could_be_seen_is_exploratory(
    tmp_path: Path, remedied: Callable[[], RealPlan]
) -> None:
    store, first = Evaluated(tmp_path), real_plan()
    declare(first, store)
    store.evaluate(first, "none", "original-1000", "synthetic-1000")
    found = declare(remedied(), store)
    assert any("could be seen before" in remark for remark in found.remarks)


def test_claims_of_another_arm_that_come_after_its_results_are_exploratory(tmp_path: Path) -> None:
    first = real_plan()
    (claim, _) = first.study.claims
    one, store = real_plan(claims=[claim.model_dump(mode="json")]), Evaluated(tmp_path)
    declare(one, store)
    store.evaluate(one, "none", "original-1000", "biased-1000")
    # The claim that was there has no result yet; the one that is added has four.
    assert declare(first, store).exploratory == (
        "they were changed when 4 differences that they concern could be seen"
    )


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


def rehearsed(whole: Study, store: Store) -> None:
    """The study is run with one replicate, in place of its own number."""
    one = plan(whole.model_copy(update={"replicates": 1}))
    assert declared(one, store).remarks == ()
    make(one, store.root)
    found = declared(one, store)
    assert (found.exploratory, found.peeked) == ("", "")


SAMPLED = [{"original": 1500}, {"synthetic": {"n": 1500, "samples": 2}}]


@pytest.mark.parametrize("arms", [[*SAMPLED[:1], {"synthetic": 1500}], SAMPLED])
def test_a_rehearsal_with_one_replicate_leaves_the_study_as_declared(
    store: Store, arms: list[dict[str, object]]
) -> None:
    rehearsed(study(arms=arms), store)
    whole = plan(study(arms=arms))
    before = declared(whole, store)
    make(whole, store.root)
    after = declared(whole, store)
    assert (before.exploratory, before.peeked) == (after.exploratory, after.peeked) == ("", "")
    more = declared(plan(study(arms=arms, replicates=8)), store)
    assert more.peeked.startswith("Replicates were raised from 5 to 8 once results existed")


def test_a_number_of_replicates_may_change_as_long_as_one_replicate_alone_has_results(store: Store) -> None:
    rehearsed(study(), store)
    assert declared(plan(study()), store).peeked == ""
    assert declared(plan(study(replicates=8)), store).peeked == ""


def test_the_report_of_a_study_that_was_rehearsed_says_nothing_of_it(store: Store) -> None:
    one, whole = plan(study(replicates=1)), plan(study())
    declared(one, store)  # as a run does before its first step
    assert "NO VERDICT" in printed(found_in(one, make(one, store.root)))
    shown = printed(found_in(whole, make(whole, store.root)))
    assert "WORSE" in shown
    assert "xploratory" not in shown
    assert "once results existed" not in shown


def test_a_rehearsal_of_a_study_with_looks_leaves_its_looks_as_declared(store: Store) -> None:
    whole = study().model_copy(update={"looks": (3, 5)})
    rehearsed(whole, store)
    make(plan(whole), store.root)
    assert declared(plan(whole), store).peeked == ""


def test_a_rehearsal_after_the_results_hides_no_changed_number(store: Store) -> None:
    few = plan(study(replicates=3))
    declared(few, store)
    make(few, store.root)
    assert declared(plan(study(replicates=1)), store).peeked == ""
    assert declared(few, store).peeked == ""
    assert declared(plan(study()), store).peeked.startswith("Replicates were raised from 3 to 5")


def test_a_claim_that_is_changed_after_a_rehearsal_is_exploratory(store: Store) -> None:
    rehearsed(study(), store)
    assert declared(plan(narrowed(study())), store).exploratory.startswith(
        "they were changed when 1 difference that"
    )


def test_an_old_entry_that_does_not_say_how_many_replicates_had_results_counts_as_several(
    store: Store,
) -> None:
    few = plan(study(replicates=3))
    declared(few, store)
    make(few, store.root)
    declared(plan(study()), store)
    (record,) = (store.root / "claims").iterdir()
    old = [
        {name: told for name, told in entry.items() if name != "replicates_evaluated"}
        for entry in json.loads(record.read_text())
    ]
    record.write_text(json.dumps(old))
    assert declared(plan(study()), store).peeked.startswith("Replicates were raised from 3 to 5")


def test_looks_that_are_changed_beside_results_are_mentioned_and_going_on_to_the_next_is_not(
    store: Store,
) -> None:
    looks = {"replicates": 5, "looks": (3, 5)}
    whole = plan(study().model_copy(update=looks))
    assert declared(whole, store).peeked == ""
    make(whole.looks()[0], store.root)
    assert declared(whole.looks()[0], store).peeked == ""
    assert declared(whole, store).peeked == ""
    changed = declared(plan(study().model_copy(update={"replicates": 5, "looks": (3, 4, 5)})), store)
    assert changed.peeked.startswith(
        "The looks were changed from 3, 5 replicates to 3, 4, 5 replicates once results existed."
    )


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
    found = declare(cast("RealPlan", plan(study())), store, on_record=False)
    assert found.exploratory == ""
    assert not store.root.exists()


def trained(found: Study, *, name: str = "another", **recipe: float) -> Study:
    """The same study by another name, its models trained by another recipe."""
    return found.model_copy(update={"name": name, "recipe": found.recipe.model_copy(update=recipe)})


def ran(planned: FakePlan, store: Store) -> None:
    """Leaves a manifest for each step, which is all that a declaration asks for."""
    for step in planned.steps:
        folder = store.folder(step)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "manifest.json").write_text("{}")


def run(found: Study, store: Store) -> Declaration:
    """What the report says once the study has run."""
    planned = plan(found)
    declared(planned, store)
    ran(planned, store)
    return declared(planned, store)


def test_the_first_setting_of_a_claim_is_no_try_among_others(store: Store) -> None:
    found = run(study(), store)
    assert found.tries == ()
    assert found.n_tried == 0


def test_claims_of_models_without_heads_are_not_changes_to_those_of_models_with_heads(store: Store) -> None:
    run(study(), store)
    without = study().model_copy(update={"answers": Answers(by="likelihood"), "replicates": 5})
    (claim,) = without.claims
    planned = plan(
        without.model_copy(update={"claims": (claim.model_copy(update={"margin": 0.2}),)}),
        text="It snows.",
    )
    declared(planned, store)
    ran(planned, store)
    found = declared(planned, store)
    assert (found.exploratory, found.peeked) == ("", "")
    assert found.tries[0].before == 1


@pytest.mark.parametrize(
    ("before", "words"),
    [(9, "tenth"), (10, "11th"), (12, "13th"), (20, "21st"), (21, "22nd"), (22, "23rd"), (110, "111th")],
)
def test_a_setting_is_told_by_its_place(before: int, words: str) -> None:
    tried = TryCount(claims=(0,), own=1, before=before, since=0, studies=(), seeds=())
    assert tried.which == f"{words} setting"


def test_a_setting_tried_after_others_had_results_is_counted_and_exploratory(store: Store) -> None:
    run(study(name="one"), store)
    run(trained(study(), name="two", epochs=2), store)
    third = run(trained(study(), name="three", epochs=3), store)
    (told,) = third.tries
    assert told.sentence == (
        "The third setting tried in this store for this claim (the others: study one, study two). Their "
        "results could be seen before this one was put on record, so the verdict is exploratory. Holm counts "
        "all 3."
    )
    assert third.n_tried == 2
    assert third.remark_on(0) == "Exploratory: the third setting tried in this store."
    assert third.exploratory == ""


def test_settings_put_on_record_before_any_result_are_a_family_that_holm_counts(store: Store) -> None:
    one, two = plan(study(name="one")), plan(trained(study(), name="two", epochs=2))
    for planned in (one, two):
        declared(planned, store)
    for planned in (one, two):
        ran(planned, store)
    for planned, other in ((one, "two"), (two, "one")):
        found = declared(planned, store)
        (told,) = found.tries
        assert told.sentence == (
            f"The first of 2 settings tried in this store for this claim (the other: study {other}). Holm "
            "counts both."
        )
        assert found.n_tried == 1
        assert found.remark_on(0) == ""


def test_the_same_file_with_another_recipe_is_told_by_what_it_is(store: Store) -> None:
    run(study(name="mine"), store)
    (told,) = run(trained(study(), name="mine", epochs=2), store).tries
    assert "(the other: this study with other settings). Its results could be seen" in told.sentence


def test_a_rehearsal_with_too_few_replicates_for_a_verdict_is_no_try(store: Store) -> None:
    run(study(replicates=2), store)
    assert run(trained(study(), epochs=2), store).tries == ()


def test_a_margin_changed_and_restored_before_any_result_is_no_try(store: Store) -> None:
    declared(plan(narrowed(study())), store)
    found = run(study(), store)
    assert found.tries == ()
    assert found.exploratory == ""


def test_another_margin_does_not_make_another_question(store: Store) -> None:
    run(study(), store)
    assert run(trained(narrowed(study()), epochs=2), store).n_tried == 1


@pytest.mark.parametrize(
    "change",
    [{"measure": "log_odds"}, {"cell": "subsequence/non-entailment"}, {"contrast": "biased - original"}],
)
def test_what_asks_something_else_is_no_try(store: Store, change: dict[str, str]) -> None:
    run(study(), store)
    asked = [{**claim.model_dump(), **change} for claim in study().claims]
    assert run(trained(study(claims=asked), epochs=2), store).tries == ()


def test_another_seed_is_a_replication_that_counts_nothing(store: Store) -> None:
    run(study(name="first"), store)
    run(trained(study(), epochs=2), store)
    again = run(study(name="again").model_copy(update={"seed": 8}), store)
    (told,) = again.tries
    assert told.sentence == "Also run with seed 7 (study first): a replication, not another try."
    assert again.n_tried == 0
    assert again.remark_on(0) == ""


def test_several_settings_replicated_with_one_seed_are_tries_among_themselves(store: Store) -> None:
    run(study(), store)
    run(trained(study(), epochs=2), store)
    run(study().model_copy(update={"seed": 8}), store)
    found = run(trained(study(), epochs=2).model_copy(update={"seed": 8}), store)
    (told,) = found.tries
    assert found.n_tried == 1
    assert told.sentence.startswith("The second setting tried")
    assert "Also run with seed 7" in told.sentence


def test_entries_of_before_tries_were_recorded_are_read_and_brought_up_to_date(store: Store) -> None:
    run(study(), store)
    (path,) = (store.root / "claims").iterdir()
    old = {"sha256", "replicates", "evaluated", "claims"}
    entries = [{name: entry[name] for name in old} for entry in json.loads(path.read_text())]
    path.write_text(json.dumps(entries))
    other = run(trained(study(), epochs=2), store)
    assert other.tries == ()
    (told,) = declared(plan(study()), store).tries
    assert told.sentence.startswith("The first of 2 settings")
    assert told.exploratory == ""
    assert declared(plan(trained(study(), epochs=2)), store).n_tried == 1


def test_old_claims_in_a_store_that_cannot_be_written_stay_on_record(store: Store) -> None:
    run(study(), store)
    (path,) = (store.root / "claims").iterdir()
    entry = json.loads(path.read_text())[0]
    path.write_text(
        json.dumps([{name: entry[name] for name in ("sha256", "replicates", "evaluated", "claims")}])
    )
    shutil.rmtree(store.root / "lease")
    (store.root / "lease").write_text("in the way")
    assert declared(plan(study()), store).exploratory == ""


#: What version 0.2 put on record of the study's claim on log-odds, which it called `margin`.
OLD_CLAIM = {
    "blindspot": "hans",
    "cell": "all/non-entailment",
    "measure": "margin",
    "contrast": "synthetic - original",
    "margin": 0.5,
    "alpha": 0.05,
}
OLD_SHA256 = "60519661d2f85b645f6b3ad37f23b96073d7ae5db82250fdb126c0616261793b"
OLD_QUESTION = "288a1e95a95bd2fe80149ae4"


def test_a_record_with_a_measures_former_name_is_of_the_same_claim(store: Store) -> None:
    now = study(claims=[{**OLD_CLAIM, "measure": "log_odds"}])
    declared(plan(now), store)
    (path,) = (store.root / "claims").iterdir()
    (entry,) = json.loads(path.read_text())
    old = [{**tried, "question": OLD_QUESTION} for tried in entry["tries"]]
    path.write_text(json.dumps([{**entry, "claims": [OLD_CLAIM], "sha256": OLD_SHA256, "tries": old}]))
    before = path.read_text()
    make(plan(now), store.root)
    found = declared(plan(now), store)
    assert (found.exploratory, found.peeked, found.tries) == ("", "", ())
    assert path.read_text() == before
    assert run(trained(now, epochs=2), store).n_tried == 1
