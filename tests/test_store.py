import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from scotoma.errors import ScotomaError
from scotoma.execute import altered, discard_altered, execute
from scotoma.store import MANIFEST, Runtime, Step, Store


class Number(Step):
    version: ClassVar[int] = 1
    value: float

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        (out / "number.txt").write_text(str(self.value))


class Sum(Step):
    version: ClassVar[int] = 1
    parts: tuple[tuple[str, Number], ...]
    offset: Number | None = None

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        total = sum(float((inputs(step) / "number.txt").read_text()) for step in self.inputs)
        if total < 0:
            raise ValueError("below zero")
        (out / "number.txt").write_text(str(total))


class Silence:
    def begin(self, step: Step, position: int, n_steps: int) -> None: ...
    def progress(self, done: int, total: int) -> None: ...
    def end(self, step: Step, seconds: float) -> None: ...


def make_all(store: Store, step: Step) -> int:
    return execute([*step.inputs, step], store, device="cpu", watch=Silence())


def sum_of(*values: float) -> Sum:
    return Sum(parts=tuple((str(i), Number(value=value)) for i, value in enumerate(values)))


def test_1_and_1_point_0_are_the_same_step() -> None:
    assert Number(value=1).key == Number.model_validate({"value": "1.0"}).key


def test_a_changed_setting_changes_the_key_of_what_depends_on_it_and_of_nothing_else() -> None:
    before, after = sum_of(1, 2), sum_of(1, 3)
    assert before.key != after.key
    assert before.parts[0][1].key == after.parts[0][1].key
    assert before.parts[1][1].key != after.parts[1][1].key


def test_a_raised_version_changes_the_key() -> None:
    class Newer(Number):
        version: ClassVar[int] = 2

        @property
        def stage(self) -> str:
            return "number"

    assert Newer(value=1).key != Number(value=1).key


def test_an_optional_input_is_an_input_when_given() -> None:
    assert len(Sum(parts=(), offset=Number(value=1)).inputs) == 1
    assert Sum(parts=()).inputs == ()


def test_a_second_run_executes_no_step(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert make_all(store, sum_of(1, 2)) == 3
    assert make_all(store, sum_of(1, 2)) == 0
    assert make_all(store, sum_of(1, 3)) == 2


def test_an_altered_artifact_is_found_and_made_again_and_nothing_else(tmp_path: Path) -> None:
    store, step = Store(tmp_path), sum_of(1, 2)
    make_all(store, step)
    assert altered([*step.inputs, step], store) == []
    path = store.folder(step.inputs[0]) / "number.txt"
    path.write_text("7.0")
    assert altered([*step.inputs, step], store) == [(step.inputs[0], ["number.txt"])]
    assert discard_altered([*step.inputs, step], store) == [(step.inputs[0], ["number.txt"])]
    assert make_all(store, step) == 1
    assert path.read_text() == "1.0"


class Patient(Step):
    """Leaves a checkpoint when it fails, and counts what it found of the one before."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        assert runtime.checkpoints is not None
        state = runtime.checkpoints / "state"
        tries = int(state.read_text()) if state.exists() else 0
        if tries < 2:
            state.parent.mkdir(exist_ok=True)
            state.write_text(str(tries + 1))
            raise KeyboardInterrupt
        (out / "tries").write_text(str(tries))


def test_checkpoints_outlive_a_killed_try_and_go_when_the_step_is_done(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Patient()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            store.make(step, Runtime())
    store.make(step, Runtime())
    assert (store.folder(step) / "tries").read_text() == "2"
    assert list((tmp_path / "checkpoint").iterdir()) == []


def test_the_manifest_holds_identity_and_checksums(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    manifest = store.manifest(step)
    assert manifest["settings"] == {"value": 1.0}
    assert manifest["key"] == step.key
    assert list(manifest["files"]) == ["number.txt"]
    assert store.verify(step) == []


def test_an_altered_or_missing_file_is_named(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    (store.folder(step) / "number.txt").write_text("2.0")
    assert store.verify(step) == ["number.txt"]
    (store.folder(step) / "number.txt").unlink()
    assert store.verify(step) == ["number.txt"]


def test_a_discarded_artifact_is_made_again(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    store.discard(step)
    assert not store.done(step)
    assert make_all(store, step) == 1


def test_a_failed_step_leaves_its_traceback_and_no_artifact(tmp_path: Path) -> None:
    store, step = Store(tmp_path), sum_of(-1)
    with pytest.raises(ValueError, match="below zero"):
        make_all(store, step)
    assert not store.done(step)
    assert "below zero" in (store.error(step) or "")


def test_a_step_whose_input_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="is not done"):
        Store(tmp_path).make(sum_of(1), Runtime())


def test_a_folder_without_its_manifest_is_not_taken_for_whole(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    (store.folder(step) / MANIFEST).unlink()
    assert not store.done(step)
    assert make_all(store, step) == 1
    assert store.verify(step) == []


def test_a_store_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(ScotomaError, match="cannot be written"):
        make_all(Store(tmp_path / "store"), Number(value=1))


SLOW_STEP = textwrap.dedent(
    """
    import sys, time
    from pathlib import Path
    from typing import ClassVar
    from scotoma.console import PlainWatch
    from scotoma.execute import altered, discard_altered, execute
    from scotoma.store import Runtime, Step, Store

    class Slow(Step):
        version: ClassVar[int] = 1
        def run(self, *, out, inputs, runtime):
            (out / "half.txt").write_text("half")
            with open(sys.argv[2], "a") as log: log.write("ran\\n")
            time.sleep(float(sys.argv[3]))
            (out / "whole.txt").write_text("whole")

    execute([Slow()], Store(sys.argv[1]), device="cpu", watch=PlainWatch())
    print(Store(sys.argv[1]).folder(Slow()))
    """
)


def start_slow_step(store: Path, log: Path, seconds: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SLOW_STEP, str(store), str(log), str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


def test_a_killed_step_leaves_nothing_that_is_taken_for_whole_and_is_made_again(tmp_path: Path) -> None:
    log = tmp_path / "log"
    killed = start_slow_step(tmp_path / "store", log, 600)
    wait_for(log)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate()
    assert not list((tmp_path / "store").glob("done/*"))
    again = start_slow_step(tmp_path / "store", log, 0)
    folder = Path(again.communicate()[0].strip())
    assert json.loads((folder / MANIFEST).read_text())["files"].keys() == {"half.txt", "whole.txt"}


def test_of_two_processes_one_runs_the_step_and_the_other_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    both = [start_slow_step(tmp_path / "store", log, 0.5) for _ in range(2)]
    folders = {process.communicate()[0].strip() for process in both}
    assert [process.returncode for process in both] == [0, 0]
    assert len(folders) == 1
    assert log.read_text() == "ran\n"
