"""Steps are made in order, each once, whoever else makes some."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from scotoma.basics.errors import Unfillable
from scotoma.run.execute import execute
from scotoma.run.needed import left_to_make
from scotoma.run.states import states
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from toy import Number, Silence, Sum, Toy, sum_of


class Told(Silence):
    """Remembers which steps began, with their places."""

    def __init__(self) -> None:
        self.began: list[tuple[Step, int, int]] = []
        self.left_out: list[tuple[Step, str]] = []

    def begin(self, step: Step, position: int, n_steps: int) -> None:
        self.began.append((step, position, n_steps))

    def leave_out(self, step: Step, why: str) -> None:
        self.left_out.append((step, why))


class Doing(Toy):
    """Calls whatever a test gives it."""

    version: ClassVar[int] = 1
    name: str
    before: tuple[Step, ...] = ()

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        (out / "done").write_text(self.name)
        DO[self.name]()


DO: dict[str, Callable[[], object]] = {}


def sums(n: int) -> list[Step]:
    """So many steps: sums, each after the four numbers that it is of."""
    of = [sum_of(*(5 * at + part for part in range(4))) for at in range(n // 5)]
    return [step for one in of for step in (*one.inputs, one)]


def test_every_step_is_made_once_in_the_order_of_the_plan(tmp_path: Path) -> None:
    watch, steps = Told(), sums(20)
    assert execute(steps, Store(tmp_path), device="cpu", watch=watch) == 20
    assert watch.began == [(step, place, 20) for place, step in enumerate(steps, 1)]
    assert execute(steps, Store(tmp_path), device="cpu", watch=watch) == 0
    assert len(watch.began) == 20


def test_a_place_counts_the_steps_that_are_done(tmp_path: Path) -> None:
    watch, steps = Told(), sums(10)
    execute(steps[:7], Store(tmp_path), device="cpu", watch=Silence())
    assert execute(steps, Store(tmp_path), device="cpu", watch=watch) == 3
    assert watch.began == [(step, place, 10) for place, step in enumerate(steps[7:], 8)]


def test_looks_at_the_store_grow_as_the_steps_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    has = Store.has

    def counted(store: Store, key: str) -> bool:
        nonlocal looks
        looks += 1
        return has(store, key)

    monkeypatch.setattr(Store, "has", counted)
    found = []
    for n in (50, 200):
        looks = 0
        execute(sums(n), Store(tmp_path / str(n)), device="cpu", watch=Silence())
        found.append(looks / n)
    assert found[1] <= found[0]


def test_a_step_that_another_process_is_at_comes_last_and_is_made_once_it_lets_go(tmp_path: Path) -> None:
    store, watch, (first, second) = Store(tmp_path), Told(), (Number(value=1), Number(value=2))
    there = store.claim(first)
    assert there.__enter__() is not None
    timer = threading.Timer(0.3, lambda: there.__exit__(None, None, None))
    timer.start()
    assert execute([first, second], Store(tmp_path), device="cpu", watch=watch) == 2
    timer.join()
    assert [step for step, _, _ in watch.began] == [second, first]


def test_what_another_process_made_meanwhile_is_used_and_not_made_again(tmp_path: Path) -> None:
    store, watch = Store(tmp_path), Told()
    theirs = [Number(value=1), Number(value=2)]
    total = Sum(parts=tuple((str(at), step) for at, step in enumerate(theirs)))
    DO["first"] = lambda: [Store(tmp_path).make(step, Runtime()) for step in theirs]
    assert execute([Doing(name="first"), *theirs, total], store, device="cpu", watch=watch) == 2
    assert [step for step, _, _ in watch.began] == [Doing(name="first"), total]
    assert (store.folder(total) / "number.txt").read_text() == "3.0"


def test_an_input_that_is_removed_while_others_run_is_made_again(tmp_path: Path) -> None:
    store, watch, number = Store(tmp_path), Told(), Number(value=1)
    DO["second"] = lambda: shutil.rmtree(store.folder(number))
    second, last = Doing(name="second"), sum_of(1)
    assert execute([number, second, last], store, device="cpu", watch=watch) == 4
    assert [step for step, _, _ in watch.began] == [number, second, number, last]
    assert store.done(number)


class Lacking(Toy):
    """Stands for an arm that is short of rows."""

    version: ClassVar[int] = 1
    before: Step

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        raise Unfillable("arm synthetic-9 asks for 9 rows; there are 4", remedy="Lower its size.")


def test_a_step_that_lacks_rows_is_left_out_with_what_rests_on_it_and_all_others_are_made(
    tmp_path: Path,
) -> None:
    store, watch, number = Store(tmp_path), Told(), Number(value=1)
    lacking = Lacking(before=number)
    near = Doing(name="near", before=(lacking,))
    far, other = Doing(name="far", before=(near,)), Doing(name="other", before=(number,))
    DO["other"] = lambda: None
    steps = [number, lacking, near, far, other]
    assert execute(steps, store, device="cpu", watch=watch) == 2
    assert [step for step in steps if store.done(step)] == [number, other]
    assert watch.left_out == [(lacking, "arm synthetic-9 asks for 9 rows; there are 4. Lower its size.")]
    assert [state.word for state in states(steps, store, {})] == [
        "done",
        "failed",
        "left out",
        "left out",
        "done",
    ]
    assert not any(state.waits for state in states(steps, store, {}))
    # Another run asks again, for the code may be another by then.
    assert execute(steps, store, device="cpu", watch=watch) == 0
    assert len(watch.left_out) == 2


class Weights(Doing):
    """Stands for a model, which only later steps load."""

    version: ClassVar[int] = 1
    leaves_weights: ClassVar[bool] = True


def model_and_arms(store: Store) -> tuple[Step, list[Step]]:
    """A start, of which one arm has answered and another is short of rows; and all steps."""
    DO.update(dict.fromkeys(("start", "trained", "answers", "short", "unanswered"), lambda: None))
    number, start = Number(value=1), Weights(name="start")
    trained = Weights(name="trained", before=(start,))
    answers, lacking = Doing(name="answers", before=(trained,)), Lacking(before=number)
    short = Weights(name="short", before=(start, lacking))
    steps = [number, start, lacking, trained, answers, short, Doing(name="unanswered", before=(short,))]
    execute(steps, store, device="cpu", watch=Silence())
    return start, steps


def test_weights_are_not_made_again_for_an_arm_that_lacks_rows(tmp_path: Path) -> None:
    store = Store(tmp_path)
    start, steps = model_and_arms(store)
    words = [state.word for state in states(steps, store, {})]
    assert words == ["done", "done", "failed", "done", "done", "left out", "left out"]
    assert len(left_to_make(steps, store)) == 3
    shutil.rmtree(store.folder(start))
    watch = Told()
    assert execute(steps, store, device="cpu", watch=watch) == 0
    assert len(watch.left_out) == 1
    assert [state.word for state in states(steps, store, {})] == [words[0], "not needed", *words[2:]]
    assert len(left_to_make(steps, store)) == 3


def test_weights_whose_last_attempt_failed_are_no_failure_where_nothing_needs_them(tmp_path: Path) -> None:
    store = Store(tmp_path)
    start, steps = model_and_arms(store)
    shutil.rmtree(store.folder(start))
    (tmp_path / "error" / start.key).write_text("OSError: no room", encoding="utf8")
    assert {state.step: state.word for state in states(steps, store, {})}[start] == "not needed"
    shutil.rmtree(store.folder(steps[4]))
    shutil.rmtree(store.folder(steps[3]))
    assert {state.step: state.word for state in states(steps, store, {})}[start] == "failed"


def test_a_step_goes_on_where_an_earlier_one_waits_for_another_process(tmp_path: Path) -> None:
    store, watch, held = Store(tmp_path), Told(), sum_of(1)
    with store.claim(held.inputs[0]):
        DO["while held"] = lambda: None
        free = Doing(name="while held")

        def run() -> None:
            execute([*held.inputs, held, free], Store(tmp_path), device="cpu", watch=watch)

        worker = threading.Thread(target=run)
        worker.start()
        while not store.done(free):
            worker.join(0.01)
        assert not store.done(held)
    worker.join()
    assert [step for step, _, _ in watch.began] == [free, *held.inputs, held]
