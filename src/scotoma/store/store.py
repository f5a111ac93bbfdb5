"""The store of results: a step's artifact is a folder that appears only when it is complete.

    done/KEY          the artifact: written in work/, manifest last, and renamed, which completes it
    work/KEY.N        the artifact while it is made, under the N-th lease; a dead process's is removed
    checkpoint/KEY.N  states of a long training, passed to the next attempt if this one dies
    lease/KEY/        which process makes it, or made it last
    error/KEY         the traceback of a failed attempt
    claims/           what studies claimed before their results
    requests/         what workers were asked to do
    logs/             the workers' logs

A process that loses its lease while suspended and then resumes has folders of its own, so it disturbs no
other. The first of them to rename its folder completes the step; the other discards its work.
"""

import contextlib
import errno
import functools
import hashlib
import json
import os
import platform
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

from scotoma import __version__
from scotoma.basics.errors import ScotomaError
from scotoma.basics.interruption import Interrupted, is_requested
from scotoma.store.disk import Checksums, flush, needing_room, sha256_of, write_whole, writing
from scotoma.store.leases import Holder, Lease, Leases
from scotoma.store.steps import Runtime, Step

MANIFEST = "manifest.json"
#: In a manifest: checksum of each input, by its key.
_MADE_FROM = "made_from"
_LIBRARIES = ("torch", "transformers", "peft", "accelerate", "numpy", "polars")

#: Seconds between two attempts while another process has the lease.
_PATIENCE = 0.1


