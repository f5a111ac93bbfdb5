"""Disks that are full, stores that cannot be written or read, files that were altered."""

import contextlib
import os
import shlex
import subprocess
import tempfile
from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.store.store import Store
from small_study import STUDY, artifacts, done, ended, prepare, reports, run, start, without_generator
from toy import make_all, sum_of

pytestmark = pytest.mark.long

_PRIVATE = ("unshare", "--user", "--map-root-user", "--mount")


def _mounts() -> bool:
    """Whether a process here may mount what it alone sees."""
    with contextlib.suppress(FileNotFoundError):
        command = [*_PRIVATE, "mount", "-t", "tmpfs", "x", "/mnt"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    return False


mounts = pytest.mark.skipif(not _mounts(), reason="no mounts in a namespace of one's own: `unshare` refuses")


def mounted(*commands: str) -> tuple[str, ...]:
    """What starts a program that sees the mounts these commands make."""
    script = " && ".join((*commands, 'exec "$@"'))
    return (*_PRIVATE, "sh", "-c", script, "sh")


@mounts
def test_a_full_disk_is_an_error_in_words_and_the_run_continues_when_there_is_room(
    undisturbed: Path, tmp_path: Path
) -> None:
    prepare(tmp_path, without_generator())
    store = tmp_path / "store"
    store.mkdir()
    at = shlex.quote(str(store))
    # One program after another on one disk, which goes with the last.
    script = """
        mount -t tmpfs -o size=6m disk {at}
        "$@" run small.yaml; echo "first: $?" >&2
        "$@" status small.yaml --verify; echo "verify: $?" >&2
        mount -o remount,size=600m {at}
        "$@" run small.yaml; echo "second: $?" >&2
        cp -r {at}/done {to}
    """.format(at=at, to=shlex.quote(str(tmp_path / "copy")))
    _, errors = ended(start(tmp_path, within=(*_PRIVATE, "sh", "-c", script, "sh")))
    assert "first: 2" in errors
    assert "No space left on device" in errors.replace("\n", " ")
    assert "verify: 0" in errors
    assert "second: 0" in errors
    (tmp_path / "copy").rename(store / "done")
    made, whole = artifacts(tmp_path), artifacts(undisturbed)
    assert len(made) > 20
    assert made == {name: whole[name] for name in made}


@pytest.fixture
def read_only(undisturbed: Path, tmp_path: Path) -> tuple[str, ...]:
    """What starts a program that sees a finished store, read-only, in `tmp_path`."""
    prepare(tmp_path)
    (tmp_path / "store").mkdir()
    source, at = (shlex.quote(str(folder / "store")) for folder in (undisturbed, tmp_path))
    return mounted(f"mount --bind {source} {at}", f"mount -o remount,bind,ro {at}")


@mounts
@pytest.mark.parametrize("command", ["run", pytest.param("report", marks=pytest.mark.slow)])
def test_a_store_that_is_read_only_can_be_read(
    undisturbed: Path, tmp_path: Path, read_only: tuple[str, ...], command: str
) -> None:
    shown, _ = ended(start(tmp_path, "status", "small.yaml", within=read_only))
    assert "done" in shown
    assert "running" not in shown
    _, errors = ended(start(tmp_path, command, "small.yaml", "--out", "reports/small", within=read_only))
    assert command == "report" or "0 steps ran" in errors
    assert reports(tmp_path) == reports(undisturbed)


@mounts
def test_what_is_missing_in_a_store_that_is_read_only_is_an_error_in_words(
    tmp_path: Path, read_only: tuple[str, ...]
) -> None:
    prepare(tmp_path, STUDY.replace("replicates: 1", "replicates: 2"))
    _, errors = ended(start(tmp_path, "run", "small.yaml", within=read_only), code=2)
    assert "the store cannot be written: Read-only file system" in errors


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
def test_somebody_else_can_neither_read_nor_write_a_store() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        store, step = Store(Path(folder) / "store"), sum_of(1, 2)
        make_all(store, step)
        child = os.fork()
        if child == 0:
            code = 4
            try:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                code = _refused(store)
            finally:
                # Whatever happened: the tests go on in the parent alone.
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _refused(store: Store) -> int:
    """In a process of somebody else: 0 if all is refused, in words."""
    try:
        os.listdir(store.root)
    except PermissionError:
        pass
    else:
        return 1
    try:
        make_all(store, sum_of(1, 2))
    except ScotomaError as error:
        return 0 if "the store cannot be read: Permission denied" in str(error) else 2
    return 3


@pytest.fixture
def altered(undisturbed: Path, tmp_path: Path) -> Path:
    """The folder of a study of which three files were altered: predictions, weights and a manifest."""
    prepare(tmp_path)
    subprocess.run(["cp", "-r", undisturbed / "store", tmp_path / "store"], check=True)
    predictions, *_ = sorted(tmp_path.glob("store/done/predict-*/predictions.parquet"))
    weights, *_ = sorted(tmp_path.glob("store/done/train_classifier-*/model/*.safetensors"))
    manifest, *_ = sorted(tmp_path.glob("store/done/screen-*/manifest.json"))
    for path in (predictions, manifest):
        path.write_bytes(path.read_bytes()[:-7])
    weights.write_bytes(weights.read_bytes()[:-1] + b"\0\0")
    return tmp_path


@pytest.mark.slow
def test_a_report_names_altered_predictions(altered: Path) -> None:
    told, _ = done(altered, "report", "small.yaml", "--out", "report")
    assert "Unfinished: 1 of 20 models" in told
    assert "predictions.parquet altered or missing" in " ".join(told.split())


def test_altered_and_truncated_files_are_named_and_made_again(undisturbed: Path, altered: Path) -> None:
    shown, errors = ended(start(altered, "status", "small.yaml", "--verify"), code=2)
    assert "3 artifacts altered" in errors
    told = " ".join(shown.replace("│", " ").split())  # long lines of the tree are wrapped
    assert told.count(": altered ") == 3
    _, said = run(altered, "--remake")
    assert said.count("Altered, to be made again") == 3
    n_resting = said.count("To be made again: ")
    assert n_resting > 3  # of the screen an arm, and the models that were trained on it
    assert f"{3 + n_resting} steps ran" in said
    assert artifacts(altered) == artifacts(undisturbed)
    assert reports(altered) == reports(undisturbed)
