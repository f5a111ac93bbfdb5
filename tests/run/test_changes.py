"""Why steps are missing: the changed setting is named where it stands, with all that rests on it."""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from scotoma.experiment import Plan
from scotoma.run.changes import Missing, missing
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from toy import Toy


class Read(Toy):
    """Stands for a stage without inputs."""

    version: ClassVar[int] = 1
    seed: int
    source: dict[str, Any]

    def run(self, **_: Any) -> None:
        """Leaves nothing."""


class Train(Toy):
    """Stands for a training."""

    version: ClassVar[int] = 1
    data: Read
    recipe: dict[str, float]
    seed: int

    def run(self, **_: Any) -> None:
        """Leaves nothing."""


class Answer(Toy):
    """Stands for predictions on test sets."""

    version: ClassVar[int] = 1
    model: Train
    tests: tuple[tuple[str, Read], ...]
    batch: int = 8

    def run(self, **_: Any) -> None:
        """Leaves nothing."""


class Model:
    def __init__(self, replicate: int, predictions: Step) -> None:
        self.replicate, self.predictions = replicate, predictions


def plan(
    *,
    replicates: int = 3,
    seed: int = 0,
    n: int = 100,
    rate: float = 0.1,
    batch: int = 8,
    tests: Sequence[str] = ("general",),
    arms: Sequence[float] = (1, 2),
) -> Plan:
    """Each replicate reads data and trains two arms; the test sets are shared."""
    given = tuple((name, Read(seed=0, source={"test": name})) for name in tests)
    steps: list[Step] = [test for _, test in given]
    models = []
    for replicate in range(replicates):
        data = Read(seed=100 * seed + replicate, source={"n": n})
        steps.append(data)
        for arm in arms:
            model = Train(data=data, recipe={"rate": rate, "arm": arm}, seed=100 * seed + replicate)
            answer = Answer(model=model, tests=given, batch=batch)
            steps += [model, answer]
            models.append(Model(replicate, answer))
    made: Any = object.__new__(Plan)
    for name, value in (("models", models), ("steps", tuple(steps))):
        object.__setattr__(made, name, value)
    return cast("Plan", made)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """All of the plan as it is without a change."""
    return run(Store(tmp_path / "store"), plan().steps)


def run(store: Store, steps: Sequence[Step]) -> Store:
    for step in steps:
        store.make(step, Runtime())
    return store


def without_weights(store: Store) -> Store:
    for step in plan().steps:
        if step.stage == "train":
            shutil.rmtree(store.folder(step))
    return store


def why(store: Store, **changed: Any) -> list[str]:
    return list(missing(plan(**changed), store).sentences)


def test_nothing_is_said_where_all_is_done_or_nothing_has_run(store: Store, tmp_path: Path) -> None:
    assert missing(plan(), store) == Missing(0, True, (), {}, {}, (), 0, {})
    empty = missing(plan(), Store(tmp_path / "empty"))
    assert list(empty.sentences) == []
    assert (empty.steps, empty.new) == (16, {"read": 4, "train": 6, "answer": 6})


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"rate": 0.2}, "12 steps are new because recipe.rate of train is 0.2 (was 0.1)."),
        ({"batch": 9}, "6 steps are new because batch of answer is 9 (was 8)."),
        ({"n": 90}, "15 steps are new because source.n of read is 90 (was 100)."),
        ({"seed": 5}, "15 steps are new because seed of read, train changed."),
        ({"arms": (1, 3)}, "6 steps are new because recipe.arm of train is 3.0 (was 2.0)."),
    ],
)
def test_one_changed_setting_is_one_sentence_at_its_root(
    store: Store, changed: dict[str, Any], told: str
) -> None:
    assert why(store, **changed) == [told]


def test_what_was_removed_is_not_called_new(store: Store) -> None:
    told = missing(plan(tests=("general", "hans")), without_weights(store))
    assert told.removed == {"train": 6}
    assert "6 steps ran before, but what they left was removed: 6×train." in told.sentences
    assert told.new == {"read": 1}  # the added test set


