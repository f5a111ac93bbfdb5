"""Who makes what: at most one process each, on however many hosts; a dead one's work passes on.

Beside each other in a folder for each name:

    lock    locked by the process that holds the lease. The kernel lets go when it dies, so on its own host
            the next one need not wait.
    N       the N-th lease: who has it, and since when. Its holder touches it every few seconds. Only one
            process can be the first to make file N + 1, and no number is ever given twice.

Some file systems keep locks to one host, or have none; and a process that is suspended keeps its lock. So a
lease that somebody has, as far as can be seen, is left alone until it has gone untouched for a minute. That
minute is measured by whoever waits: clocks of two hosts are never compared, and a clock that jumps changes
nothing. Whoever takes over from a suspended process has the lease without the lock.

Source: Gray and Cheriton 1989, Leases.
"""

import contextlib
import errno
import fcntl
import functools
import json
import os
import platform
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Any

#: Seconds between two signs of life.
_BEAT = 10.0

#: Seconds without one after which a lease is taken over.
_SILENCE = 60.0

_FREE = "free"

_NO_LOCKS = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK}


@dataclass(frozen=True)
class Lease:
    """Ours, until it ends or somebody takes it over.

    Attributes:
        file: File that records the lease.
    """

    file: Path

    @property
    def number(self) -> int:
        """Greater than that of any lease before it under the same name."""
        return int(self.file.name)

    def lost(self) -> bool:
        """Whether somebody took us for dead."""
        try:
            self.file.open("rb").close()
        except FileNotFoundError:
            return True
        return False


@dataclass(frozen=True)
class Holder:
    """Who has a lease.

    Attributes:
        host: Name of the machine.
        since: When it was taken, by that machine's clock (UTC).
        heard_at: When it was last touched, by the file system's clock, in seconds since 1970.
        sure: Whether a lock says that it lives; if not, it may have died since it was heard of.
    """

    host: str
    since: str
    heard_at: float
    sure: bool

    @property
    def heard(self) -> str:
        """When it was last touched, as `since` is given."""
        return _utc(self.heard_at)


@dataclass(frozen=True)
class _Entry:
    """The newest lease file, as it was when we looked."""

    number: int = 0
    text: str = _FREE
    touched: int = 0

    @property
    def free(self) -> bool:
        return self.text.startswith(_FREE)

    def record(self) -> dict[str, Any]:
        """Empty while it is being written."""
        try:
            record = json.loads(self.text)
        except ValueError:
            return {}
        return record if isinstance(record, dict) else {}

    @property
    def locked(self) -> bool:
        """Whether its holder has the lock as long as it lives; until version 0.3 each had that took one."""
        return bool(self.record().get("locked", True))

    def ends_with_its_lock(self) -> bool:
        """Whether its holder is dead if the lock is free: it is of this host, and had the lock."""
        return self.locked and self.record().get("host") == _host()


class Leases:
    """The leases of one store.

    Args:
        folder: Folder of the leases.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._watched: dict[str, tuple[_Entry, float, float]] = {}

    @contextlib.contextmanager
    def take(self, name: str) -> Iterator[Lease | None]:
        """The lease for as long as the context lasts, or None where another process has it.

        Raises:
            OSError: the folder cannot be written.
        """
        folder = self.folder / name
        folder.mkdir(exist_ok=True, mode=0o700)
        with (folder / "lock").open("a") as file:
            lease = self._next(folder, _lock(file, fcntl.LOCK_EX))
            if lease is None:
                yield None
                return
            with _beating(lease.file):
                yield lease

    def holder(self, name: str) -> Holder | None:
        """Who has the lease, as far as one look can tell; writes nothing."""
        folder = self.folder / name
        newest = _newest(folder)
        if newest.free:
            return None
        record, heard_at = newest.record(), newest.touched / 1e9
        with (folder / "lock").open() as file:
            locked = _lock(file, fcntl.LOCK_SH)
        if locked and newest.ends_with_its_lock():
            return None
        name, since = record.get("name", "another host"), record.get("since", _utc(heard_at))
        return Holder(name, since, heard_at, sure=locked is False and newest.locked)

    def _next(self, folder: Path, locked: bool | None) -> Lease | None:
        """The lease after the newest, if that has ended."""
        newest = _newest(folder)
        # Whoever was on this host before us held the lock, and does so no more.
        gone = locked is not False and (newest.free or (locked is True and newest.ends_with_its_lock()))
        if not gone and not self._silent(folder.name, newest):
            return None
        file = folder / str(newest.number + 1)
        record = {
            "host": _host(),
            "name": platform.node(),
            "since": _utc(time.time()),
            "locked": bool(locked),
        }
        try:
            with file.open("x", encoding="utf8") as fresh:
                fresh.write(json.dumps(record))
        except FileExistsError:
            return None
        except OSError:
            file.unlink(missing_ok=True)
            raise
        for old in _numbers(folder):
            if old <= newest.number:
                (folder / str(old)).unlink(missing_ok=True)
        return Lease(file)

    def _silent(self, name: str, newest: _Entry) -> bool:
        now = time.monotonic()
        known, since, looked = self._watched.get(name, (None, now, now))
        # If we did not look, or could not, we do not know that nothing was to be heard.
        if newest != known or now - looked > _SILENCE / 2:
            since = now
        self._watched[name] = (newest, since, now)
        return now - since >= _SILENCE


def _lock(file: TextIOWrapper, kind: int) -> bool | None:
    """Whether the lock is ours; None where the file system has none."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def _numbers(folder: Path) -> list[int]:
    try:
        return [int(name) for name in os.listdir(folder) if name.isdigit()]
    except FileNotFoundError:
        return []


def _newest(folder: Path) -> _Entry:
    number = max(_numbers(folder), default=0)
    if number == 0:
        return _Entry()
    try:
        # Opened, not only looked at: a network file system asks its server anew.
        with (folder / str(number)).open(encoding="utf8") as file:
            return _Entry(number, file.read(), os.fstat(file.fileno()).st_mtime_ns)
    except FileNotFoundError:
        # Taken over since we listed them: somebody has it.
        return _Entry(number, "")


@contextlib.contextmanager
def _beating(file: Path) -> Iterator[None]:
    """Touches the file while the context lasts; says at its end that the lease is free."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT):
            # A beat that fails is one not heard. Whether we lost the lease is seen when the work ends.
            with contextlib.suppress(OSError):
                os.utime(file)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        # Over what it says, without cutting it first: there may be no room for a new block.
        with contextlib.suppress(OSError), file.open("r+", encoding="utf8") as free:
            free.write(_FREE)


@functools.cache
def _host() -> str:
    """This machine since it was started: what shares our locks if any process does."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{platform.node()} {boot}".strip()


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
