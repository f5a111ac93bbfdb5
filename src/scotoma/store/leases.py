"""Leases: each step is made by at most one process, on any number of hosts; a dead one's work passes on.

A folder for each name holds:

    lock    locked by the process that holds the lease. The kernel unlocks it when that process dies, so the
            next one on the same host need not wait.
    N       the N-th lease: its holder, and since when. The holder touches it every few seconds. Only one
            process can create file N + 1, and no number is ever given twice.

On some file systems locks hold on one host only, or there are none; and a suspended process keeps its lock.
So a lease that appears to be held is taken over only when it has not been touched for a minute. The process
that waits measures this minute: clocks of two hosts are never compared, and a clock that jumps changes
nothing. A process that takes over from a suspended one has the lease without the lock.

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

#: Seconds after which the holder touches its file again.
_BEAT = 10.0

#: Seconds without a touch after which a lease is taken over.
_SILENCE = 60.0

_FREE = "free"

_NO_LOCKS = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK}


@dataclass(frozen=True)
class Lease:
    """A lease that this process holds, until it ends or another process takes it over.

    Attributes:
        file: File that records the lease.
    """

    file: Path

    @property
    def number(self) -> int:
        """Greater than that of any lease before it under the same name."""
        return int(self.file.name)

    def lost(self) -> bool:
        """Whether another process has taken the lease over."""
        try:
            self.file.open("rb").close()
        except FileNotFoundError:
            return True
        return False


@dataclass(frozen=True)
class Holder:
    """The process that holds a lease.

    Attributes:
        host: Name of the machine.
        since: When it was taken, by that machine's clock (UTC).
        heard_at: When it was last touched, by the file system's clock, in seconds since 1970.
        sure: Whether a lock shows that it is alive; if not, it may have died since `heard_at`.
    """

    host: str
    since: str
    heard_at: float
    sure: bool

    @property
    def heard(self) -> str:
        """`heard_at` in the format of `since`."""
        return _utc(self.heard_at)


@dataclass(frozen=True)
class _Entry:
    """The newest lease file, as it was when it was read."""

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
        """Whether its holder keeps the lock while it lives; before version 0.3 every holder did."""
        return bool(self.record().get("locked", True))

    def ends_with_its_lock(self) -> bool:
        """Whether a free lock shows that its holder is dead: it was on this host, and had the lock."""
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
        """The lease for as long as the context lasts, or None if another process has it.

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
            with _heartbeat(lease.file):
                yield lease

    def holder(self, name: str) -> Holder | None:
        """The holder of the lease; None if it is free. Reads the files once and writes nothing."""
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
        # The lock is ours: a former holder on this host, which had it, is dead.
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
        # A touch may have been missed if we have not looked for long, as while suspended.
        if newest != known or now - looked > _SILENCE / 2:
            since = now
        self._watched[name] = (newest, since, now)
        return now - since >= _SILENCE


def _lock(file: TextIOWrapper, kind: int) -> bool | None:
    """Whether we got the lock; None if the file system has no locks."""
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
        # Opened, as stat alone may be answered from a network file system's cache.
        with (folder / str(number)).open(encoding="utf8") as file:
            return _Entry(number, file.read(), os.fstat(file.fileno()).st_mtime_ns)
    except FileNotFoundError:
        # Taken over since the folder was listed: another process has it.
        return _Entry(number, "")


@contextlib.contextmanager
def _heartbeat(file: Path) -> Iterator[None]:
    """Touches the file while the context lasts; writes at its end that the lease is free."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_BEAT):
            # A touch that fails looks like silence. Whether we lost the lease is checked when the work ends.
            with contextlib.suppress(OSError):
                os.utime(file)

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        # Overwritten, not truncated first: a full disk may have no room for a new block.
        with contextlib.suppress(OSError), file.open("r+", encoding="utf8") as free:
            free.write(_FREE)


@functools.cache
def _host() -> str:
    """This machine since its last boot: processes on it share locks, if any do."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        boot = ""
    return f"{platform.node()} {boot}".strip()


def _utc(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