def test_a_changed_setting_is_named_for_all_that_rests_on_it_though_old_weights_were_removed(
    store: Store,
) -> None:
    told = missing(plan(n=90, batch=9), without_weights(store))
    assert list(told.sentences) == [
        "15 steps are new because source.n of read is 90 (was 100).",
        "6 steps are new because batch of answer is 9 (was 8).",
    ]
    assert told.removed == told.new == {}


def test_of_what_is_removed_without_a_trace_it_is_not_said_that_it_never_ran(store: Store) -> None:
    # The rate was a setting of the weights alone, so it went with them.
    assert why(without_weights(store), rate=0.2, tests=("general", "hans")) == [
        "6 steps are new because tests of answer changed.",
        "7 steps are unlike all that the store holds: 1×read, 6×train.",
    ]
    told = missing(plan(tests=("general", "hans"), batch=9), store)
    assert told.new == {"read": 1}
    assert list(told.sentences)[-1] == "1 step is unlike all that the store holds: 1×read."


def test_a_setting_that_went_with_the_weights_leaves_steps_unlike_all_there_is(store: Store) -> None:
    told = "12 steps are unlike all that the store holds: 6×train, 6×answer."
    assert why(without_weights(store), rate=0.2) == [told]


def test_two_changed_settings_are_two_sentences(store: Store) -> None:
    assert why(store, n=90, batch=9) == [
        "15 steps are new because source.n of read is 90 (was 100).",
        "6 steps are new because batch of answer is 9 (was 8).",
    ]


def test_another_test_set_is_named_as_the_changed_input(store: Store) -> None:
    found = missing(plan(tests=("general", "blind")), store)
    assert [change.sentence for change in found.changes] == [
        "6 steps are new because tests of answer changed."
    ]
    assert found.new == {"read": 1}


def test_more_replicates_are_no_changed_seed(store: Store) -> None:
    assert why(store, replicates=5) == [
        "10 steps are those of replicates 3 to 4, of which nothing has run yet."
    ]


def test_a_run_that_was_stopped_and_another_arm_have_nothing_to_be_compared_with(tmp_path: Path) -> None:
    half = run(Store(tmp_path / "half"), plan().steps[:4])
    found = missing(plan(), half)
    assert (found.changes, found.not_begun) == ((), (1, 2))
    more = missing(plan(arms=(1, 2, 3)), run(Store(tmp_path / "whole"), plan().steps))
    assert (more.changes, more.new) == ((), {"train": 3, "answer": 3})
    assert list(more.sentences) == ["6 steps are unlike all that the store holds: 3×train, 3×answer."]


def test_what_is_left_of_a_stopped_run_with_other_settings_is_explained_by_them(store: Store) -> None:
    run(store, plan(rate=0.2).steps[:8])
    assert why(store, rate=0.2)[0].endswith("new because recipe.rate of train is 0.2 (was 0.1).")


def test_what_differs_in_too_much_explains_nothing(store: Store) -> None:
    other = Read(seed=9, source=dict.fromkeys("abcde", 1))
    made: Any = object.__new__(Plan)
    object.__setattr__(made, "models", [])
    object.__setattr__(made, "steps", (other,))
    assert missing(made, store).new == {"read": 1}


def test_a_raised_version_is_named_and_a_damaged_manifest_is_passed_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store.root / "done" / plan().steps[-1].key / "manifest.json").write_text("{")
    monkeypatch.setattr(Answer, "version", 2)
    found = missing(plan(), store)
    assert found.changes[0].sentence == "5 steps are new because version of answer is 2 (was 1)."
    assert found.new == {"answer": 1}


def test_time_is_that_of_the_steps_that_come_closest(store: Store) -> None:
    for step in plan().steps:
        path = store.folder(step) / "manifest.json"
        took = {"Read": 1.0, "Train": 60.0, "Answer": 5.0}[type(step).__name__]
        path.write_text(json.dumps(json.loads(path.read_text()) | {"seconds": took}))
    assert missing(plan(rate=0.2), store).seconds == {"train": 60.0, "answer": 5.0}


