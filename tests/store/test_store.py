import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import ClassVar

import pytest

import toy
from scotoma.basics.errors import ScotomaError
from scotoma.run.execute import altered, discard_altered
from scotoma.store import store as module
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import MANIFEST, Store
from toy import Number, Sum, Toy, links, make_all, sum_of


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


def test_an_altered_artifact_and_what_rests_on_it_are_made_again_and_nothing_else(tmp_path: Path) -> None:
    store, step = Store(tmp_path), sum_of(1, 2)
    make_all(store, step)
    assert altered([*step.inputs, step], store) == []
    path = store.folder(step.inputs[0]) / "number.txt"
    path.write_text("7.0")
    assert altered([*step.inputs, step], store) == [(step.inputs[0], ["number.txt"])]
    removed = discard_altered([*step.inputs, step], store)
    assert removed == [(step.inputs[0], ["number.txt"]), (step, [])]
    assert store.done(step.inputs[1])
    assert make_all(store, step) == 2
    assert path.read_text() == "1.0"


def test_nothing_is_made_from_a_damaged_input(tmp_path: Path) -> None:
    store, step = Store(tmp_path), sum_of(1, 2)
    make_all(store, step)
    store.discard(step)
    (store.folder(step.inputs[0]) / "number.txt").write_text("7.0")
    with pytest.raises(ScotomaError, match=r"an input is damaged: number.txt of .* differs") as told:
        store.make(step, Runtime())
    assert told.value.remedy is not None
    assert "--remake makes it again, and all that depends on it" in told.value.remedy
    assert not store.done(step)


def test_an_input_that_is_damaged_between_two_steps_of_one_process_is_noticed(tmp_path: Path) -> None:
    store, first, second = Store(tmp_path), sum_of(1, 2), sum_of(1, 3)
    make_all(store, first)
    store.make(second.inputs[1], Runtime())
    (store.folder(second.inputs[0]) / "number.txt").write_text("7.0")
    with pytest.raises(ScotomaError, match="an input is damaged"):
        store.make(second, Runtime())


def test_what_was_made_from_other_bytes_than_its_input_has_now_is_altered(tmp_path: Path) -> None:
    store, step = Store(tmp_path), sum_of(1, 2)
    make_all(store, step)
    manifest = store.folder(step.inputs[0]) / MANIFEST
    remade = json.loads(manifest.read_text())
    remade["files"]["number.txt"] = "0" * 64
    manifest.write_text(json.dumps(remade))
    key = step.inputs[0].key
    assert (store.made_anew(step), store.verify(step)) == ([key], [])
    assert (step, [f"made from a different version of {key}"]) in altered([*step.inputs, step], store)
    # A manifest of before there was a record of that says nothing.
    own = store.folder(step) / MANIFEST
    own.write_text(json.dumps({k: v for k, v in json.loads(own.read_text()).items() if k != "made_from"}))
    assert store.made_anew(step) == []


class Patient(Toy):
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


def test_what_is_left_of_a_step_that_is_done_is_swept(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    make_all(store, step)
    dead = [tmp_path / kind / f"{step.key}.1" for kind in ("work", "checkpoint")]
    other = tmp_path / "checkpoint" / f"{Number(value=2).key}.1"
    for folder in (*dead, other):
        folder.mkdir()
        (folder / "file").touch()
    assert make_all(store, step) == 0
    assert not any(folder.exists() for folder in dead)
    assert other.exists()


def test_the_manifest_holds_identity_and_checksums(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    manifest = store.manifest(step)
    assert manifest["settings"] == {"value": 1.0}
    assert manifest["key"] == step.key
    assert list(manifest["files"]) == ["number.txt"]
    assert store.verify(step) == []


def test_the_manifest_names_the_versions_of_libraries_that_are_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version_of(name: str) -> str:
        if name == "accelerate":
            raise PackageNotFoundError(name)
        return f"1 of {name}"

    monkeypatch.setattr(module, "version_of", version_of)
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    installed = ("torch", "transformers", "peft", "numpy", "polars")
    assert store.manifest(step)["libraries"] == {name: f"1 of {name}" for name in installed}


def test_an_altered_or_missing_file_is_named(tmp_path: Path) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    (store.folder(step) / "number.txt").write_text("2.0")
    assert store.verify(step) == ["number.txt"]
    (store.folder(step) / "number.txt").unlink()
    assert store.verify(step) == ["number.txt"]


@pytest.mark.parametrize("text", ["", '{"key": "number', "[]", "3", '{"files": []}', "{}"])
def test_a_damaged_manifest_is_altered_and_an_error_to_who_reads_it(tmp_path: Path, text: str) -> None:
    store, step = Store(tmp_path), Number(value=1)
    store.make(step, Runtime())
    (store.folder(step) / MANIFEST).write_text(text)
    with pytest.raises(ScotomaError, match="manifest is damaged"):
        store.manifest(step)
    assert discard_altered([step], store) == [(step, [MANIFEST])]
    assert make_all(store, step) == 1


def test_seconds_are_right_though_the_clock_jumps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, step, jumps = Store(tmp_path), Number(value=1), iter((2e9, 2e9, 1e9, 3e9, 0.0, 0.0))
    monkeypatch.setattr(time, "time", lambda: next(jumps))
    store.make(step, Runtime())
    assert 0 <= store.manifest(step)["seconds"] < 60


def test_a_store_is_for_whoever_made_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        make_all(Store(tmp_path / "new" / "store"), sum_of(1, 2))
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "new" / "store").iterdir()}
    assert modes == dict.fromkeys(("checkpoint", "done", "error", "lease", "work"), 0o700)
    assert (tmp_path / "new" / "store").stat().st_mode & 0o777 == 0o700


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


