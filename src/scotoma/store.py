"""Where results live: a step's settings name a folder, and the folder appears only when it is whole.

A **stage** is a kind of work, a subclass of `Step`. A **step** is one stage with its settings and
inputs; inputs are steps too, so a study's whole plan is one nested value. A step's **key** is the
hash of that value. Its **artifact** is the folder `done/KEY`:

    work/KEY        while it is made; swept and begun again if its maker died
    checkpoint/KEY  states of a long training, for the next try if this one dies
    done/KEY        renamed from work/KEY, manifest written last: the one moment of completion
    lock/KEY        held by at most one process; the kernel lets go when that process dies
    error/KEY       the traceback of a failed try
    requests/       what workers were asked to do
    logs/           what they said of it
"""

import contextlib
import fcntl
import functools
import hashlib
import json
import os
import platform
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, ClassVar

from scotoma import __version__
from scotoma.errors import ScotomaError
from scotoma.settings import Settings

MANIFEST = "manifest.json"
_LIBRARIES = ("torch", "transformers", "peft", "accelerate", "numpy", "polars")


@dataclass(frozen=True)
class Runtime:
    """What a step is given that cannot change its result, and so is no part of its identity.

    Attributes:
        device: Torch device name, such as `cpu` or `cuda:0`.
        progress: Called with (rows done, rows in all) during long work.
        checkpoints: Folder for what a killed try leaves to the next; gone when the step is done.
    """

    device: str = "cpu"
    progress: Callable[[int, int], None] = field(default=lambda done, total: None)
    checkpoints: Path | None = None