OTHER = {"seed": 5, "n": 90, "batch": 9}


def recorded(made: Plan) -> set[str]:
    """What a run of the plan would put on record."""
    return {step.key for step in made.steps if step.stage in ("train", "answer")}


@pytest.mark.parametrize("seed", [1, OTHER["seed"]])
@pytest.mark.parametrize("other", [OTHER, OTHER | {"n": 100}], ids=["of other data", "of the same data"])
@pytest.mark.parametrize("first", [True, False], ids=["run before", "run after"])
def test_a_changed_seed_is_all_that_is_named_beside_another_study_in_the_store(
    tmp_path: Path, seed: int, first: bool, other: dict[str, int]
) -> None:
    runs = [plan(**other).steps, plan().steps] if first else [plan().steps, plan(**other).steps]
    store = Store(tmp_path / "store")
    for order, steps in enumerate(runs):
        run(store, steps)
        for step in steps:
            path = store.folder(step) / "manifest.json"
            path.write_text(json.dumps(json.loads(path.read_text()) | {"started": f"{order}"}))
    told = missing(plan(seed=seed), store, recorded(plan()))
    made = sum(store.done(step) for step in plan(seed=seed).steps[1:])  # by the other study
    assert list(told.sentences) == [f"{15 - made} steps are new because seed of read, train changed."]
    assert told.new == {}


def test_an_added_arm_is_not_held_against_one_of_another_study(store: Store) -> None:
    run(store, plan(arms=(7,)).steps)
    told = missing(plan(arms=(1, 2, 3)), store, recorded(plan()))
    assert list(told.sentences) == [
        "6 steps are unlike all that the store holds of this study: 3×train, 3×answer."
    ]
    assert set(told.seconds) == {"train", "answer"}  # these it may be told from the other


def test_a_replicate_is_not_begun_by_what_another_study_made_of_it(store: Store) -> None:
    run(store, plan(arms=(7,), replicates=4).steps)
    told = missing(plan(replicates=4), store, recorded(plan()))
    assert list(told.sentences) == ["4 steps are those of replicate 3, of which nothing has run yet."]


class Check(Toy):
    """Stands for a check of what was read, on which nothing rests."""

    version: ClassVar[int] = 1
    data: Read

    def run(self, **_: Any) -> None:
        """Leaves nothing."""


def test_checks_of_a_study_are_its_own_though_nothing_on_record_was_made_from_them(store: Store) -> None:
    def checked(seed: int) -> Plan:
        found = plan(seed=seed)
        reads = [step for step in found.steps if isinstance(step, Read)][1:]
        object.__setattr__(found, "steps", (*found.steps, *(Check(data=data) for data in reads)))
        return found

    run(store, checked(0).steps)
    told = missing(checked(4), store, recorded(plan()))
    assert list(told.sentences) == ["18 steps are new because seed of read, train changed."]


class Start(Read):
    """Stands for a start that has seen no data."""

    version: ClassVar[int] = 1


class Both(Toy):
    """Stands for a training on from such a start."""

    version: ClassVar[int] = 1
    start: Start
    data: Read

    def run(self, **_: Any) -> None:
        """Leaves nothing."""


def test_replicates_of_another_seed_are_held_against_one_old_replicate_each(tmp_path: Path) -> None:
    """In whatever order the steps of the old ones were made."""

    def steps(seed: int) -> list[Step]:
        found: list[Step] = []
        for replicate in range(4):
            start, data = (kind(seed=seed + replicate, source={}) for kind in (Start, Read))
            found += [start, data, Both(start=start, data=data)]
        return found

    store = run(Store(tmp_path / "store"), steps(0))
    for order, step in enumerate(steps(0)):
        path = store.folder(step) / "manifest.json"
        started = f"{99 - order if isinstance(step, Start) else order:02}"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"started": started}))
    made: Any = object.__new__(Plan)
    object.__setattr__(made, "models", [])
    object.__setattr__(made, "steps", tuple(steps(50)))
    assert [change.sentence for change in missing(made, store).changes] == [
        "12 steps are new because seed of start, read changed."
    ]