def test_a_traceback_that_quotes_half_a_character_is_kept(tmp_path: Path) -> None:
    class Quoting(Number):
        def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
            raise ValueError("no \ud83d here")

    store, step = Store(tmp_path), Quoting(value=1)
    with pytest.raises(ValueError, match="no"):
        make_all(store, step)
    assert r"no \ud83d here" in (store.error(step) or "")


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


def test_an_artifact_is_on_the_disk_before_it_appears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, step, told = Store(tmp_path), Number(value=1), list[str]()
    flush, rename = os.fsync, os.rename

    def flushed(descriptor: int) -> None:
        told.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")).name)
        flush(descriptor)

    def renamed(work: Path, target: Path) -> None:
        told.append("renamed")
        rename(work, target)

    monkeypatch.setattr(os, "fsync", flushed)
    monkeypatch.setattr(os, "rename", renamed)
    store.make(step, Runtime())
    at = told.index("renamed")
    assert set(told[:at]) == {"number.txt", MANIFEST, f"{step.key}.1"}
    assert told[at + 1 :] == ["done"]


@pytest.mark.parametrize("name", ["store", "store/below/it"])
def test_a_store_that_is_a_file_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "store").write_text("")
    with pytest.raises(ScotomaError, match="store is not a directory, so it cannot hold a store"):
        Store(tmp_path / name)


def start_links(store: Path, log: Path, *options: str) -> subprocess.Popen[str]:
    command = [sys.executable, toy.__file__, str(store), str(log), *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 60
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a second file system")
def test_results_on_another_file_system_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    store, step = Store(tmp_path / "store"), Number(value=1)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        if os.stat(elsewhere).st_dev == os.stat(tmp_path).st_dev:
            pytest.skip("one file system")
        (tmp_path / "store").mkdir()
        (tmp_path / "store" / "done").symlink_to(elsewhere)
        begun: list[Path] = []
        with pytest.raises(ScotomaError, match=r"done/ is not on the file system of .* Move the whole store"):
            store.make(step, Runtime(begin=begun.append))
        assert begun == []
        assert list((tmp_path / "store" / "work").iterdir()) == []
    (tmp_path / "store" / "done").unlink()
    assert store.make(step, Runtime())


def test_a_killed_step_leaves_nothing_that_is_taken_for_whole_and_is_made_again(tmp_path: Path) -> None:
    store, log = Store(tmp_path / "store"), tmp_path / "log"
    killed = start_links(store.root, log, "--seconds", "600")
    wait_for(log)
    killed.kill()
    killed.communicate()
    (step,) = links(1)
    assert not store.done(step)
    assert store.running(step) is None
    again = start_links(store.root, log)
    assert again.communicate()[0] == "1\n"
    assert store.manifest(step)["files"].keys() == {"first.txt", "second.txt"}
    assert list((store.root / "work").iterdir()) == []


def test_a_process_may_die_before_any_of_its_file_operations(tmp_path: Path) -> None:
    command = [sys.executable, Path(toy.__file__).with_name("dying.py"), tmp_path]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 50


def test_of_two_processes_one_runs_the_step_and_the_other_waits(tmp_path: Path) -> None:
    log = tmp_path / "log"
    both = [start_links(tmp_path / "store", log, "--seconds", "0.5") for _ in range(2)]
    assert {process.communicate()[0] for process in both} == {"0\n", "1\n"}
    assert [process.returncode for process in both] == [0, 0]
    assert log.read_text() == "0\n"


def test_eight_processes_run_no_step_twice_and_read_no_half_artifact(tmp_path: Path) -> None:
    log = tmp_path / "log"
    options = ("--steps", "60", "--seconds", "0.02")
    eight = [start_links(tmp_path / "store", log, *options) for _ in range(8)]
    ran = [int(process.communicate()[0]) for process in eight]
    assert [process.returncode for process in eight] == [0] * 8
    assert sum(ran) == 60
    assert sum(n > 0 for n in ran) > 1
    assert sorted(map(int, log.read_text().split())) == list(range(60))
    one = Store(tmp_path / "one")
    assert start_links(one.root, log, "--steps", "60").communicate()[0] == "60\n"
    for step in links(60):
        assert one.manifest(step)["files"] == Store(tmp_path / "store").manifest(step)["files"]