class Store:
    """A folder of artifacts that several processes may share, also on several hosts.

    Raises:
        ScotomaError: a file is in the place of the folder, or of one above it.
    """

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root).absolute()
        existing = next(path for path in (self.root, *self.root.parents) if os.path.exists(path))
        if not os.path.isdir(existing):
            raise ScotomaError(
                f"{existing} is not a directory, so it cannot hold a store",
                where=str(root),
                remedy="Name a folder with --store; it is created if it does not exist.",
            )
        self._leases = Leases(self.root / "lease")
        self._checksums = Checksums()
        self._can_be_finished = False

    def folder(self, step: Step) -> Path:
        """Folder of the step's artifact, whether it exists yet or not."""
        return self.root / "done" / step.key

    def done(self, step: Step) -> bool:
        """Whether the step's artifact is complete.

        Raises:
            ScotomaError: the store cannot be read.
        """
        return self.has(step.key)

    def has(self, key: str) -> bool:
        """Whether the artifact of this key is complete; for a step of which only the key is known.

        Raises:
            ScotomaError: the store cannot be read.
        """
        try:
            return (self.root / "done" / key / MANIFEST).is_file()
        except OSError as error:
            raise self._unreadable(error) from error

    def finished(self) -> list[str]:
        """The keys of all complete artifacts, of any study, sorted."""
        return sorted(path.parent.name for path in self.root.glob(f"done/*/{MANIFEST}"))

    def running(self, step: Step) -> Holder | None:
        """The process that makes the step now; None if none does."""
        return self._leases.holder(step.key)

    def error(self, step: Step) -> str | None:
        """The traceback of the step's last attempt, if it failed.

        Raises:
            ScotomaError: the store cannot be read.
        """
        try:
            text = (self.root / "error" / step.key).read_text(encoding="utf8")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error
        return None if self.done(step) else text

    def manifest(self, step: Step) -> dict[str, Any]:
        """What was recorded when the step was finished: identity, checksums, versions, seconds.

        Raises:
            ScotomaError: it is damaged.
        """
        return self.manifest_of(step.key)

    def manifest_of(self, key: str) -> dict[str, Any]:
        """What was recorded when the step of this key was finished.

        Raises:
            ScotomaError: it is damaged.
        """
        path = self.root / "done" / key / MANIFEST
        with contextlib.suppress(ValueError):
            loaded = json.loads(path.read_text(encoding="utf8"))
            if isinstance(loaded, dict) and isinstance(loaded.get("files"), dict):
                return loaded
        raise ScotomaError(
            "a manifest is damaged",
            where=str(path),
            remedy="`scotoma run` with --remake makes its step again.",
        )

    def claim(self, step: Step) -> AbstractContextManager[Lease | None]:
        """This process's lease on a step for as long as the context lasts; None if another has it.

        Raises:
            ScotomaError: the store cannot be written.
        """
        return self._lease(step.key)

    def make(self, step: Step, runtime: Runtime) -> bool:
        """Makes a step whose inputs are done, unless it is done or another process is making it.

        Returns:
            Whether it was made here.

        Raises:
            ScotomaError: an input is missing, or the store cannot be written.
        """
        with self.claim(step) as lease:
            if lease is None or self.done(step):
                return False
            with writing(self.root):
                work, checkpoints = self._fresh_work(step, lease), self._checkpoints(step, lease)
            runtime.begin(checkpoints)
            try:
                made = self._try(step, lease, work, replace(runtime, checkpoints=checkpoints))
            except Exception as error:
                if is_requested():  # a library may have turned our Interrupted into this error
                    raise Interrupted from error
                # If another process took the lease over, it removed our work: the failure is not the step's.
                made = False
                if not lease.lost():
                    self._record_failure(step, error)
                    raise
            shutil.rmtree(checkpoints, ignore_errors=True)
            return made

    def verify(self, step: Step) -> list[str]:
        """Names of the artifact's files that are missing or differ from their checksums; reads every one."""
        try:
            return self._wrong_files(step, Checksums())
        except ScotomaError:
            return [MANIFEST]

    def made_anew(self, step: Step) -> list[str]:
        """Keys of the inputs whose files differ from those that the artifact was made from.

        Not known, and so left out, if either manifest is damaged or from before version 0.3.
        """
        try:
            made_from = self.manifest(step).get(_MADE_FROM, {})
        except ScotomaError:
            return []
        return [
            one.key
            for one in step.inputs
            if made_from.get(one.key)
            and self.done(one)
            and self._bytes_of(one) not in ("", made_from[one.key])
        ]

    def _unreadable(self, error: OSError) -> ScotomaError:
        return ScotomaError(
            f"the store cannot be read: {error.strerror}",
            where=str(self.root),
            remedy="Only the user who made it may read it.",
        )

    def _wrong_files(self, step: Step, checksums: Checksums) -> list[str]:
        folder = self.folder(step)
        return [
            name
            for name, sha in self.manifest(step)["files"].items()
            if not (folder / name).is_file() or checksums.of(folder / name) != sha
        ]

    def _bytes_of(self, step: Step) -> str:
        """A checksum of all files of an artifact, from its manifest; empty if that is damaged."""
        try:
            files = self.manifest(step)["files"]
        except ScotomaError:
            return ""
        return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()

    def discard(self, step: Step) -> None:
        """Removes a step's artifact, so that it is made again; not while another process makes it.

        Raises:
            ScotomaError: the store cannot be written.
        """
        with self.claim(step) as lease, writing(self.root):
            if lease is not None and self.folder(step).exists():
                work = self._fresh_work(step, lease)
                # Renamed first: a half-removed folder must not look complete.
                os.replace(self.folder(step), work)
                shutil.rmtree(work)

    def sweep(self) -> None:
        """Removes work and checkpoints of steps that are done, left by processes that died or were second."""
        # A store that cannot be read or written is reported by the next step.
        with contextlib.suppress(OSError):
            for leftover in (*self.root.glob("work/*"), *self.root.glob("checkpoint/*")):
                if (self.root / "done" / leftover.stem / MANIFEST).exists():
                    shutil.rmtree(leftover, ignore_errors=True)

    def ledger(self, kind: str, name: str) -> list[Any]:
        """The entries of a ledger, oldest first."""
        path = self.root / kind / f"{name}.json"
        try:
            entries: list[Any] = json.loads(path.read_text(encoding="utf8")) if path.exists() else []
            if not isinstance(entries, list):
                raise ValueError("it is not a list of entries")
        except ValueError as error:
            raise ScotomaError(
                f"a record of the store is damaged: {error}",
                where=str(path),
                remedy="Restore it from a copy, or remove it; what it held is then no longer on record.",
            ) from error
        return entries

    def ledgers(self, kind: str) -> dict[str, list[Any]]:
        """The ledgers of a kind, by name."""
        return {path.stem: self.ledger(kind, path.stem) for path in sorted(self.root.glob(f"{kind}/*.json"))}

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
        """Excludes other processes that use this name; waits until none does.

        Raises:
            ScotomaError: the store cannot be written.
        """
        while True:
            with self._lease(name) as lease:
                if lease is not None:
                    yield
                    return
            time.sleep(_PATIENCE)

    def write_text(self, kind: str, name: str, text: str) -> Path:
        """Writes a small file of the store, whole or not at all, and returns its path.

        Raises:
            ScotomaError: the store cannot be written.
        """
        with writing(self.root):
            path = self._at(kind, name)
            write_whole(path, text)
        return path

    @functools.cached_property
    def _libraries(self) -> dict[str, str]:
        """The versions of those libraries that may change a result and are installed."""
        versions = {}
        for name in _LIBRARIES:
            with contextlib.suppress(PackageNotFoundError):
                versions[name] = version_of(name)
        return versions

    @contextlib.contextmanager
    def _lease(self, name: str) -> Iterator[Lease | None]:
        with contextlib.ExitStack() as ends:
            with writing(self.root):
                self._at("lease", name)
                lease = ends.enter_context(self._leases.take(name))
            yield lease

    def _at(self, kind: str, name: str) -> Path:
        # For its owner alone: data may be private, and so are models trained on them.
        self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = self.root / kind
        folder.mkdir(exist_ok=True, mode=0o700)
        return folder / name

    def _fresh_work(self, step: Step, lease: Lease) -> Path:
        work = self._at("work", f"{step.key}.{lease.number}")
        for leftover in work.parent.glob(f"{step.key}.*"):
            shutil.rmtree(leftover, ignore_errors=True)
        work.mkdir()
        self._check_can_be_finished(work)
        self._at("error", step.key).unlink(missing_ok=True)
        return work

    def _check_can_be_finished(self, work: Path) -> None:
        """Refuses, before any work, a store in which results could not be renamed; checks once."""
        if self._can_be_finished:
            return
        target = self._at("done", f".{work.name}")
        try:
            os.replace(work, target)
            os.replace(target, work)
        except OSError as error:
            work.rmdir()
            if error.errno != errno.EXDEV:
                raise
            raise ScotomaError(
                "done/ is not on the file system of the rest of the store, so artifacts cannot be moved "
                "there atomically",
                where=str(self.root),
                remedy="Move the whole store to that file system, and name it with --store.",
            ) from error
        self._can_be_finished = True

    def _checkpoints(self, step: Step, lease: Lease) -> Path:
        """The folder for checkpoints, with those of the attempt before."""
        own = self._at("checkpoint", f"{step.key}.{lease.number}")
        earlier = sorted(own.parent.glob(f"{step.key}.*"), key=lambda path: int(path.suffix[1:]))
        if earlier:
            os.replace(earlier.pop(), own)
        for older in earlier:
            shutil.rmtree(older, ignore_errors=True)
        return own

    def _finished(self, step: Step) -> Path:
        if not self.done(step):
            raise ScotomaError(
                f"input {step.key} is not done",
                where=str(self.root),
                remedy="Run the study again; it continues.",
            )
        if wrong := self._wrong_files(step, self._checksums):
            differs = "differs" if len(wrong) == 1 else "differ"
            raise ScotomaError(
                f"an input is damaged: {', '.join(wrong)} of {step.title} {differs} from when it was made; "
                "nothing was made from it",
                where=str(self.folder(step)),
                remedy="`scotoma run` with --remake makes it again, and all that depends on it.",
            )
        return self.folder(step)

    def _record_failure(self, step: Step, error: Exception) -> None:
        # It may quote texts of the data, lone surrogates included.
        text = "".join(traceback.format_exception(error)).encode("utf8", "backslashreplace").decode("utf8")
        # If the disk is full, this may fail too.
        with contextlib.suppress(ScotomaError):
            self.write_text("error", step.key, text)

    def _try(self, step: Step, lease: Lease, work: Path, runtime: Runtime) -> bool:
        started, clock = time.time(), time.monotonic()
        try:
            with needing_room(self.root):
                step.run(out=work, inputs=self._finished, runtime=runtime)
            record = {
                "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(started)),
                "seconds": round(time.monotonic() - clock, 3),
            }
            with writing(self.root):
                return not lease.lost() and self._finish(step, work, record)
        finally:
            # Renamed if it was completed; removed, to free the disk, if it failed or was interrupted.
            shutil.rmtree(work, ignore_errors=True)

    def _finish(self, step: Step, work: Path, record: dict[str, Any]) -> bool:
        """Makes the work the artifact; whether this process was the first to."""
        files = sorted(path for path in work.rglob("*") if path.is_file())
        manifest = {
            **step.identity,
            **record,
            "key": step.key,
            _MADE_FROM: {one.key: self._bytes_of(one) for one in step.inputs},
            "files": {str(path.relative_to(work)): sha256_of(path) for path in files},
            "scotoma": __version__,
            "python": platform.python_version(),
            "libraries": self._libraries,
        }
        text = json.dumps(manifest, indent=1, sort_keys=True) + "\n"
        (work / MANIFEST).write_text(text, encoding="utf8")
        for path in (*work.rglob("*"), work):
            flush(path)
        target = self._at("done", step.key)
        if target.exists() and not self.done(step):  # its manifest was removed
            shutil.rmtree(target)
        try:
            os.rename(work, target)
        except OSError:
            if self.done(step):
                return False
            raise
        flush(target.parent)
        return True