class Step(Settings):
    """One piece of work whose settings name its result. Fields that are steps are its inputs."""

    version: ClassVar[int]
    """Raised when the code's meaning changes, so that old artifacts are not taken for new ones."""

    def run(self, *, out: Path, inputs: Callable[["Step"], Path], runtime: Runtime) -> None:
        """Does the work.

        Args:
            out: An empty folder to fill.
            inputs: Gives the finished folder of an input step.
            runtime: Device and progress; must not change the result.
        """
        raise NotImplementedError

    @property
    def stage(self) -> str:
        """The kind of work, as a word: `train_classifier`."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")

    @property
    def title(self) -> str:
        """What this step does, for a person: `train classifier on synthetic-1500, seed 0`."""
        return self.stage.replace("_", " ")

    @functools.cached_property
    def inputs(self) -> tuple["Step", ...]:
        """The steps this one reads, in the order of its fields."""
        return tuple(step for name in type(self).model_fields for step in _steps_in(getattr(self, name)))

    @functools.cached_property
    def identity(self) -> dict[str, Any]:
        """Everything that can change the result: stage, version, settings, and the inputs' keys."""
        own = self.model_dump(mode="json", context="identity", exclude=self._input_fields())
        keys = {name: _keys_of(getattr(self, name)) for name in self._input_fields()}
        return {"stage": self.stage, "version": type(self).version, "settings": own, "inputs": keys}

    @functools.cached_property
    def key(self) -> str:
        """The stage and a hash of the identity; the name of the artifact's folder."""
        text = json.dumps(self.identity, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return f"{self.stage}-{hashlib.sha256(text.encode()).hexdigest()[:24]}"

    def _input_fields(self) -> set[str]:
        return {name for name in type(self).model_fields if _steps_in(getattr(self, name))}


def _steps_in(value: object) -> tuple[Step, ...]:
    """The steps in a field: one, or those in a tuple, or in a tuple of (name, step) pairs."""
    if isinstance(value, Step):
        return (value,)
    if isinstance(value, tuple):
        return tuple(step for item in value for step in _steps_in(item))
    return ()


def _keys_of(value: object) -> Any:
    if isinstance(value, Step):
        return value.key
    if isinstance(value, tuple):
        return [_keys_of(item) for item in value]
    return value


class Store:
    """A folder of artifacts that several processes may share."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()

    def folder(self, step: Step) -> Path:
        """Where the step's artifact is, or will be."""
        return self.root / "done" / step.key

    def done(self, step: Step) -> bool:
        """Whether the step's artifact is there, whole."""
        return (self.folder(step) / MANIFEST).is_file()

    def running(self, step: Step) -> bool:
        """Whether some process is making the step now."""
        if not (self.root / "lock" / step.key).exists():
            return False
        with self.claim(step) as claimed:
            return not claimed

    def error(self, step: Step) -> str | None:
        """The traceback of the step's last try, if it failed."""
        path = self.root / "error" / step.key
        return path.read_text(encoding="utf8") if path.exists() and not self.done(step) else None

    def manifest(self, step: Step) -> dict[str, Any]:
        """What was recorded when the step was finished: identity, checksums, versions, seconds."""
        loaded: dict[str, Any] = json.loads((self.folder(step) / MANIFEST).read_text(encoding="utf8"))
        return loaded

    @contextlib.contextmanager
    def claim(self, step: Step) -> Iterator[bool]:
        """Whether the step is ours to make, for as long as the context lasts.

        Not ours if another process holds it, which dies with its claim however it dies.

        Raises:
            ScotomaError: the store cannot be written.
        """
        with self._at("lock", step.key).open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def make(self, step: Step, runtime: Runtime) -> None:
        """Runs a claimed step whose inputs are done.

        Raises:
            ScotomaError: an input is missing, or the store cannot be written.
        """
        work = self._fresh_work(step)
        checkpoints, started = self._at("checkpoint", step.key), time.time()
        try:
            step.run(out=work, inputs=self._finished, runtime=replace(runtime, checkpoints=checkpoints))
        except BaseException as error:
            self._record_failure(step, error)
            raise
        self._finish(step, work, started)
        shutil.rmtree(checkpoints, ignore_errors=True)

    def verify(self, step: Step) -> list[str]:
        """Names of the artifact's files that are missing or differ from their checksums."""
        folder, files = self.folder(step), self.manifest(step)["files"]
        return [
            name
            for name, sha in files.items()
            if not (folder / name).is_file() or sha256_of(folder / name) != sha
        ]

    def discard(self, step: Step) -> None:
        """Removes a claimed step's artifact, so that it is made again."""
        folder = self.folder(step)
        if folder.exists():
            # The manifest goes first: a half-removed folder is never taken for whole.
            (folder / MANIFEST).unlink(missing_ok=True)
            shutil.rmtree(folder)

    def ledger(self, kind: str, name: str) -> list[Any]:
        """What has been put on record under a name, oldest first."""
        path = self.root / kind / f"{name}.json"
        entries: list[Any] = json.loads(path.read_text(encoding="utf8")) if path.exists() else []
        return entries

    def put_on_record(self, kind: str, name: str, entry: Any) -> None:
        """Adds an entry to a ledger; nothing is ever taken out of one.

        Raises:
            ScotomaError: the store cannot be written.
        """
        with self.alone(f"{kind}-{name}"):
            entries = [*self.ledger(kind, name), entry]
            self.write_text(kind, f"{name}.json", json.dumps(entries, indent=1) + "\n")

    @contextlib.contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Waits until no other process does what goes by this name."""
        with self._at("lock", name).open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def write_text(self, kind: str, name: str, text: str) -> Path:
        """Writes a small file of the store's, whole or not at all, and says where.

        Raises:
            ScotomaError: the store cannot be written.
        """
        path, fresh = self._at(kind, name), self._at(kind, f"{name}.{os.getpid()}.new")
        fresh.write_text(text, encoding="utf8")
        _flush_to_disk(fresh)
        os.replace(fresh, path)
        return path

    def _at(self, *parts: str) -> Path:
        path = self.root.joinpath(*parts)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ScotomaError(
                f"the store cannot be written: {error.strerror}",
                where=str(self.root),
                remedy="Choose another folder with --store.",
            ) from error
        return path

    def _fresh_work(self, step: Step) -> Path:
        work = self._at("work", step.key)
        if work.exists():
            shutil.rmtree(work)
        work.mkdir()
        self._at("error", step.key).unlink(missing_ok=True)
        return work

    def _finished(self, step: Step) -> Path:
        if not self.done(step):
            raise ScotomaError(
                f"input {step.key} is not done",
                where=str(self.root),
                remedy="Run the study again; it continues.",
            )
        return self.folder(step)

    def _record_failure(self, step: Step, error: BaseException) -> None:
        if isinstance(error, Exception):  # an interrupted step did not fail
            text = "".join(traceback.format_exception(error))
            self._at("error", step.key).write_text(text, encoding="utf8")

    def _finish(self, step: Step, work: Path, started: float) -> None:
        files = sorted(path for path in work.rglob("*") if path.is_file())
        manifest = {
            **step.identity,
            "key": step.key,
            "files": {str(path.relative_to(work)): sha256_of(path) for path in files},
            "scotoma": __version__,
            "python": platform.python_version(),
            "libraries": {name: version_of(name) for name in _LIBRARIES},
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
            "seconds": round(time.time() - started, 3),
        }
        for path in files:
            _flush_to_disk(path)
        (work / MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf8")
        _flush_to_disk(work / MANIFEST)
        target = self._at("done", step.key)
        if target.exists():  # left without a manifest by an interrupted removal
            shutil.rmtree(target)
        os.rename(work, target)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush_to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
