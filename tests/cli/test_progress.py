"""The tree of a study: what is done, running, failed, altered and left, from the store alone."""

import json
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, cast

import pytest

from scotoma.cli.printing import PlainConsole
from scotoma.cli.progress import tree, work_left
from scotoma.experiment import Plan
from scotoma.run.states import states
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from toy import Toy


class Making(Toy):
    """Stands for any step of a replicate."""

    version: ClassVar[int] = 1
    name: str
    before: "Making | None" = None

    @property
    def title(self) -> str:
        return f"make {self.name}"

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        if self.name == "broken":
            raise ValueError("nothing to make it of")
        (out / "made").write_text(self.name)


class Model:
    def __init__(self, replicate: int, predictions: Step) -> None:
        self.replicate, self.predictions = replicate, predictions


class Study:
    name = "mine"


SHARED = Making(name="shared")
ONES = [Making(name=f"first {at}", before=SHARED) for at in range(3)]
TWOS = [Making(name=f"second {at}", before=SHARED) for at in range(9)]


def planned(replicates: Sequence[Sequence[Step]] = (ONES, TWOS)) -> Plan:
    models = [Model(at, step) for at, steps in enumerate(replicates) for step in steps]
    steps = (SHARED, *(step for steps in replicates for step in steps))
    made: Any = object.__new__(Plan)
    for name, value in (("study", Study()), ("models", models), ("steps", steps)):
        object.__setattr__(made, name, value)
    return cast("Plan", made)


def shown(store: Store, spoilt: dict[str, list[str]] | None = None, plan: Plan | None = None) -> list[str]:
    console = PlainConsole()
    console.width = 200
    with console.capture() as capture:
        console.print(tree(plan or planned(), store, spoilt))
    return [line.strip() for line in capture.get().splitlines()]


def test_what_has_not_begun_takes_a_line_a_replicate(tmp_path: Path) -> None:
    assert shown(Store(tmp_path)) == [
        f"mine in {tmp_path}: 13 steps to do",
        "├── shared: 1 step to do",
        "├── replicate 0: 3 steps to do",
        "└── replicate 1: 9 steps to do",
    ]


def test_what_is_done_takes_a_line_and_what_is_not_is_named_or_counted(tmp_path: Path) -> None:
    store = Store(tmp_path)
    for step in (SHARED, *ONES[:2], TWOS[0]):
        store.make(step, Runtime())
    lines = shown(store)
    assert lines[0].startswith(f"mine in {tmp_path}: 4 of 13 steps done in 0.0 s, 9 to do")
    assert lines[1].startswith("├── shared: all 1 step done in")
    assert lines[2].startswith("├── replicate 0: 2 of 3 steps done in")
    assert lines[3] == "│   └── make first 2: to do"
    assert lines[5] == "└── to do: 8×making"
    assert lines[6].startswith("Left: about 0.0 s of one worker's time")


def test_what_runs_failed_or_was_altered_is_named_with_what_there_is_to_say(tmp_path: Path) -> None:
    store, broken = Store(tmp_path), Making(name="broken")
    store.make(SHARED, Runtime())
    store.make(ONES[0], Runtime())
    with pytest.raises(ValueError, match="nothing to make it of"):
        store.make(broken, Runtime())
    (tmp_path / "error" / broken.key).rename(tmp_path / "error" / ONES[1].key)
    taken, over = threading.Event(), threading.Event()

    def hold() -> None:
        with store.claim(ONES[2]):
            taken.set()
            over.wait(30)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert taken.wait(30)
        lines = shown(Store(tmp_path), {ONES[0].key: ["made"]})
    finally:
        over.set()
        holder.join()
    assert "│   ├── make first 0: altered made" in lines
    assert "│   ├── make first 1: failed ValueError: nothing to make it of" in lines
    assert any(line.startswith("│   └── make first 2: running on ") for line in lines)
    assert "1 running, 1 failed, 1 altered" in lines[0]


def test_time_left_is_that_of_steps_alike_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert work_left(states(planned().steps, store, {})) == ""
    store.make(SHARED, Runtime())
    path = store.folder(SHARED) / "manifest.json"
    path.write_text(json.dumps({**store.manifest(SHARED), "seconds": 60.0}))
    assert work_left(states(planned().steps, store, {})) == "Left: about 12 min 0 s of one worker's time."


def test_time_left_names_the_stages_of_which_none_has_run(tmp_path: Path) -> None:
    class Other(Making):
        """Of another stage."""

    store, other = Store(tmp_path), Other(name="other")
    store.make(SHARED, Runtime())
    left = work_left(states((SHARED, ONES[0], other), store, {}))
    assert left.endswith(" of one worker's time, not counting stages that have never run: other.")


def test_replicates_in_a_row_that_stand_alike_take_one_line(tmp_path: Path) -> None:
    store, all_of = Store(tmp_path), [[Making(name=f"{at}, {i}") for i in range(6)] for at in range(12)]
    store.make(SHARED, Runtime())
    for at, n_done in enumerate((6, 6, 6, 2, 1, 1, 1)):
        for step in all_of[at][:n_done]:
            store.make(step, Runtime())
    with store.claim(all_of[3][2]):
        lines = shown(store, plan=planned(all_of))
    assert [re.sub(r" in [\d.]+ s| on .*", "", line) for line in lines[1:-1]] == [
        "├── shared: all 1 step done",
        "├── replicates 0 to 2: all 18 steps done",
        "├── replicate 3: 2 of 6 steps done, 1 running, 3 to do",
        "│   ├── make 3, 2: running",
        "│   ├── make 3, 3: to do",
        "│   ├── make 3, 4: to do",
        "│   └── make 3, 5: to do",
        "├── replicates 4 to 6: 3 of 18 steps done, 15 to do",
        "│   └── to do: 15×making",
        "└── replicates 7 to 11: 30 steps to do",
    ]
